import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { adapterModelId, type ModelHolding, type Residence } from '../../../shared/node.ts'
import type { DescribedAdapter, ModelDescription } from '../child/model-description.ts'
import type { EngineCommand, EngineEvent } from '../engine.ts'
import type { ChildMemory } from '../messages.ts'
import { type Guest, Guests, type SpareMemory } from './guests.ts'
import {
  createResident,
  createResidentAdapter,
  holdingOf,
  type ModelRunner,
  modelOf,
  ProcessEnded,
  type Resident,
  type ResidentAdapter,
  type ResidentModel,
  type RunnerEvents,
  wantedSince,
} from './resident.ts'
import { ResidentCalls } from './resident-calls.ts'
import { type Bounds, fits, freeMiB, planRoom } from './room.ts'

/** Contexts of adapters in memory at the same time, over all models. Each has a cache like its model's. */
export const MAX_ADAPTER_CONTEXTS = 8

/**
 * After a load that failed, how long calls are refused before the next try: doubled with each failure, and the longest at
 * once for an adapter whose load ended its model's process, so that it does not do that again and again.
 */
export const LOAD_RETRY = { baseMs: 5_000, capMs: 300_000 }

export interface ResidencyOptions {
  models: readonly ModelDescription[]
  /** The memory that the loaded models and adapters may take together. One alone is loaded whatever it takes. */
  memoryMiB: number
  createRunner: (id: string, events: RunnerEvents) => ModelRunner
  emit: (event: EngineEvent) => void
  log: Logger
  onLoad?: ((kind: Resident['kind']) => void) | undefined
  onUnload?: ((kind: Resident['kind']) => void) | undefined
}

/**
 * Which models and adapters are in memory. What is on disk is loaded when a call asks for it, one load at a time, in the order
 * of asking; what was asked for longest ago makes room, as `planRoom` says: at once when it has no calls, and after a while by
 * taking no new ones. Calls wait meanwhile: so many, so long. An adapter needs its model in memory, and goes when that goes.
 */
export class Residency implements SpareMemory {
  readonly #options: ResidencyOptions
  readonly #models: readonly ResidentModel[]
  readonly #residents: Map<string, Resident>
  readonly #bounds: Bounds
  readonly #guests = new Guests()
  readonly #calls: ResidentCalls
  #loads: Promise<void> = Promise.resolve()
  #isStarted = false
  /** A load waits for room. */
  #isMakingRoom = false
  #isClosed = false
  /** Wakes a load that waits for room. */
  #wake: () => void = () => {}

  readonly #onTimeout = (resident: Resident, callId: string): void => this.#calls.timeOut(resident, callId)

