import type { Message } from '../../../shared/generation.ts'
import type { JsonSchema, MissingTool, OfferedTool, ToolFailureCode } from '../agent-tools/tool.ts'
import type { RunLimit } from './limits.ts'
import type { DecidedCall } from './run-events.ts'

/** A step as whoever decides the next one sees it. */
export interface SeenStep extends DecidedCall {
  step: number
  ok: boolean
  code?: ToolFailureCode | undefined
  /** The part of the result that a model is shown, or what went wrong. */
  shown: string
  /** The result as values, where the tool gives any: for who goes on with it by rules. */
  data?: unknown
  /** Whether it may hold text of strangers. */
  isUntrusted: boolean
}

/** A decision of the model: its value, and the model's own words, by which the next prompt goes on where this one ended. */
export interface Thought {
  /** Undefined, or null, where it ran out of tokens first. */
  value: unknown
  text: string
}

/** A reason to decide nothing more, and to answer. */
export interface Ended {
  limit: RunLimit
}

/**
 * All that a loop can do. Each deed is done once, however often the loop is run from its beginning: what was decided, found and
 * answered before an eviction is given again from memory. So a loop asks for nothing else: no clock, no chance, no storage.
 */
export interface Hands {
  /** The conversation, the question last. */
  readonly messages: readonly Message[]
  readonly question: string
  readonly tools: readonly OfferedTool[]
  readonly missing: readonly MissingTool[]
  /** The limit that the run has come to: from then on it can only answer. */
  readonly ended: Ended | undefined
  /** A decision of the model, as JSON of a schema. */
  think(messages: readonly Message[], schema: JsonSchema): Promise<Thought>
  /** Does calls, at most four at a time, and tells their ends in the order in which they were asked. Those beyond a limit are not done. */
  use(calls: readonly DecidedCall[]): Promise<SeenStep[]>
  /** Streams the model's answer, which is the end. */
  answer(messages: readonly Message[]): Promise<void>
  /** Answers in words that a rule has found, which is the end. */
  say(text: string): Promise<void>
}

/** A way to decide. It has answered when it returns. */
export type Loop = (hands: Hands) => Promise<void>
