import type { ErrorCode } from '../../shared/errors.ts'
import type { Logger } from '../../shared/log.ts'
import type { ModelHolding, Residence } from '../../shared/node.ts'
import type { EngineCommand, EngineEvent } from './engine.ts'
import type { ChildMemory } from './messages.ts'
import type { ModelDescription } from './model-description.ts'

/** Calls that may wait for one model to be loaded, … */
export const MAX_LOAD_WAITERS = 64
/** … and how long each does. */
export const LOAD_WAIT_LIMIT_MS = 60_000
/** After a load that failed, how long calls are refused before the next try: doubled with each failure. */
export const LOAD_RETRY = { baseMs: 5_000, capMs: 300_000 }

/** What serves one model while it is in memory. */
export interface ModelRunner {
  /** Undefined while it is not ready. */
  readonly holding: ModelHolding | undefined
  readonly memory: ChildMemory | undefined
  readonly openCalls: number
  readonly pid: number | undefined
  /** Rejects with one sentence; then nothing runs and nothing will. */
  start(): Promise<void>
  send(command: EngineCommand): void
  close(): Promise<void>
}

export interface RunnerEvents {
  onEvent: (event: EngineEvent) => void
  onChange: () => void
}

export interface ResidencyOptions {
  models: readonly ModelDescription[]
  /** What the loaded models may take together. One alone is loaded whatever it takes. */
  memoryMiB: number
  createRunner: (id: string, events: RunnerEvents) => ModelRunner
  emit: (event: EngineEvent) => void
  log: Logger
  onLoad?: (() => void) | undefined
  onUnload?: (() => void) | undefined
}

type CallCommand = Exclude<EngineCommand, { type: 'call.cancel' }>

interface Waiter {
  command: CallCommand
  timer: NodeJS.Timeout
}

interface Resident {
  readonly id: string
  readonly description: ModelDescription
  residence: Residence
  runner: ModelRunner | undefined
  /** By call id, in order of arrival. */
  readonly waiting: Map<string, Waiter>
  /** Counts up with every call of any model. */
  usedAt: number
  failures: number
  retryAt: number
}

/**
 * Which models are in memory. A model that is on disk is loaded when a call asks for it, one load at a time; the loaded
 * model that was asked for longest ago, and has no calls, makes room. Calls wait meanwhile: so many, so long.
 */
export class Residency {
  readonly #options: ResidencyOptions
  readonly #residents: ReadonlyMap<string, Resident>
  #loads: Promise<void> = Promise.resolve()
  #clock = 0
  #isStarted = false
  #isClosed = false
  /** Wakes a load that waits for room. */
  #wake: () => void = () => {}

