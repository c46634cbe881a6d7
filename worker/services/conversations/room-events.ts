import type { ErrorCode } from '../../../shared/errors.ts'
import type { FinishReason, Usage } from '../../../shared/generation.ts'
import type { Citation } from '../documents/citations.ts'
import type { AnswerRun, AnswerStep } from './answer-steps.ts'
import type { StoredMessage } from './messages.ts'

/** Where a reader of an answer stands: which message of the conversation, and how much of its text it has. */
export interface AnswerPlace {
  position: number
  /** UTF-16 code units. */
  offset: number
}

/** Tokens of one answer. */
export type AnswerUsage = Pick<Usage, 'promptTokens' | 'completionTokens'>

/**
 * An event of one answer, as whoever listens to its conversation hears it: its beginning, its text in pieces, one end. A
 * reader who was away is given what it missed as one piece.
 */
export type RoomEvent =
  | { type: 'answer.start'; messageId: string; position: number; model: string }
  /** `offset` is where the text stands after this piece. */
  | { type: 'answer.delta'; position: number; text: string; offset: number }
  /** A step of an agent before it answers. Whoever comes back hears the later ones alone. */
  | { type: 'answer.step'; position: number; step: AnswerStep }
  | {
      type: 'answer.end'
      position: number
      messageId: string
      state: 'complete' | 'cancelled'
      finishReason: FinishReason
      model: string
      usage: AnswerUsage | null
      totalMs: number
      charts: unknown
      /** Present where an agent has answered. */
      run?: AnswerRun | undefined
      /** Present where it was given from documents. */
      citations?: readonly Citation[] | undefined
      /** Until its first word; absent where that is not known any more. */
      firstMs?: number | null | undefined
      /** The name of the node that ended it, for administrators. */
      node?: string | null | undefined
    }
  /** The answer failed; before it began, `position` is null. */
  | {
      type: 'answer.error'
      position: number | null
      code: ErrorCode
      message: string
      param?: string | undefined
      retryAfterSeconds?: number | undefined
    }

/** An answer goes on, on another node; its text has no gap. Sockets alone hear of it. */
export interface AnswerMoved {
  type: 'answer.moved'
  position: number
  /** The node's name, for administrators. */
  node: string | null
}

/** Whether an answer ends with an event. */
export const isLastEvent = ({ type }: RoomEvent): boolean => type === 'answer.end' || type === 'answer.error'

/** `7.120`: an event id from which a reader can be served on. */
export const placeId = ({ position, offset }: AnswerPlace): string => `${position}.${offset}`

/** The place that an event id stands for; undefined for what is none of ours. */
export function parsePlace(id: string): AnswerPlace | undefined {
  const [, position, offset] = /^(\d{1,9})\.(\d{1,9})$/.exec(id) ?? []
  return position && offset ? { position: Number(position), offset: Number(offset) } : undefined
}

/** The events that a reader at `place` has missed of an answer that has ended: all of them where it stood in another answer. */
export function storedAnswer(stored: StoredMessage, place: AnswerPlace | undefined): RoomEvent[] {
  const { id: messageId, position, content, state, promptTokens, completionTokens } = stored
  const text = content.slice(place?.position === position ? place.offset : 0)
  const rest: RoomEvent[] =
    text === '' ? [] : [{ type: 'answer.delta', position, text, offset: content.length }]
  if (state === 'failed' || state === 'streaming') {
    const message = stored.reason ?? 'The answer was interrupted.'
    return [...rest, { type: 'answer.error', position, code: 'node_failed', message }]
  }
  const usage = promptTokens === null || completionTokens === null ? null : { promptTokens, completionTokens }
  const end: RoomEvent = {
    type: 'answer.end',
    position,
    messageId,
    state,
    finishReason: state === 'cancelled' ? 'cancelled' : 'stop',
    model: stored.model ?? '',
    usage,
    totalMs: stored.totalMs ?? 0,
    firstMs: stored.firstMs,
    charts: stored.charts,
  }
  return [...rest, end]
}
