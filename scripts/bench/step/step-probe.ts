import type { LlamaContext } from 'node-llama-cpp'

/** The time of decode steps in milliseconds, summed over the steps. */
export interface StepSums {
  steps: number
  /** From asking for a batch until the event loop hears that it is computed. */
  decodeMs: number
  /** From then on until the last stream has its token. */
  sampleMs: number
  /** From then on until the next batch is asked for. */
  betweenMs: number
  /** Writing to the parent, which is done while a batch is computed. */
  tellMs: number
  /** Processor time of the thread that runs JavaScript. */
  mainCpuMs: number
  /** Processor time of all threads. */
  cpuMs: number
}

/** To a child that is probed, beside what its engine is told. */
export type ToProbe = { type: 'probe.begin'; streams: number } | { type: 'probe.end' }
/** Its answer to the end. */
export interface FromProbe {
  type: 'probe.sums'
  sums: StepSums
}

/** The functions of the addon's context of which a step is made; `ContextInternals` of the engine says the same. */
interface Addon {
  initBatch(size: number): void
  decodeBatch(): Promise<void>
  sampleToken(...args: unknown[]): Promise<unknown>
}

const cpuMsOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000

const NONE: StepSums = {
  ...{ steps: 0, decodeMs: 0, sampleMs: 0, betweenMs: 0, tellMs: 0 },
  ...{ mainCpuMs: 0, cpuMs: 0 },
}

/** Watches the steps of a context in which so many streams have one token each; others, such as those of prompts, are left out. */
export class StepProbe {
  #streams = 0
  #sums = NONE
  #main = process.threadCpuUsage()
  #all = process.cpuUsage()
  /** Whether the batch under way is of the kind that is watched, and the one before was. */
  #isWatched = false
  #decodedAt = 0
  /** When the last token of the batch before came; 0 where that was none that is watched. */
  #sampledAt = 0

  begin(streams: number): void {
    this.#streams = streams
    this.#sums = { ...NONE }
    this.#sampledAt = 0
    this.#main = process.threadCpuUsage()
    this.#all = process.cpuUsage()
  }

  end(): StepSums {
    this.#streams = 0
    const mainCpuMs = cpuMsOf(process.threadCpuUsage(this.#main))
    return { ...this.#sums, mainCpuMs, cpuMs: cpuMsOf(process.cpuUsage(this.#all)) }
  }

  /** Runs what writes to the parent. */
  tell<T>(write: () => T): T {
    const startedAt = performance.now()
    const result = write()
    this.#sums.tellMs += performance.now() - startedAt
    return result
  }

  /** From now on sees what is computed in the context. */
  watch(context: LlamaContext): void {
    const inside = context as unknown as { _ctx: Addon } // as the engine's internals.ts says, and its test
    const addon = inside._ctx
    // Functions of the addon want itself as `this`.
    const bound = (name: string | symbol) => {
      const value: unknown = Reflect.get(addon, name)
      return typeof value === 'function' ? value.bind(addon) : value
    }
    const own: Addon = {
      initBatch: (size) => {
        this.#isWatched = size === this.#streams
        addon.initBatch(size)
      },
      decodeBatch: () => this.#decode(addon),
      sampleToken: (...args) => this.#sample(addon, args),
    }
    const kept = new Map<string | symbol, unknown>(Object.entries(own))
    inside._ctx = new Proxy(addon, {
      get: (_, name) => {
        if (!kept.has(name)) kept.set(name, bound(name))
        return kept.get(name)
      },
    })
  }

  async #decode(addon: Addon): Promise<void> {
    const startedAt = performance.now()
    const isWatched = this.#isWatched
    if (isWatched && this.#sampledAt > 0) this.#sums.betweenMs += startedAt - this.#sampledAt
    this.#sampledAt = 0
    await addon.decodeBatch()
    this.#decodedAt = performance.now()
    if (!isWatched) return
    this.#sums.steps += 1
    this.#sums.decodeMs += this.#decodedAt - startedAt
  }

  async #sample(addon: Addon, args: unknown[]): Promise<unknown> {
    const isWatched = this.#isWatched
    const token = await addon.sampleToken(...args)
    if (!isWatched) return token
    // They come one after the other: the last of them counts.
    const now = performance.now()
    this.#sums.sampleMs += now - Math.max(this.#decodedAt, this.#sampledAt)
    this.#sampledAt = now
    return token
  }
}
