import type { NodeGauge } from '../../shared/node.ts'
import { Counter, Histogram, type Metric } from '../../shared/prometheus.ts'
import { MIB } from '../../shared/units.ts'
import type { EngineCommand, EngineEvent } from './engine.ts'
import type { Residency } from './residency/residency.ts'

/** Seconds: from a model in a cache to a long prompt on a slow machine. */
const FIRST_TOKEN_BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** Seconds: from a small model on a GPU to a step with a piece of a long prompt on a CPU. */
const STEP_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

interface Watched {
  residency: Pick<Residency, 'holdings' | 'runners' | 'waitingCalls'>
  readGauge: () => NodeGauge
}

/** The counts of an engine's work, taken from the frames that pass through it. */
export class EngineMetrics {
  readonly loads = { model: new Counter(), adapter: new Counter() }
  readonly unloads = { model: new Counter(), adapter: new Counter() }
  readonly restarts = new Counter()
  readonly #generated = new Counter()
  readonly #computed = new Counter()
  readonly #cached = new Counter()
  readonly #firstToken = new Histogram(FIRST_TOKEN_BOUNDS)
  readonly #step = new Histogram(STEP_BOUNDS)
  readonly #errors = new Map<string, Counter>()
  /** Generations without a token yet, and when they began. */
  readonly #begun = new Map<string, number>()
  /** Tokens of each running generation that are counted, or were made by another node. */
  readonly #known = new Map<string, number>()
  /** When each running generation had its last token. */
  readonly #lastToken = new Map<string, number>()
  readonly #now: () => number
  #watched: Watched | undefined

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** From now on also tells what is loaded and how busy it is. */
  watch(watched: Watched): void {
    this.#watched = watched
  }

  begin(command: EngineCommand): void {
    if (command.type !== 'generation.start') return
    this.#begun.set(command.callId, this.#now())
    this.#known.set(command.callId, command.request.resume?.length ?? 0)
  }

  take(event: EngineEvent): void {
    switch (event.type) {
      case 'step':
        this.#takeStep(event)
        break
      case 'call.end': {
        const { promptTokens, cachedPromptTokens, completionTokens } = event.usage
        // The token that ends a turn has no text, and is in no step.
        const known = this.#known.get(event.callId) ?? completionTokens
        this.#generated.add(Math.max(0, completionTokens - known))
        this.#computed.add(promptTokens - cachedPromptTokens)
        this.#cached.add(cachedPromptTokens)
        this.#forget(event.callId)
        break
      }
      case 'call.error': {
        const errors = this.#errors.get(event.code) ?? new Counter()
        errors.add(1)
        this.#errors.set(event.code, errors)
        this.#forget(event.callId)
        break
      }
      case 'call.vectors':
      case 'gauge':
      case 'holdings':
        break
      default:
        event satisfies never
    }
  }

