import { type AppError, toAppError } from '../../shared/errors.ts'
import type { AnswerEvent } from '../services/conversations/room-answer.ts'
import type { Reader } from './lifeline.ts'
import { SSE_KEEP_ALIVE, sseResponse } from './sse.ts'

/** A contract's spelling of an answer as server-sent events; an empty text says nothing. */
export interface AnswerSpelling {
  /** Said before anything is heard, so that the headers need not wait for it. */
  first?: string | undefined
  event: (event: AnswerEvent) => string | Promise<string>
  /** A sign of life; without it, a comment. */
  keepAlive?: () => string
  /** Said behind an answer that did not fail. */
  last?: string
  failure: (error: AppError) => string
}

/** An answer's events as they arrive; an empty list is a sign of life. */
type Answer = AsyncIterable<readonly AnswerEvent[]>

async function* spelled(answer: Answer, spelling: AnswerSpelling): AsyncGenerator<string, void, void> {
  const { first = '', keepAlive = () => SSE_KEEP_ALIVE, last = '' } = spelling
  if (first !== '') yield first
  for await (const events of answer) {
    let text = events.length === 0 ? keepAlive() : ''
    for (const event of events) text += await spelling.event(event)
    if (text !== '') yield text
  }
  if (last !== '') yield last
}

/**
 * Answers a request with what `open` gives, spelled as server-sent events. A failure before the first of them is thrown,
 * any other is spelled and is the end. A reader who leaves aborts the signal that `open` was given, and leaves the answer.
 */
export const answerResponse = (
  open: (signal: AbortSignal) => Promise<Answer>,
  spelling: AnswerSpelling,
  reader: Reader,
): Promise<Response> =>
  sseResponse(
    async function* (signal) {
      yield* spelled(await open(signal), spelling)
    },
    (thrown) => spelling.failure(toAppError(thrown)),
    reader,
  )
