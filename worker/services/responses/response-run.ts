import type { CallEvent } from '../../../shared/generation.ts'
import type { AskedAnswer } from './answering.ts'
import type { AnswerStream, HostedEvent } from './hosted/hosted-events.ts'
import type { ResponseBody } from './response-body.ts'
import type { ResponsePlan } from './response-plan.ts'
import type { ResponseEvent } from './response-writer.ts'

/** Events of a run from a place on; none is a sign of life. */
export interface EventPage {
  events: ResponseEvent[]
  isOver: boolean
}

/** The object of a response that goes on without its reader, as the services ask it. */
export interface ResponseRunStub {
  /** Begins. The plan is a JSON text, and `places` are where its caller is. */
  start(plan: string, places: readonly string[]): Promise<void>
  /** The events behind the one with a number, as soon as there are some. Throws `not_found` for a run that is none. */
  next(after: number): Promise<EventPage>
  /** Stops it. The response as it ended then, or has before; undefined for a run that is none. */
  cancel(): Promise<ResponseBody | undefined>
  /** Stops it and forgets everything. */
  forget(): Promise<void>
}

/** The services of such an object. */
export interface ResponseRunServices {
  /** Answers, or goes on behind what was told in an earlier life. */
  answer(asked: AskedAnswer, signal: AbortSignal, before: readonly (CallEvent | HostedEvent)[]): AnswerStream
  /** The answer has begun. */
  begin(plan: ResponsePlan): Promise<void>
  /** The answer has ended, and is kept. */
  finish(plan: ResponsePlan, body: ResponseBody): Promise<void>
  /** Says where the caller is: the answer is made near by. */
  locate(places: readonly string[]): void
  log: { error(event: string, fields?: Record<string, unknown>): void }
}
