import type { Context } from 'hono'
import { toAppError } from '../../../shared/errors.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import { ID_RANDOM_BYTES, makeId } from '../../../shared/ids.ts'
import { administers } from '../../http/administers.ts'
import { requireFeature } from '../../http/features.ts'
import { readerOf, whileAllowed } from '../../http/lifeline.ts'
import { openaiErrorBody } from '../../http/openai-errors.ts'
import { sseData, sseResponse } from '../../http/sse.ts'
import { accountOf } from '../../http/surface.ts'
import type { SurfaceEnv } from '../../http/surface-env.ts'
import type { CallStream } from '../../services/inference/call-run.ts'
import type { Caller, Inference } from '../../services/inference/inference.ts'
import { modelFor } from '../../services/models/model-binding.ts'
import type { Answer, AnswerHead, ChunkSpelling } from './answer-form.ts'
import { collectAnswer, streamAnswers } from './answers.ts'

/** Who asks; calls of one `sessionId` are placed on the same node. */
export const callerOf = (c: Context<SurfaceEnv>, sessionId?: string | null): Caller => ({
  requestId: c.get('requestId'),
  accountId: accountOf(c).id,
  isAdministrator: administers(accountOf(c)),
  ...(sessionId == null ? {} : { sessionId }),
})

/** The id, time and model that every piece of one answer carries. */
export function newHead(prefix: 'chatcmpl-' | 'cmpl-', model: string): AnswerHead {
  const now = Date.now()
  const id = makeId(now, crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES)))
  return { id: prefix + id, created: Math.floor(now / 1000), model }
}

/** A body without what is to be generated. */
interface RequestHead {
  model: string
  stream?: boolean | null | undefined
  user?: string | null | undefined
  safety_identifier?: string | null | undefined
}

/**
 * Notes for the log what is asked for and answers the model that it runs on. Throws `maintenance` where an administrator
 * has switched it off, and `forbidden` for a model that the caller's key is not bound to.
 */
export function letIn(
  c: Context<SurfaceEnv>,
  { model, stream, user, safety_identifier }: RequestHead,
): string {
  c.set('model', model)
  requireFeature(c.get('settings'), 'chat')
  if (stream) requireFeature(c.get('settings'), 'streaming')
  const endUser = safety_identifier ?? user
  if (endUser) c.set('endUser', endUser)
  return modelFor(accountOf(c), model)
}

/** Starts the generations of one request. */
type Start = (signal: AbortSignal) => Promise<CallStream>[]

/** Starts generations, `choices` of them to a prompt. */
export const generateAll = (
  inference: Inference,
  requests: readonly GenerationRequest[],
  { caller, choices, signal }: { caller: Caller; choices: number; signal: AbortSignal },
): Promise<CallStream>[] =>
  requests.map((request, index) => {
    const isFurther = index % choices !== 0
    return inference.generate(request, isFurther ? { ...caller, isFurtherChoice: true } : caller, signal)
  })

/** The answers of all generations, each to its end. */
export async function wholeAnswers(c: Context<SurfaceEnv>, start: Start): Promise<Answer[]> {
  return whileAllowed(readerOf(c), async (signal) =>
    Promise.all((await allStarted(start(signal))).map(collectAnswer)),
  )
}

export interface StreamOptions {
  spelling: ChunkSpelling
  includeUsage: boolean
  /** A failure here is still a plain error response. */
  start: Start
  /** More headers, as they are known when they go out. */
  headersThen?: () => Record<string, string>
}

/** Answers with server-sent events. */
export function streamResponse(
  c: Context<SurfaceEnv>,
  { spelling, includeUsage, start, headersThen }: StreamOptions,
) {
  async function* produce(signal: AbortSignal) {
    yield* streamAnswers(await allStarted(start(signal)), spelling, includeUsage)
  }
  const onFailure = (thrown: unknown) => sseData(openaiErrorBody(toAppError(thrown)))
  return sseResponse(produce, onFailure, readerOf(c), headersThen)
}

/** All generations, or, when one cannot start, none: those that did are left, and so stopped. */
async function allStarted(starting: readonly Promise<CallStream>[]): Promise<CallStream[]> {
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
