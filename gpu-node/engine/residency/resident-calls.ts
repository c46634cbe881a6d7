import type { ErrorCode } from '../../../shared/errors.ts'
import type { EngineCommand, EngineEvent } from '../engine.ts'
import { modelOf, type Resident, type ResidentAdapter, type ResidentModel } from './resident.ts'
import type { CallCommand } from './waiting-calls.ts'

export interface ResidentCallsOptions {
  /** The models and adapters that calls can name, by id. */
  residents: ReadonlyMap<string, Resident>
  emit: (event: EngineEvent) => void
  /** A call waits for something that is on disk and that nobody is loading. */
  load: (resident: Resident) => void
  /** Fewer calls run or wait than before: there may be room for a load now. */
  onChange: () => void
}

/** The calls of models and adapters: handed to what runs them, kept waiting until something does, or refused. Each ends once. */
export class ResidentCalls {
  readonly #options: ResidentCallsOptions
  readonly #residents: ReadonlyMap<string, Resident>
  /** Which adapter each running call has, if any. */
  readonly #adapterOf = new Map<string, ResidentAdapter>()
  /** Running calls that have ended for whoever asked: what their process still says of them is dropped. */
  readonly #ended = new Set<string>()
  #clock = 0

  constructor(options: ResidentCallsOptions) {
    this.#options = options
    this.#residents = options.residents
  }

  /** Calls that wait for a model or an adapter to be loaded. */
  get waitingCalls(): number {
    return [...this.#residents.values()].reduce((sum, { waiting }) => sum + waiting.size, 0)
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
    if (resident.kind === 'adapter' && command.type === 'embedding.start') {
      this.#fail(callId, 'invalid_request', 'Embeddings are made by a model itself, without an adapter.')
      return
    }
    this.#clock += 1
    resident.usedAt = this.#clock
    modelOf(resident).usedAt = this.#clock
    const isOpen = resident.residence === 'loaded' && !resident.isDraining && !modelOf(resident).isDraining
    if (isOpen) this.#pass(resident, command)
    else this.#wait(resident, command)
  }

  /** Hands on the calls that waited, when there is something to hand them to. */
  release(resident: Resident): void {
    if (resident.residence !== 'loaded') return
    for (const callId of resident.waiting.callIds) {
      const command = this.#leave(resident, callId)
      if (command) this.#pass(resident, command)
    }
  }

  /** Ends the calls that waited for what cannot be loaded. */
  refuse(resident: Resident): void {
    for (const callId of resident.waiting.callIds) {
      this.#leave(resident, callId)
      this.#fail(callId, 'node_failed', `The ${resident.kind} could not be loaded on its node.`)
    }
  }

  /** A call has waited for as long as one may, and no longer does. */
  timeOut({ kind }: Resident, callId: string): void {
    this.#options.onChange()
    this.#fail(callId, 'no_capacity', `The ${kind} did not get its turn on its node in time.`)
  }

  /** An adapter is no more: its calls end, those that run too. */
  withdraw(adapter: ResidentAdapter): void {
    for (const callId of [...adapter.waiting.callIds, ...adapter.openCalls]) {
      this.#leave(adapter, callId)
      if (adapter.openCalls.has(callId)) {
        this.#ended.add(callId)
        adapter.model.runner?.send({ type: 'call.cancel', callId })
      }
      this.#fail(callId, 'model_not_found', `The model "${adapter.id}" was deleted.`)
    }
  }

  /** Hands a model's event on to whoever asked. */
  forward(model: ResidentModel, event: EngineEvent): void {
    const isEnd = event.type === 'call.end' || event.type === 'call.error'
    if (isEnd) {
      model.lastEndAt = performance.now()
      const adapter = this.#adapterOf.get(event.callId)
      if (adapter) adapter.lastEndAt = model.lastEndAt
      adapter?.openCalls.delete(event.callId)
      this.#adapterOf.delete(event.callId)
    }
    const told = this.#ended.size > 0 ? this.#toldOf(event) : event
    if (told) this.#options.emit(told)
    if (isEnd) this.#options.onChange()
  }

  /** The rest of an event, without the calls that have ended already. */
  #toldOf(event: EngineEvent): EngineEvent | undefined {
    if (event.type === 'step') {
      const step = event.step.filter(([callId]) => !this.#ended.has(callId))
      return step.length > 0 ? { ...event, step } : undefined
    }
    const isOver =
      (event.type === 'call.end' || event.type === 'call.error') && this.#ended.delete(event.callId)
    return isOver ? undefined : event
  }

  /** Cancels every call that waits. */
  close(): void {
    for (const { waiting } of this.#residents.values()) {
      for (const callId of waiting.callIds) this.#cancel({ type: 'call.cancel', callId })
    }
  }

  #pass(resident: Resident, command: CallCommand): void {
    if (resident.kind === 'adapter') {
      resident.openCalls.add(command.callId)
      this.#adapterOf.set(command.callId, resident)
    }
    modelOf(resident).runner?.send(command)
  }

  #cancel(command: Extract<EngineCommand, { type: 'call.cancel' }>): void {
    const { callId } = command
    for (const resident of this.#residents.values()) {
      if (this.#leave(resident, callId)) {
        const usage = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 }
        this.#options.emit({ type: 'call.end', callId, finishReason: 'cancelled', usage })
        return
      }
    }
    for (const resident of this.#residents.values()) {
      if (resident.kind === 'model') resident.runner?.send(command)
    }
  }

  #wait(resident: Resident, command: CallCommand): void {
    const { callId } = command
    const model = modelOf(resident)
    if (performance.now() < Math.max(resident.retryAt, model.retryAt)) {
      this.#fail(
        callId,
        'no_capacity',
        `The ${resident.kind} could not be loaded on its node; it is tried again soon.`,
      )
    } else if (model.residence === 'loaded' && model.runner?.holding === undefined) {
      model.runner?.send(command) // which says why it cannot be served now
    } else if (!resident.waiting.add(command)) {
      this.#fail(callId, 'no_capacity', `Too many calls wait for this ${resident.kind} on its node.`)
    } else if (resident.residence === 'disk') this.#options.load(resident)
  }

  /** The call if it was waiting; it is no longer. */
  #leave({ waiting }: Resident, callId: string): CallCommand | undefined {
    const command = waiting.take(callId)
    if (command) this.#options.onChange()
    return command
  }

  #fail(callId: string, code: ErrorCode, message: string): void {
    const param = code === 'no_capacity' || code === 'node_failed' ? {} : { param: 'model' }
    this.#options.emit({ type: 'call.error', callId, code, message, ...param })
  }
}
