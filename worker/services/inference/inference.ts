import type { EmbeddingRequest, GenerationRequest } from '../../../shared/generation.ts'
import type { Logger } from '../../../shared/log.ts'
import { type CallRecord, tokensOf } from '../metering/call-record.ts'
import { pause } from '../pause.ts'
import { affinityOf } from '../pool/affinity.ts'
import type { CallOptions, OpenCall, Refusal } from '../pool/node-link.ts'
import type { PlacementRequest } from '../pool/placement.ts'
import type { PoolView } from '../pool/pool-view.ts'
import { CallRun, type CallStream, type Outcome, type PlaceOptions } from './call-run.ts'
import { type CallLink, createPlacing } from './placing.ts'
import type { PromptCaches } from './prompt-caches.ts'

/** Who asked: for the log and, in time, for the bill. */
export interface Caller {
  requestId: string
  accountId: string
  /** The conversation that the call belongs to, or a key of the caller's own: its next call is best placed where this one was. */
  sessionId?: string
  /** Set for all choices of a prompt but the first: what they have in common is billed once. */
  isFurtherChoice?: boolean
}

export type Inference = ReturnType<typeof createInference>

export interface InferenceOptions {
  /** The link of a node. */
  nodeLink: (nodeId: string) => CallLink
  /** Lets work go on after the response: a cancel that must reach the node although its client is gone. */
  later: (work: Promise<unknown>) => void
  pool: PoolView
  /** Who may use again what is computed of a prompt. */
  cacheOf: PromptCaches
  log: Logger
  /** Writes a run down; runs after the answer, and does not throw. */
  meter?: (call: CallRecord) => Promise<void>
  wait?: (milliseconds: number) => Promise<void>
}

/** A model that can be asked for. */
export interface ListedModel {
  id: string
  contextTokens: number
  createdAt: number
  /** The model of which this is one with an adapter. */
  parent?: string
}

/** Runs generations and embeddings on the pool. */
export function createInference({
  nodeLink,
  later,
  pool,
  cacheOf,
  log,
  meter,
  wait = pause,
}: InferenceOptions) {
  const place = createPlacing({ nodeLink, pool, log })

  async function run(
    request: PlacementRequest,
    open: (link: CallLink, resume: readonly number[], options: CallOptions) => Promise<OpenCall | Refusal>,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<CallStream> {
    const placeWith = ({ resume, attempt, avoid, waitMs }: PlaceOptions) =>
      place(
        request,
        (link, mayWait) => open(link, resume, { caller: caller.accountId, attempt, mayWait, waitMs }),
        avoid,
      )
    const first = await placeWith({ resume: [], attempt: 0 })
    const ran = { model: request.model, kind: request.capability }
    const onEnd = ({ usage, relayedTokens, ...outcome }: Outcome) => {
      log.info('call', { ...caller, ...ran, ...outcome, ...tokensOf({ usage, relayedTokens }) })
      const { accountId, isFurtherChoice } = caller
      if (meter) later(meter({ accountId, isFurtherChoice, ...ran, usage, relayedTokens, ...outcome }))
    }
    return new CallRun({ first, place: placeWith, later, onEnd, wait }).stream(signal)
  }

  return {
    /**
     * Runs a generation on the best node that takes it, and goes on elsewhere when that node is lost. Throws
     * `model_not_found`, `no_capacity`, or, while it is read, what the node says. Aborting `signal`, or leaving the
     * stream, stops it.
     */
    async generate(asked: GenerationRequest, caller: Caller, signal: AbortSignal): Promise<CallStream> {
      const request = { ...asked, cache: await cacheOf(asked, caller.accountId) }
      return run(
        { model: request.model, capability: 'generate', affinity: affinityOf(request, caller) },
        (link, resume, options) =>
          link.generate(resume.length > 0 ? { ...request, resume: [...resume] } : request, options),
        caller,
        signal,
      )
    },

    /** Runs an embedding call; see `generate`. */
    embed: (request: EmbeddingRequest, caller: Caller, signal: AbortSignal): Promise<CallStream> =>
      run(
        { model: request.model, capability: 'embed' },
        (link, _resume, options) => link.embed(request, options),
        caller,
        signal,
      ),

    /** Nodes that are linked now, and all that ever were and may come back. */
    async countNodes() {
      const regions = await pool.all()
      const sumOf = (count: 'online' | 'known') => regions.reduce((sum, { counts }) => sum + counts[count], 0)
      return { online: sumOf('online'), known: sumOf('known') }
    },

    /** The models that linked nodes hold, each once, with the largest context that any of them offers. */
    async listModels() {
      const models = new Map<string, ListedModel>()
      for (const region of await pool.all()) {
        for (const { id, parent, linked } of region.models.values()) {
          if (linked && linked.contextTokens > (models.get(id)?.contextTokens ?? 0)) {
            models.set(id, { id, ...linked, ...(parent !== null && { parent }) })
          }
        }
      }
      return [...models.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
    },
  }
}
