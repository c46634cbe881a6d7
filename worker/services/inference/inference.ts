import { AppError, toAppError } from '../../../shared/errors.ts'
import type { EmbeddingRequest, GenerationRequest } from '../../../shared/generation.ts'
import type { Logger } from '../../../shared/log.ts'
import { adapterModelId, type ModelHolding } from '../../../shared/node.ts'
import { type CallRecord, tokensOf } from '../metering/call-record.ts'
import { pause } from '../pause.ts'
import { affinityOf } from '../pool/affinity.ts'
import type { CallOptions, NodeLinkStub, OpenCall, Refusal } from '../pool/node-link.ts'
import { isKnownModel, type PlacementRequest } from '../pool/placement.ts'
import { Placer } from '../pool/placer.ts'
import type { PoolView } from '../pool/pool-view.ts'
import {
  CallRun,
  type CallStream,
  MAX_TRIES,
  type Outcome,
  type PlacedCall,
  type PlaceOptions,
} from './call-run.ts'

/** What a caller turned away by a full pool is told to wait, in seconds. */
export const BUSY_RETRY_SECONDS = 2

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

/** What a call needs of a node's link. */
export type CallLink = Pick<NodeLinkStub, 'generate' | 'embed' | 'cancel'>

export interface InferenceOptions {
  /** The link of a node. */
  nodeLink: (nodeId: string) => CallLink
  /** Lets work go on after the response: a cancel that must reach the node although its client is gone. */
  later: (work: Promise<unknown>) => void
  pool: PoolView
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

const listed = ({ id, contextTokens, createdAt, adapters = [] }: ModelHolding): ListedModel[] => [
  { id, contextTokens, createdAt },
  ...adapters.map((adapter) => ({
    id: adapterModelId(id, adapter.suffix),
    contextTokens,
    createdAt: adapter.createdAt,
    parent: id,
  })),
]

/** Runs generations and embeddings on the pool. */
export function createInference({ nodeLink, later, pool, log, meter, wait = pause }: InferenceOptions) {
  const placer = new Placer()

  /** The first of the best nodes that takes the call. */
  async function place(
    request: PlacementRequest,
    open: (link: CallLink, mayWait: boolean) => Promise<OpenCall | Refusal>,
    avoid?: string,
  ): Promise<PlacedCall> {
    const snapshot = await pool.snapshot()
    const ranked = placer.rank(snapshot, request)
    if (ranked.length === 0 && snapshot.length > 0 && !isKnownModel(snapshot, request)) {
      throw new AppError('model_not_found', `The model '${request.model}' does not exist.`, {
        param: 'model',
      })
    }
    const others = ranked.filter(({ nodeId }) => nodeId !== avoid)
    const candidates = (others.length > 0 ? others : ranked).slice(0, MAX_TRIES)
    // A free slot anywhere is better than a queue at the best node; when there is none, the best queue is.
    const rounds = candidates.length > 1 ? [false, true] : [true]
    const gone = new Set<string>()
    for (const mayWait of rounds) {
      for (const { nodeId } of mayWait ? placer.byQueue(candidates, request) : candidates) {
        if (gone.has(nodeId)) continue
        // Counted before it is asked, so that the others of a burst queue elsewhere.
        if (mayWait) placer.placed(nodeId, request)
        const link = nodeLink(nodeId)
        const answer = await open(link, mayWait).catch((thrown) => {
          const error = toAppError(thrown)
          if (error.code !== 'internal') throw error
          // The object was evicted under the call, or failed: another node's is well.
          log.error('link.failed', { nodeId, cause: String(error.cause) })
          return { refused: 'away' as const }
        })
        if (!('refused' in answer)) {
          if (!mayWait) placer.placed(nodeId, request)
          return { nodeId, call: answer, cancel: () => link.cancel(answer.callId) }
        }
        placer.refused(nodeId, request)
        if (answer.refused !== 'busy') gone.add(nodeId)
      }
    }
    const reason =
      ranked.length === 0 ? 'No node that holds it is connected' : 'All nodes that hold it are busy'
    throw new AppError('no_capacity', `The model '${request.model}' cannot run now. ${reason}.`, {
      retryAfterSeconds: BUSY_RETRY_SECONDS,
    })
  }

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
    generate: (request: GenerationRequest, caller: Caller, signal: AbortSignal): Promise<CallStream> =>
      run(
        { model: request.model, capability: 'generate', affinity: affinityOf(request, caller) },
        (link, resume, options) =>
          link.generate(resume.length > 0 ? { ...request, resume: [...resume] } : request, options),
        caller,
        signal,
      ),

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
      const snapshot = await pool.snapshot()
      return { online: snapshot.filter((node) => node.linked).length, known: snapshot.length }
    },

    /** The models that linked nodes hold, each once, with the largest context that any of them offers. */
    async listModels() {
      const models = new Map<string, ListedModel>()
      for (const node of await pool.snapshot()) {
        for (const model of node.linked ? node.hello.models.flatMap(listed) : []) {
          const known = models.get(model.id)
          if (!known || known.contextTokens < model.contextTokens) models.set(model.id, model)
        }
      }
      return [...models.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
    },
  }
}
