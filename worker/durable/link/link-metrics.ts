import type { ErrorCode } from '../../../shared/errors.ts'
import type { EndEvent, FailureEvent } from '../../../shared/generation.ts'
import { Histogram } from '../../../shared/prometheus.ts'
import type { ModelMetrics } from '../../services/pool/node-view.ts'

/** Upper bounds of the buckets in which times to first token are counted. */
const FIRST_TOKEN_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/**
 * Models of one link that are counted. All that a node can hold at a time fit, with their adapters and embeddings, and all
 * of them with the longest names into one value of an object's storage (2 MB).
 */
export const MAX_COUNTED_MODELS = 1_024

/** How a call came to this node: for the first time, again after another node failed, or in the middle of its answer. */
export type Arrival = 'first' | 'retry' | 'move'

/** The life of a call as its link knows it, besides how it ended. */
export interface CallLife {
  arrival: Arrival
  /** The node was sent it. */
  hasRun: boolean
  /** Its first piece came. */
  hasBegun: boolean
  /** Tokens of its answer that another node made, and counted. */
  resumedTokens: number
}

/**
 * Whether a call is handed back: the node is at fault and not the call, another one may take it, and its caller hears
 * nothing.
 */
const isHandedBack = ({ code }: FailureEvent): boolean => code === 'no_capacity' || code === 'model_not_found'

const fresh = () => ({
  calls: { first: 0, retry: 0, move: 0 },
  handedBack: 0,
  refused: 0,
  cancelled: 0,
  promptTokens: 0,
  cachedPromptTokens: 0,
  completionTokens: 0,
  errors: {} as ModelMetrics['errors'],
  firstTokenSeconds: new Histogram(FIRST_TOKEN_SECONDS),
})

/**
 * Counts what happens on one link, by model, since its node joined: counters that only grow, as Prometheus wants them. A call
 * is counted with its first piece, or when it ends without one after the node was sent it; one that is handed back before
 * that has not been here. The link's object keeps the counters, for what was counted since they were last read would be
 * lost with its memory.
 */
export class LinkMetrics {
  /** Those called last at the end. */
  readonly #models = new Map<string, ReturnType<typeof fresh>>()
  #hasChanged = false

  /** Plain data, as it crosses to the directory. */
  get models(): Record<string, ModelMetrics> {
    const models = [...this.#models].map(([model, { firstTokenSeconds, ...counts }]) => {
      const { bounds, sum, counts: buckets } = firstTokenSeconds
      return [model, { ...counts, firstTokenSeconds: { bounds, sum, counts: [...buckets] } }]
    })
    return Object.fromEntries(models)
  }

  /** Goes on from what an earlier life of this link has counted. */
  restore(known: Readonly<Record<string, ModelMetrics>>): void {
    for (const [model, { firstTokenSeconds, ...counts }] of Object.entries(known)) {
      const histogram = new Histogram(firstTokenSeconds.bounds, firstTokenSeconds)
      this.#models.set(model, { ...fresh(), ...structuredClone(counts), firstTokenSeconds: histogram })
    }
  }

  /** The counts as they are now, once after each change; undefined when nothing has changed since it was last taken. */
  takeChanged(): Record<string, ModelMetrics> | undefined {
    if (!this.#hasChanged) return undefined
    this.#hasChanged = false
    return this.models
  }

  refused(model: string): void {
    this.#of(model).refused += 1
  }

  /** A call's first piece came `elapsedMs` after it was opened, waiting included. */
  began(model: string, arrival: Arrival, elapsedMs: number): void {
    const metrics = this.#of(model)
    metrics.calls[arrival] += 1
    metrics.firstTokenSeconds.observe(elapsedMs / 1000)
  }

  ended(model: string, event: EndEvent | FailureEvent, call: CallLife): void {
    const metrics = this.#of(model)
    if (event.type === 'error' && isHandedBack(event)) {
      metrics.handedBack += 1
      return
    }
    if (call.hasRun && !call.hasBegun) metrics.calls[call.arrival] += 1
    if (event.type === 'error') {
      const code: ErrorCode = event.code
      metrics.errors[code] = (metrics.errors[code] ?? 0) + 1
      return
    }
    if (event.finishReason === 'cancelled') metrics.cancelled += 1
    metrics.promptTokens += event.usage.promptTokens
    metrics.cachedPromptTokens += event.usage.cachedPromptTokens
    metrics.completionTokens += Math.max(0, event.usage.completionTokens - call.resumedTokens)
  }

  /** For something to be counted of this model. */
  #of(model: string): ReturnType<typeof fresh> {
    const metrics = this.#models.get(model) ?? fresh()
    this.#models.delete(model)
    this.#models.set(model, metrics)
    for (const oldest of this.#models.keys()) {
      if (this.#models.size <= MAX_COUNTED_MODELS) break
      this.#models.delete(oldest)
    }
    this.#hasChanged = true
    return metrics
  }
}
