import { causeOf } from '../../shared/failure-cause.ts'
import type { AdapterTicket } from '../../shared/generation.ts'
import type { Logger } from '../../shared/log.ts'
import { adapterModelId, type ModelHolding, tunedBaseOf, tunedIdOf } from '../../shared/node.ts'
import type { Engine, EngineCommand, EngineEvent } from '../engine/engine.ts'
import { WaitingCalls } from '../engine/residency/waiting-calls.ts'
import { isDiskFull } from '../training/byte-transfer.ts'
import type { AdapterCache } from './adapter-cache.ts'
import { type AdapterEngine, AdapterStore, type AdapterStoreOptions, NoRoom } from './adapter-store.ts'

/** An adapter that has not come after so long is given up; its calls wait no longer than others do for a load. */
export const FETCH_LIMIT_MS = 300_000

/** How long an adapter that was not what it was said to be is not fetched again. */
export const REFUSED_AGAIN_MS = 30_000

export interface FetchingEngineOptions extends AdapterStoreOptions {
  engine: AdapterEngine & Pick<Engine, 'send' | 'close'>
  cache: AdapterCache
  emit: (event: EngineEvent) => void
  log: Logger
}

type StartCommand = Extract<EngineCommand, { type: 'generation.start' }>

/** An adapter on its way. */
interface Fetching {
  /** As calls name it. */
  name: string
  waiting: WaitingCalls
  stop: AbortController
  /** It was withdrawn meanwhile. */
  isGone: boolean
}

interface Refusal {
  code: 'node_failed' | 'no_capacity' | 'model_not_found'
  message: string
}

const NO_USAGE = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 }

/** The id of an adapter that was trained on the pool, of which `name` is the name on nodes. */
const idIn = (name: string): string => tunedIdOf(name.slice(name.lastIndexOf(':') + 1)) ?? ''

/**
 * An engine that also serves adapters it does not hold: it fetches them from its edge when a call brings one along, once for
 * all calls that come meanwhile, checks them, and keeps them within a limit. Every call still ends exactly once.
 */
export class FetchingEngine implements Engine {
  readonly #options: FetchingEngineOptions
  readonly #store: AdapterStore
  readonly #fetching = new Map<string, Fetching>()
  /** Until when ids that were refused are not fetched again, by `performance.now`. */
  readonly #refused = new Map<string, number>()
  readonly #work = new Set<Promise<void>>()
  readonly #closing = new AbortController()

  private constructor(options: FetchingEngineOptions) {
    this.#options = options
    this.#store = new AdapterStore(options)
  }

  /** Also serves what an earlier run has fetched. */
  static async create(options: FetchingEngineOptions): Promise<FetchingEngine> {
    const engine = new FetchingEngine(options)
    await engine.#store.restore()
    return engine
  }

  get models(): readonly ModelHolding[] {
    return this.#options.engine.models
  }

  send(command: EngineCommand): void {
    const { engine } = this.#options
    if (command.type === 'call.cancel') {
      if (!this.#cancel(command.callId)) engine.send(command)
    } else if (command.type === 'generation.start' && tunedBaseOf(command.request.model) !== undefined) {
      this.#start(command)
    } else engine.send(command)
  }

  withdraw(ids: readonly string[]): void {
    for (const id of ids) {
      const fetching = this.#fetching.get(id)
      if (fetching) {
        fetching.isGone = true
        fetching.stop.abort()
      }
      this.#track(this.#store.drop(id))
    }
  }

  /** The file of an adapter is damaged: the next call that names it brings it again. */
  spoil(name: string): void {
    this.#track(this.#store.drop(idIn(name)))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    for (const { waiting } of this.#fetching.values()) {
      for (const callId of waiting.callIds) this.#cancel(callId)
    }
    await Promise.all(this.#work)
    await this.#options.engine.close()
    // When each was used last is written with what changes, and once more at the end.
    await this.#options.cache.save()
  }

  #start(command: StartCommand): void {
    const { engine, cache } = this.#options
    const { adapter: ticket, ...request } = command.request
    const kept: StartCommand = { ...command, request }
    const isHeld = this.#isServed(request.model)
    if (isHeld) cache.touch(idIn(request.model))
    // What is not here and cannot be fetched the engine knows to refuse.
    if (isHeld || !ticket) engine.send(kept)
    else this.#waitFor(kept, ticket)
  }