  constructor(options: ResidencyOptions) {
    this.#options = options
    this.#residents = new Map(
      options.models.map((description) => [
        description.holding.id,
        {
          id: description.holding.id,
          description,
          residence: 'disk',
          runner: undefined,
          waiting: new Map(),
          usedAt: 0,
          failures: 0,
          retryAt: 0,
        },
      ]),
    )
  }

  get holdings(): ModelHolding[] {
    return [...this.#residents.values()].flatMap(({ residence, runner, description }) =>
      residence === 'loaded' ? (runner?.holding ?? []) : { ...description.holding, residence },
    )
  }

  get runners(): ModelRunner[] {
    return [...this.#residents.values()].flatMap(({ runner }) => runner ?? [])
  }

  /** Calls that wait for a model to be loaded. */
  get waitingCalls(): number {
    return [...this.#residents.values()].reduce((sum, { waiting }) => sum + waiting.size, 0)
  }

  /** Loads, in order, the models that fit together. Rejects with one sentence when one of them cannot be loaded. */
  async start(): Promise<void> {
    for (const resident of this.#residents.values()) {
      if (!this.#fits(resident)) continue
      try {
        await this.#open(resident)
      } catch (thrown) {
        await this.close()
        throw new Error(`The model "${resident.id}" could not be loaded: ${reasonOf(thrown)}`, {
          cause: thrown,
        })
      }
    }
    this.#isStarted = true
  }

  send(command: EngineCommand): void {
    if (command.type === 'call.cancel') {
      this.#cancel(command)
      return
    }
    const { callId, request } = command
    const resident = this.#residents.get(request.model)
    if (resident === undefined) {
      this.#fail(callId, 'model_not_found', `This node does not hold the model "${request.model}".`)
      return
    }
    this.#clock += 1
    resident.usedAt = this.#clock
    if (resident.residence === 'loaded') resident.runner?.send(command)
    else this.#wait(resident, command)
  }

  /** Cancels every call and resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const resident of this.#residents.values()) {
      for (const callId of [...resident.waiting.keys()]) this.#cancel({ type: 'call.cancel', callId })
    }
    this.#wake()
    await Promise.all(this.runners.map((runner) => runner.close()))
    await this.#loads
  }

  #cancel(command: Extract<EngineCommand, { type: 'call.cancel' }>): void {
    const { callId } = command
    for (const resident of this.#residents.values()) {
      if (this.#leave(resident, callId)) {
        const usage = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 }
        this.#options.emit({ type: 'call.end', callId, finishReason: 'cancelled', usage })
      } else resident.runner?.send(command)
    }
  }

  #wait(resident: Resident, command: CallCommand): void {
    const { callId } = command
    if (performance.now() < resident.retryAt) {
      this.#fail(callId, 'no_capacity', 'The model could not be loaded on its node; it is tried again soon.')
      return
    }
    if (resident.waiting.size >= MAX_LOAD_WAITERS) {
      this.#fail(callId, 'no_capacity', 'Too many calls wait for this model to be loaded.')
      return
    }
    const timer = setTimeout(() => {
      if (this.#leave(resident, callId)) {
        this.#fail(callId, 'no_capacity', 'The model was not loaded on its node in time.')
      }
    }, LOAD_WAIT_LIMIT_MS)
    resident.waiting.set(callId, { command, timer })
    if (resident.residence === 'disk') this.#load(resident)
  }

  /** Whether the call was waiting; it is no longer. */
  #leave(resident: Resident, callId: string): boolean {
    clearTimeout(resident.waiting.get(callId)?.timer)
    const wasWaiting = resident.waiting.delete(callId)
    if (wasWaiting) this.#wake()
    return wasWaiting
  }

  #load(resident: Resident): void {
    this.#move(resident, 'loading')
    this.#loads = this.#loads.then(() => this.#bringIn(resident))
  }

  /** Never rejects. */
  async #bringIn(resident: Resident): Promise<void> {
    try {
      if (!(await this.#makeRoom(resident))) {
        this.#move(resident, 'disk')
        return
      }
      await this.#open(resident)
    } catch (thrown) {
      this.#giveUp(resident, thrown)
      return
    }
    for (const [callId, { command }] of [...resident.waiting]) {
      this.#leave(resident, callId)
      resident.runner?.send(command)
    }
  }

  async #open(resident: Resident): Promise<void> {
    const runner = this.#options.createRunner(resident.id, {
      onEvent: (event) => this.#forward(event),
      onChange: () => {
        if (resident.residence === 'loaded') this.#announce()
      },
    })
    resident.runner = runner
    try {
      await runner.start()
    } catch (thrown) {
      resident.runner = undefined
      throw thrown
    }
    resident.failures = 0
    this.#options.onLoad?.()
    this.#move(resident, 'loaded')
  }

  #giveUp(resident: Resident, thrown: unknown): void {
    if (this.#isClosed) return
    const waitMs = Math.min(LOAD_RETRY.capMs, LOAD_RETRY.baseMs * 2 ** resident.failures)
    resident.failures += 1
    resident.retryAt = performance.now() + waitMs
    this.#options.log.error('model.load_failed', { model: resident.id, reason: reasonOf(thrown), waitMs })
    this.#move(resident, 'disk')
    for (const callId of [...resident.waiting.keys()]) {
      this.#leave(resident, callId)
      this.#fail(callId, 'node_failed', 'The model could not be loaded on its node.')
    }
  }

  /** Whether the model still should, and now can be loaded. */
  async #makeRoom(resident: Resident): Promise<boolean> {
    for (;;) {
      if (this.#isClosed || resident.waiting.size === 0) return false
      if (this.#fits(resident)) return true
      const victim = this.#findVictim()
      if (victim) await this.#unload(victim)
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }

  #fits(resident: Resident): boolean {
    const loaded = [...this.#residents.values()].filter(({ runner }) => runner !== undefined)
    const taken = loaded.reduce((sum, other) => sum + needOf(other), 0)
    return loaded.length === 0 || taken + needOf(resident) <= this.#options.memoryMiB
  }

  #findVictim(): Resident | undefined {
    return [...this.#residents.values()]
      .filter(({ residence, runner }) => residence === 'loaded' && runner?.openCalls === 0)
      .sort((a, b) => a.usedAt - b.usedAt)[0]
  }

  async #unload(resident: Resident): Promise<void> {
    const { runner } = resident
    this.#options.log.info('model.unloading', { model: resident.id })
    this.#options.onUnload?.()
    this.#move(resident, 'disk') // from here on its calls wait for it to come back
    await runner?.close()
    resident.runner = undefined
  }

  #forward(event: EngineEvent): void {
    this.#options.emit(event)
    if (event.type === 'call.end' || event.type === 'call.error') this.#wake()
  }

  #move(resident: Resident, residence: Residence): void {
    resident.residence = residence
    this.#announce()
  }

  #announce(): void {
    if (this.#isStarted && !this.#isClosed) this.#options.emit({ type: 'holdings', models: this.holdings })
  }

  #fail(callId: string, code: ErrorCode, message: string): void {
    const param = code === 'model_not_found' ? { param: 'model' } : {}
    this.#options.emit({ type: 'call.error', callId, code, message, ...param })
  }
}

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** What a model takes: as estimated, or as measured where that is more. */
const needOf = ({ description, runner }: Resident): number =>
  Math.max(description.needMiB, runner?.memory?.rssMiB ?? 0)