  constructor(options: ResidencyOptions) {
    this.#options = options
    this.#bounds = { memoryMiB: options.memoryMiB, lentMiB: 0, maxContexts: MAX_ADAPTER_CONTEXTS }
    this.#models = options.models.map((description) => createResident(description, this.#onTimeout))
    const all: Resident[] = this.#models.flatMap((model) => [model, ...model.adapters])
    this.#residents = new Map(all.map((resident) => [resident.id, resident]))
    this.#calls = new ResidentCalls({
      residents: this.#residents,
      emit: options.emit,
      load: (resident) => this.#load(resident),
      onChange: () => this.#wake(),
    })
  }

  get holdings(): ModelHolding[] {
    return this.#models.flatMap((model) => holdingOf(model) ?? [])
  }

  get runners(): ModelRunner[] {
    return this.#models.flatMap(({ runner }) => runner ?? [])
  }

  /** The processes' memory: of models, and of those that memory is lent to. */
  get memories(): ChildMemory[] {
    return [...this.runners.flatMap(({ memory }) => memory ?? []), ...this.#guests.memories]
  }

  get freeMiB(): number {
    return this.#isMakingRoom || this.#isClosed ? 0 : freeMiB(this.#models, this.#lentBounds)
  }

  admit(guest: Guest): () => void {
    return this.#guests.admit(guest, () => this.#wake())
  }

  get #lentBounds(): Bounds {
    return { ...this.#bounds, lentMiB: this.#guests.takenMiB }
  }

  /** Calls that wait for a model or an adapter to be loaded. */
  get waitingCalls(): number {
    return this.#calls.waitingCalls
  }

  /** Loads, in order, the models that fit together. Rejects with one sentence when one of them cannot be loaded. */
  async start(): Promise<void> {
    for (const model of this.#models) {
      if (!fits(this.#models, model, this.#bounds)) continue
      try {
        await this.#openModel(model)
      } catch (thrown) {
        await this.close()
        throw new Error(`The model "${model.id}" could not be loaded: ${causeOf(thrown)}`, {
          cause: thrown,
        })
      }
    }
    this.#isStarted = true
  }

  send(command: EngineCommand): void {
    this.#calls.send(command)
  }

  /** From now on calls can name this adapter of a model. False where there is no such model, or one of its name already. */
  addAdapter(modelId: string, described: DescribedAdapter): boolean {
    const model = this.#models.find(({ id }) => id === modelId)
    if (!model || this.#residents.has(adapterModelId(modelId, described.holding.suffix))) return false
    const adapter = createResidentAdapter(model, described, this.#onTimeout)
    this.#residents.set(adapter.id, adapter)
    this.#announce()
    return true
  }

  /** An adapter is no more: its calls end, new ones do not know it, and it leaves memory. Resolves when it has. */
  async removeAdapter(id: string): Promise<void> {
    const adapter = this.#residents.get(id)
    if (adapter?.kind !== 'adapter') return
    this.#residents.delete(id)
    const { adapters } = adapter.model
    adapters.splice(adapters.indexOf(adapter), 1)
    this.#calls.withdraw(adapter)
    this.#announce()
    // Behind a load of it that is under way.
    this.#loads = this.#loads.then(() => this.#letGo(adapter))
    await this.#loads
  }

  /** Whether an adapter has no calls, running or waiting. */
  isIdle(id: string): boolean {
    const adapter = this.#residents.get(id)
    return adapter?.kind !== 'adapter' || (adapter.openCalls.size === 0 && adapter.waiting.size === 0)
  }

  /** Cancels every call and resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#calls.close()
    this.#wake()
    await Promise.all(this.runners.map((runner) => runner.close()))
    await this.#loads
  }

  #load(resident: Resident): void {
    this.#move(resident, 'loading')
    this.#loads = this.#loads.then(() => this.#bringIn(resident))
    this.#wake()
  }

  /** Never rejects. */
  async #bringIn(resident: Resident): Promise<void> {
    const model = modelOf(resident)
    const isThere = model.residence === 'loaded' || (await this.#bringInModel(model))
    if (resident.kind === 'adapter') {
      if (isThere) await this.#bringInAdapter(resident)
      else this.#giveBack(resident)
    }
    this.#calls.release(resident)
  }

  /** Whether the model is in memory now. */
  async #bringInModel(model: ResidentModel): Promise<boolean> {
    try {
      // Another adapter's load may just have failed for the model's sake.
      const isDue = isWanted(model) && performance.now() >= model.retryAt
      if (isDue && model.residence === 'disk') this.#move(model, 'loading')
      if (isDue && (await this.#makeRoom(model))) {
        await this.#openModel(model)
        this.#calls.release(model)
        return true
      }
      if (model.residence === 'loading') this.#move(model, 'disk')
    } catch (thrown) {
      this.#giveUp(model, thrown)
    }
    return false
  }

  async #bringInAdapter(adapter: ResidentAdapter): Promise<void> {
    try {
      if (await this.#makeRoom(adapter)) await this.#openAdapter(adapter)
      else this.#move(adapter, 'disk')
    } catch (thrown) {
      this.#giveUp(adapter, thrown)
    }
  }

  async #openModel(model: ResidentModel): Promise<void> {
    const runner = this.#options.createRunner(model.id, {
      onEvent: (event) => this.#calls.forward(model, event),
      onChange: () => {
        if (runner.holding === undefined) this.#loseAdapters(model)
        if (model.residence === 'loaded') this.#announce()
      },
    })
    model.runner = runner
    const startedAt = performance.now()
    try {
      await runner.start()
    } catch (thrown) {
      model.runner = undefined
      throw thrown
    }
    this.#settle(model, startedAt)
  }

  async #openAdapter(adapter: ResidentAdapter): Promise<void> {
    const { runner } = adapter.model
    const startedAt = performance.now()
    await runner?.openAdapter(adapter.holding.suffix)
    if (runner?.holding === undefined) throw new ProcessEnded('Its model is gone.')
    this.#settle(adapter, startedAt)
  }

  #settle(resident: Resident, startedAt: number): void {
    resident.failures = 0
    resident.loadedAt = performance.now()
    resident.loadMs = resident.loadedAt - startedAt
    resident.lastEndAt = undefined
    this.#options.onLoad?.(resident.kind)
    this.#move(resident, 'loaded')
  }

  #giveUp(resident: Resident, thrown: unknown): void {
    if (this.#isClosed) return
    const doubled = Math.min(LOAD_RETRY.capMs, LOAD_RETRY.baseMs * 2 ** resident.failures)
    const waitMs = thrown instanceof ProcessEnded ? LOAD_RETRY.capMs : doubled
    resident.failures += 1
    resident.retryAt = performance.now() + waitMs
    const reason = causeOf(thrown)
    this.#options.log.error(`${resident.kind}.load_failed`, { model: resident.id, reason, waitMs })
    this.#giveBack(resident)
  }

  /** Puts a model that cannot be loaded now back on disk, where nobody waits for it. */
  #giveBack(resident: Resident): void {
    this.#move(resident, 'disk')
    this.#calls.refuse(resident)
  }

  /** Whether it still should, and now can be loaded. */
  async #makeRoom(resident: Resident): Promise<boolean> {
    this.#isMakingRoom = true
    try {
      for (;;) {
        if (this.#isClosed || !isWanted(resident)) return false
        if (fits(this.#models, resident, this.#lentBounds)) return true
        if (fits(this.#models, resident, this.#bounds)) {
          await this.#guests.leave(this.#options.log)
          continue
        }
        const { unload, drain, nextAt } = planRoom(this.#models, resident, this.#bounds, performance.now())
        for (const victim of drain) this.#drain(victim)
        if (unload) await this.#unload(unload)
        else await this.#change(nextAt)
      }
    } finally {
      this.#isMakingRoom = false
      this.#stopDraining()
    }
  }

  /** Resolves when something has changed that room depends on, or at that time of `performance.now`. */
  #change(at: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = at === undefined ? undefined : setTimeout(resolve, Math.ceil(at - performance.now()))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #drain(resident: Resident): void {
    if (resident.isDraining) return
    this.#options.log.info(`${resident.kind}.draining`, { model: resident.id })
    resident.isDraining = true
  }

  /** Lets whatever was to make room and is still there take calls again, first those that waited. */
  #stopDraining(): void {
    const all = [...this.#residents.values()]
    for (const resident of all) resident.isDraining = false
    for (const resident of all) this.#resume(resident)
  }

  /** No call waits for what is in memory, or for what nobody is about to load. */
  #resume(resident: Resident): void {
    if (this.#isClosed) return
    if (resident.residence === 'loaded') this.#calls.release(resident)
    else if (resident.residence === 'disk' && resident.waiting.size > 0) this.#load(resident)
  }

  async #unload(resident: Resident): Promise<void> {
    const model = modelOf(resident)
    const { runner } = model
    this.#options.log.info(`${resident.kind}.unloading`, { model: resident.id })
    this.#options.onUnload?.(resident.kind)
    this.#move(resident, 'disk') // from here on its calls wait for it to come back
    this.#resume(resident)
    if (resident.kind === 'adapter') await this.#closeAdapter(resident)
    else {
      this.#loseAdapters(model)
      for (const adapter of model.adapters) this.#resume(adapter)
      await runner?.close()
      model.runner = undefined
    }
  }

  /** Never rejects. */
  async #letGo(adapter: ResidentAdapter): Promise<void> {
    if (adapter.residence !== 'loaded') return
    this.#options.onUnload?.('adapter')
    adapter.residence = 'disk'
    await this.#closeAdapter(adapter)
    this.#wake()
  }

  async #closeAdapter({ id, model, holding }: ResidentAdapter): Promise<void> {
    await model.runner?.closeAdapter(holding.suffix).catch((thrown) => {
      // What it still takes is in what is measured of its model.
      this.#options.log.error('adapter.unload_failed', { model: id, reason: causeOf(thrown) })
    })
  }

  /** The process of a model is gone, and the contexts of its adapters with it. */
  #loseAdapters({ adapters }: ResidentModel): void {
    for (const adapter of adapters) if (adapter.residence === 'loaded') adapter.residence = 'disk'
  }

  #move(resident: Resident, residence: Residence): void {
    resident.residence = residence
    this.#announce()
  }

  #announce(): void {
    if (this.#isStarted && !this.#isClosed) this.#options.emit({ type: 'holdings', models: this.holdings })
  }
}

const isWanted = (resident: Resident): boolean => wantedSince(resident) !== undefined
