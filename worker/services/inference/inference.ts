import { AppError } from '../../../shared/errors.ts'
import type { EmbeddingRequest, GenerationRequest } from '../../../shared/generation.ts'
import type { Logger } from '../../../shared/log.ts'
import { type CallRecord, tokensOf } from '../metering/call-record.ts'
import { pause } from '../pause.ts'
import { affinityOf } from '../pool/affinity.ts'
import type { CallOptions, OpenCall, Refusal } from '../pool/node-link.ts'
import type { PlacementRequest } from '../pool/placement.ts'
import type { PoolView } from '../pool/pool-view.ts'
import { CallRun, type CallStream, type Outcome, type PlaceOptions } from './call-run.ts'
import { countedPieces } from './counted-pieces.ts'
import { type CallLink, createPlacing } from './placing.ts'
import type { PromptCaches } from './prompt-caches.ts'
import type { FindTuned, TunedTarget } from './tuned-target.ts'

/** Who asked: for the log and, in time, for the bill. */
export interface Caller {
  requestId: string
  accountId: string
  /** The conversation that the call belongs to, or a key of the caller's own: its next call is best placed where this one was. */
  sessionId?: string
  /** Set for all choices of a prompt but the first: what they have in common is billed once. */
  isFurtherChoice?: boolean
  /** The caller's credential administers the deployment. */
  isAdministrator?: boolean
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
  /** The models that were trained on the pool. */
  findTuned: FindTuned
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

/** Hears which node a call is placed on, and each one that it moves to. */
export type OnPlaced = (nodeId: string) => void

/** How a call is run. */
interface RunOptions {
  onPlaced?: OnPlaced | undefined
  tuned?: TunedTarget | undefined
  isMetered?: boolean
  /** Tokens of the answer that its caller has already. */
  said?: readonly number[] | undefined
}

/** Runs generations and embeddings on the pool. */
export function createInference({
  nodeLink,
  later,
  pool,
  cacheOf,
  findTuned,
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
    { tuned, isMetered = true, said = [], onPlaced }: RunOptions = {},
  ): Promise<CallStream> {
    const placeWith = async ({ resume, attempt, avoid, waitMs }: PlaceOptions) => {
      // One that was deleted meanwhile is nowhere: what was lost with it does not go on.
      if (attempt > 0 && tuned && !(await tuned.exists())) throw new AppError('not_found', 'It is no more.')
      const placed = await place(
        request,
        (link, mayWait) => open(link, resume, { caller: caller.accountId, attempt, mayWait, waitMs }),
        avoid,
      )
      onPlaced?.(placed.nodeId)
      return placed
    }
    const first = await placeWith({ resume: said, attempt: 0 })
    const ran = { model: request.name ?? request.model, kind: request.capability }
    const onEnd = ({ usage, relayedTokens, ...outcome }: Outcome) => {
      const { isAdministrator: _may, ...asking } = caller
      log.info('call', { ...asking, ...ran, ...outcome, ...tokensOf({ usage, relayedTokens }) })
      const { accountId, isFurtherChoice } = caller
      if (meter && isMetered)
        later(meter({ accountId, isFurtherChoice, ...ran, usage, relayedTokens, ...outcome }))
    }
    const inWords = (message: string) => (tuned ? message.replaceAll(tuned.model, tuned.name) : message)
    return new CallRun({ first, place: placeWith, later, onEnd, inWords, wait, said }).stream(signal)
  }

  /** The models that linked nodes hold, each once, with the largest context that any of them offers. */
  async function listModels(): Promise<ListedModel[]> {
    const models = new Map<string, ListedModel>()
    for (const region of await pool.all()) {
      for (const { id, parent, linked } of region.models.values()) {
        if (linked && linked.contextTokens > (models.get(id)?.contextTokens ?? 0)) {
          models.set(id, { id, ...linked, ...(parent !== null && { parent }) })
        }
      }
    }
    return [...models.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  return {
    /**
     * Runs a generation on the best node that takes it, and goes on elsewhere when that node is lost. The model is named as
     * its caller knows it. Throws `model_not_found`, `no_capacity`, or, while it is read, what the node says. Aborting
     * `signal`, or leaving the stream, stops it.
     */
    async generate(
      asked: GenerationRequest,
      caller: Caller,
      signal: AbortSignal,
      onPlaced?: OnPlaced,
    ): Promise<CallStream> {
      const [cache, tuned] = await Promise.all([
        cacheOf(asked, caller.accountId),
        findTuned(asked.model, caller),
      ])
      const request = { ...asked, model: tuned?.model ?? asked.model, cache }
      return run(
        {
          model: request.model,
          ...(tuned && { name: tuned.name, base: tuned.base }),
          capability: 'generate',
          affinity: affinityOf(request, caller),
        },
        async (link, resume, options) =>
          link.generate(
            {
              ...request,
              ...(tuned && { adapter: await tuned.ticket() }),
              ...(resume.length > 0 && { resume: [...resume] }),
            },
            options,
          ),
        caller,
        signal,
        { tuned, said: asked.resume, onPlaced },
      )
    },

    /** Runs an embedding call; see `generate`. Adapters make none. */
    embed: (request: EmbeddingRequest, caller: Caller, signal: AbortSignal): Promise<CallStream> =>
      run(
        { model: request.model, capability: 'embed' },
        (link, _resume, options) => link.embed(request, options),
        caller,
        signal,
      ),

    /**
     * How many tokens a text is for a model of the pool, without those that the model wants around it; nothing is computed, and
     * nothing metered. Throws as `generate` does.
     */
    async countTokens(model: string, text: string, caller: Caller, signal: AbortSignal): Promise<number> {
      const input = countedPieces(text)
      if (input.length === 0) return 0
      const call = await run(
        // Any model that answers can count, also one that embeds nothing.
        { model, capability: 'generate' },
        (link, _resume, options) => link.embed({ model, input, isCount: true }, options),
        caller,
        signal,
        { isMetered: false },
      )
      for await (const events of call) {
        const end = events.find(({ type }) => type === 'end')
        if (end?.type === 'end' && end.finishReason === 'stop') return end.usage.promptTokens
      }
      throw new AppError('node_failed', 'The node did not count the tokens.')
    },

    /** Tokens of prompt and answer together that a model has for its caller; undefined where none is linked. */
    async contextTokensOf(name: string, caller: Caller): Promise<number | undefined> {
      const id = (await findTuned(name, caller))?.base ?? name
      return (await listModels()).find((model) => model.id === id)?.contextTokens
    },

    /** Nodes that are linked now, and all that ever were and may come back. */
    async countNodes() {
      const regions = await pool.all()
      const sumOf = (count: 'online' | 'known') => regions.reduce((sum, { counts }) => sum + counts[count], 0)
      return { online: sumOf('online'), known: sumOf('known') }
    },

    listModels,
  }
}
