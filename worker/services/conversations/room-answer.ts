import { AppError } from '../../../shared/errors.ts'
import type { RoomStream } from './chat.ts'
import type { RoomEvent } from './room-events.ts'

type Failure = Extract<RoomEvent, { type: 'answer.error' }>

/** An event of an answer that does not fail. */
export type AnswerEvent = Exclude<RoomEvent, Failure>
export type AnswerEndEvent = Extract<RoomEvent, { type: 'answer.end' }>

const isFailure = (event: RoomEvent): event is Failure => event.type === 'answer.error'

/** An answer's events, and its failure as an exception, behind what came with it. An empty list is a sign of life. */
export async function* answerEvents(stream: RoomStream): AsyncGenerator<AnswerEvent[], void, void> {
  for await (const events of stream) {
    const failure = events.find(isFailure)
    const heard = events.filter((event) => !isFailure(event))
    if (heard.length > 0 || !failure) yield heard
    if (failure) {
      const { code, message, param, retryAfterSeconds } = failure
      throw new AppError(code, message, { param, retryAfterSeconds })
    }
  }
}

/** An answer to its end. Throws its failure, and `node_failed` for one that has no end. */
export async function wholeAnswer(stream: RoomStream): Promise<{ text: string; end: AnswerEndEvent }> {
  let text = ''
  let end: AnswerEndEvent | undefined
  for await (const events of answerEvents(stream)) {
    for (const event of events) {
      if (event.type === 'answer.delta') text += event.text
      if (event.type === 'answer.end') end = event
    }
  }
  if (!end) throw new AppError('node_failed', 'The answer broke off.')
  return { text, end }
}
