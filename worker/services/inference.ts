import { AppError, toAppError } from '../../shared/errors.ts'
import type {
  CallEvent,
  EmbeddingRequest,
  EndEvent,
  GenerationRequest,
  Usage,
} from '../../shared/generation.ts'
import type { Logger } from '../../shared/log.ts'
import { readEvents } from './call-events.ts'
import { isKnownModel, type PlacementRequest, rankNodes } from './placement.ts'
import type { PoolView } from './pool-view.ts'
import type { NodeLinkStub, OpenCall, Stubs } from './stubs.ts'

/** Nodes that are asked before a request is turned away. */
export const MAX_TRIES = 3

/** What a caller turned away by a full pool is told to wait, in seconds. */
export const BUSY_RETRY_SECONDS = 2

/** Who asked: for the log and, in time, for the bill. */
export interface Caller {
  requestId: string
  accountId: string
}

/** Pieces of an answer as they arrive; an empty list is a sign of life. Ends after its `end` event, or throws. */
export type CallStream = AsyncGenerator<CallEvent[], void, void>

export type Inference = ReturnType<typeof createInference>

interface Placed {
  link: NodeLinkStub
  nodeId: string
  call: OpenCall
}

/** Runs generations and embeddings on the pool. */
export function createInference({ stubs, pool, log }: { stubs: Stubs; pool: PoolView; log: Logger }) {
  /** The first of the best nodes that takes the call. */
  async function place(
    request: PlacementRequest,
    open: (link: NodeLinkStub) => Promise<OpenCall>,
  ): Promise<Placed> {
    const snapshot = await pool.snapshot()
    const candidates = rankNodes(snapshot, request)
    if (candidates.length === 0) pool.forget()
    if (candidates.length === 0 && snapshot.length > 0 && !isKnownModel(snapshot, request)) {
      throw new AppError('model_not_found', `The model '${request.model}' does not exist.`, {
        param: 'model',
      })
    }
    for (const { nodeId } of candidates.slice(0, MAX_TRIES)) {
      const link = stubs.nodeLink(nodeId)
      try {
        return { link, nodeId, call: await open(link) }
      } catch (thrown) {
        const error = toAppError(thrown)
        if (error.code !== 'no_capacity') throw error
        pool.forget()
      }
    }
    const reason =
      candidates.length === 0 ? 'No node that holds it is connected' : 'All nodes that hold it are busy'
    throw new AppError('no_capacity', `The model '${request.model}' cannot run now. ${reason}.`, {
      retryAfterSeconds: BUSY_RETRY_SECONDS,
    })
  }

  /** Follows a placed call to its end, stops it when its reader leaves, and writes its one line of the log. */
  async function* follow(
    { link, nodeId, call }: Placed,
    model: string,
    caller: Caller,
    signal: AbortSignal,
  ): CallStream {
    const started = Date.now()
    let firstAt: number | undefined
    let relayed = 0
    let end: EndEvent | undefined
    let failure: AppError | undefined
    let cancelled: Promise<Usage | null> | undefined
    const cancel = () => {
      cancelled ??= link.cancel(call.callId)
      stubs.later(cancelled)
      return cancelled
    }
    // Wakes a reader that waits for a silent node: the node confirms, and the stream ends.
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    try {
      for await (const events of readEvents(call.events)) {
        for (const event of events) {
          if (event.type === 'delta') relayed += event.tokens.length
          if (event.type === 'end') end = event
          if (event.type === 'error')
            failure = new AppError(event.code, event.message, { param: event.param })
        }
        if (events.length > 0) firstAt ??= Date.now()
        if (failure) throw failure
        yield events
        if (end) return
      }
      failure = new AppError('node_failed', 'The answer broke off: the node or its link was lost.')
      throw failure
    } finally {
      signal.removeEventListener('abort', cancel)
      const write = (usage: Usage | null, outcome: string) =>
        log.info('generation', {
          ...caller,
          model,
          nodeId,
          outcome,
          firstMs: firstAt === undefined ? null : firstAt - started,
          totalMs: Date.now() - started,
          promptTokens: usage?.promptTokens ?? null,
          completionTokens: usage?.completionTokens ?? relayed,
        })
      if (end || failure) write(end?.usage ?? null, end?.finishReason ?? failure?.code ?? 'unknown')
      // The reader left. The work is metered all the same: the node says what it really did.
      else stubs.later(cancel().then((usage) => write(usage, 'cancelled')))
    }
  }

  return {
    /**
     * Starts a generation on the best node that takes it. Throws `model_not_found`, `no_capacity`, or, while it is read,
     * what the node says. Aborting `signal`, or leaving the stream, stops it on the node.
     */
    async generate(request: GenerationRequest, caller: Caller, signal: AbortSignal): Promise<CallStream> {
      const placed = await place({ model: request.model, capability: 'generate' }, (link) =>
        link.generate(request),
      )
      return follow(placed, request.model, caller, signal)
    },

    /** Starts an embedding call; see `generate`. */
    async embed(request: EmbeddingRequest, caller: Caller, signal: AbortSignal): Promise<CallStream> {
      const placed = await place({ model: request.model, capability: 'embed' }, (link) => link.embed(request))
      return follow(placed, request.model, caller, signal)
    },

    /** Nodes that are linked now, and all that ever were and may come back. */
    async countNodes() {
      const snapshot = await pool.snapshot()
      return { online: snapshot.filter((node) => node.linked).length, known: snapshot.length }
    },

    /** The models that linked nodes hold, each once, with the largest context that any of them offers. */
    async listModels() {
      const models = new Map<string, { id: string; contextTokens: number; createdAt: number }>()
      for (const node of await pool.snapshot()) {
        if (!node.linked) continue
        for (const { id, contextTokens, createdAt } of node.hello.models) {
          const known = models.get(id)
          if (!known || known.contextTokens < contextTokens) models.set(id, { id, contextTokens, createdAt })
        }
      }
      return [...models.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
    },
  }
}