  read(): Metric[] {
    return [
      counter('generated_tokens', 'Tokens that were sampled.', this.#generated),
      counter('prompt_tokens_computed', 'Tokens of prompts that were computed.', this.#computed),
      counter('prompt_tokens_cached', 'Tokens of prompts that were found in a cache.', this.#cached),
      counter('model_loads', 'Models that were loaded.', this.loads.model),
      counter('model_unloads', 'Models that made room for others.', this.unloads.model),
      counter('adapter_loads', 'Contexts with an adapter that were made.', this.loads.adapter),
      counter('adapter_unloads', 'Contexts with an adapter that made room for others.', this.unloads.adapter),
      counter('engine_crashes', 'Processes of models that ended by themselves.', this.restarts),
      {
        name: 'switchyard_node_errors_total',
        help: 'Calls that failed, by code.',
        type: 'counter',
        samples: [...this.#errors].map(([code, { value }]) => ({ labels: { code }, value })),
      },
      histogram('first_token', 'From the start of a generation to its first token.', this.#firstToken),
      histogram('decode_step', 'Between two steps of a generation.', this.#step),
      ...this.#load(),
    ]
  }

  #takeStep({ step }: Extract<EngineEvent, { type: 'step' }>): void {
    const now = this.#now()
    let longest: number | undefined
    for (const [callId, , tokens] of step) {
      if (tokens.length === 0) continue // tells of its tools, and came from no step
      this.#generated.add(tokens.length)
      this.#known.set(callId, (this.#known.get(callId) ?? 0) + tokens.length)
      const begunAt = this.#begun.get(callId)
      const last = this.#lastToken.get(callId)
      if (begunAt !== undefined) this.#firstToken.observe((now - begunAt) / 1_000)
      else if (last !== undefined) longest = Math.max(longest ?? 0, now - last)
      this.#begun.delete(callId)
      this.#lastToken.set(callId, now)
    }
    // All generations of a step waited for the same one.
    if (longest !== undefined) this.#step.observe(longest / 1_000)
  }

  #forget(callId: string): void {
    this.#begun.delete(callId)
    this.#known.delete(callId)
    this.#lastToken.delete(callId)
  }

  #load(): Metric[] {
    if (this.#watched === undefined) return []
    const { residency, readGauge } = this.#watched
    const serving = residency.runners.flatMap(({ holding, openCalls }) =>
      holding ? [{ slots: holding.slots, openCalls }] : [],
    )
    const sum = (of: (runner: (typeof serving)[number]) => number): number =>
      serving.reduce((total, runner) => total + of(runner), 0)
    const { rssMiB, vramUsedMiB, vramTotalMiB, tokensPerSecond } = readGauge()
    const loaded = residency.holdings.filter(({ residence = 'loaded' }) => residence === 'loaded')
    const adapters = residency.holdings.flatMap((holding) => holding.adapters ?? [])
    const loadedAdapters = adapters.filter(({ residence = 'loaded' }) => residence === 'loaded')
    const bytes = (mib: number | null): number | null => (mib === null ? null : mib * MIB)
    return [
      gauge(
        'slots',
        'Generations that can run at the same time.',
        sum(({ slots }) => slots),
      ),
      gauge(
        'slots_busy',
        'Slots in use.',
        sum(({ slots, openCalls }) => Math.min(slots, openCalls)),
      ),
      gauge(
        'queued_calls',
        'Calls that wait for a slot or for their model.',
        sum(({ slots, openCalls }) => Math.max(0, openCalls - slots)) + residency.waitingCalls,
      ),
      gauge('models', 'Models that this node can serve.', residency.holdings.length),
      gauge('models_loaded', 'Models in memory.', loaded.length),
      gauge('adapters', 'Adapters that this node can serve.', adapters.length),
      gauge('adapters_loaded', 'Adapters with a context in memory.', loadedAdapters.length),
      gauge('tokens_per_second', 'Tokens generated over the last seconds.', tokensPerSecond),
      gauge('resident_memory_bytes', 'Memory of the node and its models.', bytes(rssMiB)),
      gauge('vram_used_bytes', 'Memory of the GPU in use.', bytes(vramUsedMiB)),
      gauge('vram_bytes', 'Memory of the GPU.', bytes(vramTotalMiB)),
    ]
  }
}

export const counter = (what: string, help: string, { value }: Pick<Counter, 'value'>): Metric => ({
  name: `switchyard_node_${what}_total`,
  help,
  type: 'counter',
  samples: [{ value }],
})

/** A gauge. One that cannot be measured has no sample. */
const gauge = (what: string, help: string, value: number | null): Metric => ({
  name: `switchyard_node_${what}`,
  help,
  type: 'gauge',
  samples: value === null ? [] : [{ value }],
})

const histogram = (what: string, help: string, reading: Histogram): Metric => ({
  name: `switchyard_node_${what}_seconds`,
  help,
  type: 'histogram',
  series: [{ histogram: reading }],
})
