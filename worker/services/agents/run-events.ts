import type { ErrorCode } from '../../../shared/errors.ts'
import type { FinishReason } from '../../../shared/generation.ts'
import type { ToolCitation, ToolFailureCode } from '../agent-tools/tool.ts'
import type { RunLimit } from './limits.ts'

/** `waiting_approval` waits for a person's word; the last three are ends. */
export const RUN_STATES = ['running', 'waiting_approval', 'completed', 'failed', 'cancelled'] as const
export type RunState = (typeof RUN_STATES)[number]

export const isOver = (state: RunState): state is 'completed' | 'failed' | 'cancelled' =>
  state === 'completed' || state === 'failed' || state === 'cancelled'

/** The ways in which a run decides what to do next. `guided` goes by rules, for models that cannot. */
export const LOOPS = ['react', 'plan_execute', 'guided'] as const
export type LoopName = (typeof LOOPS)[number]

/** Who has decided something: nothing is passed off as the model's. */
export type Decider = 'rule' | 'model'

/** Tokens of a run's calls of its model. */
export interface RunUsage {
  promptTokens: number
  cachedPromptTokens: number
  completionTokens: number
}

export const NO_USAGE: RunUsage = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 }

/** A piece of an answer, with its tokens, behind which the answer can go on. */
export interface Piece {
  text: string
  tokens: readonly number[]
}

/** A call of a tool, as it was decided. */
export interface DecidedCall {
  tool: string
  arguments: unknown
  decidedBy: Decider
}

/** An event in the life of a run. */
export type RunEvent =
  | { type: 'run.started'; runId: string; loop: LoopName; model: string }
  | ({ type: 'step.started'; step: number } & DecidedCall)
  /** A person is to say whether it may be done. */
  | { type: 'step.waiting'; step: number; tool: string; reason: string }
  | {
      type: 'step.ended'
      step: number
      ok: boolean
      code?: ToolFailureCode | undefined
      /** The part of the result that the model is shown, or the sentence that says what went wrong. */
      shown: string
      ms: number
      usage: RunUsage
      citations: readonly ToolCitation[]
    }
  /** A piece of the answer, which begins at `from` of it (UTF-16 code units). Where that is before what was told, the answer began anew.
   * Its tokens are for listeners who come back with them; none where they are not known, or a rule has said it. */
  | { type: 'answer.delta'; from: number; text: string; tokens: readonly number[] }
  | {
      type: 'run.ended'
      state: 'completed' | 'failed' | 'cancelled'
      /** The limit that it came to; it has answered all the same. */
      limit: RunLimit | null
      answeredBy: Decider | null
      finishReason: FinishReason | null
      error: { code: ErrorCode; message: string } | null
      usage: RunUsage
      citations: readonly ToolCitation[]
      /** As a run's end keeps it; absent in runs of an earlier version. */
      outside?: string[] | null
    }

/** An event as listeners hear it. `seq` counts from 1 and stands still over the pieces of an answer. */
export type NumberedEvent = RunEvent & { seq: number }

/** Where a listener stands: the last event that it has heard, and how much of the answer. */
export interface RunPlace {
  seq: number
  offset: number
  /** The answer up to there, of a listener who has all of it: the run goes on behind it, also where its object was lost since. */
  said?: Piece
}

export const RUN_BEGINNING: RunPlace = { seq: 0, offset: 0 }

/** `7.120`: an event's id, from which a listener is served on. */
export const runPlaceId = ({ seq, offset }: RunPlace): string => `${seq}.${offset}`

/** The place that an event's id stands for; undefined for what is none of ours. */
export function parseRunPlace(id: string): RunPlace | undefined {
  const [, seq, offset] = /^(\d{1,9})\.(\d{1,9})$/.exec(id) ?? []
  return seq && offset ? { seq: Number(seq), offset: Number(offset) } : undefined
}

/** Where a listener stands who has heard an event. */
export const placeBehind = (place: RunPlace, event: NumberedEvent): RunPlace =>
  event.type === 'answer.delta'
    ? { seq: place.seq, offset: event.from + event.text.length }
    : { seq: event.seq, offset: place.offset }