  #isServed(name: string): boolean {
    return this.models.some(({ id, adapters = [] }) =>
      adapters.some(({ suffix }) => adapterModelId(id, suffix) === name),
    )
  }

  #waitFor(command: StartCommand, ticket: AdapterTicket): void {
    const { callId, request } = command
    const id = idIn(request.model)
    if (performance.now() < (this.#refused.get(id) ?? 0)) {
      this.#fail(callId, { code: 'node_failed', message: 'The adapter could not be used by its node.' })
      return
    }
    const known = this.#fetching.get(id)
    const fetching = known ?? this.#newFetching(request.model)
    if (!fetching.waiting.add(command)) {
      const message = 'Too many calls wait for this adapter on its node.'
      this.#fail(callId, { code: 'no_capacity', message })
      return
    }
    if (known) return
    this.#fetching.set(id, fetching)
    this.#track(this.#fetch(id, fetching, ticket))
  }

  #newFetching(name: string): Fetching {
    const late: Refusal = { code: 'no_capacity', message: 'The adapter did not come to its node in time.' }
    const waiting = new WaitingCalls((callId) => this.#fail(callId, late))
    return { name, waiting, stop: new AbortController(), isGone: false }
  }

  #track(work: Promise<void>): void {
    const done = work.catch((thrown) =>
      this.#options.log.error('adapter.failed', { reason: causeOf(thrown) }),
    )
    this.#work.add(done)
    void done.finally(() => this.#work.delete(done))
  }

  async #fetch(id: string, fetching: Fetching, ticket: AdapterTicket): Promise<void> {
    const { engine, log } = this.#options
    const { name, waiting, stop } = fetching
    const startedAt = performance.now()
    const limit = AbortSignal.timeout(FETCH_LIMIT_MS)
    const signal = AbortSignal.any([stop.signal, this.#closing.signal, limit])
    let refusal: Refusal | undefined
    try {
      await this.#store.bring({ id, model: tunedBaseOf(name) ?? '' }, ticket, signal)
      const ms = Math.round(performance.now() - startedAt)
      log.info('adapter.fetched', { model: name, bytes: ticket.file.bytes, ms })
    } catch (thrown) {
      refusal = this.#refusalOf(id, fetching, thrown)
    }
    this.#fetching.delete(id)
    for (const callId of waiting.callIds) {
      const command = waiting.take(callId)
      if (refusal) this.#fail(callId, refusal)
      else if (command) engine.send(command)
    }
  }

  #refusalOf(id: string, { name, isGone }: Fetching, thrown: unknown): Refusal {
    if (isGone) return { code: 'model_not_found', message: `The model "${name}" was deleted.` }
    const reason = causeOf(thrown)
    this.#options.log.error('adapter.not_fetched', { model: name, reason })
    if (thrown instanceof NoRoom || isDiskFull(thrown) || this.#closing.signal.aborted) {
      return { code: 'no_capacity', message: 'There is no room for the adapter on its node now.' }
    }
    const now = performance.now()
    for (const [other, until] of this.#refused) if (until <= now) this.#refused.delete(other)
    this.#refused.set(id, now + REFUSED_AGAIN_MS)
    return { code: 'node_failed', message: `The adapter could not be used by its node: ${reason}` }
  }

  /** Whether the call was waiting for an adapter; it is over. */
  #cancel(callId: string): boolean {
    for (const { waiting } of this.#fetching.values()) {
      if (!waiting.take(callId)) continue
      this.#options.emit({ type: 'call.end', callId, finishReason: 'cancelled', usage: NO_USAGE })
      return true
    }
    return false
  }

  #fail(callId: string, { code, message }: Refusal): void {
    const param = code === 'model_not_found' ? { param: 'model' } : {}
    this.#options.emit({ type: 'call.error', callId, code, message, ...param })
  }
}
