import type { Context } from 'hono'
import { toAppError } from '../../../shared/errors.ts'
import { ID_RANDOM_BYTES, makeId } from '../../../shared/ids.ts'
import { sseData, sseResponse } from '../../http/sse.ts'
import { accountOf, type SurfaceEnv } from '../../http/surface.ts'
import type { Caller, CallStream } from '../../services/inference.ts'
import type { AnswerHead, ChunkSpelling } from './answer-form.ts'
import { streamAnswers } from './answers.ts'
import { errorBody } from './errors.ts'

export const callerOf = (c: Context<SurfaceEnv>): Caller => ({
  requestId: c.get('requestId'),
  accountId: accountOf(c).id,
})

/** The id, time and model that every piece of one answer carries. */
export function newHead(prefix: 'chatcmpl-' | 'cmpl-', model: string): AnswerHead {
  const now = Date.now()
  const id = makeId(now, crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES)))
  return { id: prefix + id, created: Math.floor(now / 1000), model }
}

/** Drawn for a caller who gave no seed: without one llama.cpp takes it from the clock. */
export const randomSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0

export interface StreamOptions {
  spelling: ChunkSpelling
  includeUsage: boolean
  /** Starts the generations; a failure here is still a plain error response. */
  start: (signal: AbortSignal) => Promise<CallStream>[]
}

/** Answers with server-sent events. */
export function streamResponse(c: Context<SurfaceEnv>, { spelling, includeUsage, start }: StreamOptions) {
  async function* produce(signal: AbortSignal) {
    yield* streamAnswers(await allStarted(start(signal)), spelling, includeUsage)
  }
  return sseResponse(produce, (thrown) => sseData(errorBody(toAppError(thrown))), c.req.raw.signal)
}

/** All generations, or, when one cannot start, none: those that did are left, and so stopped. */
export async function allStarted(starting: readonly Promise<CallStream>[]): Promise<CallStream[]> {
  const results = await Promise.allSettled(starting)
  const failed = results.find((result) => result.status === 'rejected')
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (!failed) return started
  // A generator that was never advanced runs no `finally`: advance it first, then leave it.
  for (const stream of started)
    stream.next().then(
      () => stream.return(),
      () => {},
    )
  throw failed.reason
}
