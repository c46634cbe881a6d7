import { DurableObject } from 'cloudflare:workers'
import { toAppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { newId } from '../../db/client.ts'
import type { AgentRunStub, Hearing, RunEnd, RunReading, RunTrace } from '../../services/agents/agent-run.ts'
import type { Loop } from '../../services/agents/hands.ts'
import { APPROVAL_LIMIT_MS } from '../../services/agents/limits.ts'
import { patientModel } from '../../services/agents/patient-model.ts'
import {
  isOver,
  type LoopName,
  type NumberedEvent,
  RUN_BEGINNING,
  type RunEvent,
  type RunPlace,
  type RunState,
} from '../../services/agents/run-events.ts'
import { RunHands, type RunParts } from '../../services/agents/run-hands.ts'
import type { RunModel } from '../../services/agents/run-model.ts'
import type { RunSpec } from '../../services/agents/spec.ts'
import { KEEP_ALIVE_MS } from '../../services/inference/event-lines.ts'
import type { CallRecord } from '../../services/metering/call-record.ts'
import type { KeptCall } from '../../services/metering/call-rows.ts'
import type { Serves } from '../../services/stubs.ts'
import { LineStream } from '../line-stream.ts'
import { RunStore } from './run-store.ts'

/** While a run goes on, its object is woken this often: one that was evicted goes on then. */
export const RUN_LEASE_MS = 5_000

/** How long a run goes on for nobody, when it was begun for a reader and the last one has left. */
export const READER_GRACE_MS = 10_000

/** How often an answer in the making is written down. */
const SAVE_EVERY_MS = 1_000

/** An end that could not be written down is tried again after so long. */
const RECORD_AGAIN_MS = 10_000

/** The services of a run; built by the Worker that exports the class. */
export interface RunServices {
  /** Each call of the model is given to `meter` at its end. */
  modelFor: (spec: RunSpec, meter: (call: CallRecord) => Promise<void>) => RunModel
  /** Takes a call's tokens off the day's. */
  spend: (call: CallRecord) => Promise<void>
  /** Writes calls down, once. Throws where that fails. */
  writeCalls: (calls: readonly KeptCall[]) => Promise<void>
  toolbox: RunParts['toolbox']
  loops: Readonly<Record<LoopName, Loop>>
  /** Whether a run may go on that has read these documents. Throws otherwise. */
  stillMay: (spec: RunSpec, documentIds: readonly string[]) => Promise<void>
  locate: (places: readonly string[]) => void
  note: (id: string, state: 'running' | 'waiting_approval') => Promise<void>
  end: (spec: RunSpec, end: RunEnd) => Promise<void>
  log: Pick<Logger, 'error' | 'info'>
}

interface Listener {
  lines: LineStream<NumberedEvent>
  hearing: Hearing
}

/**
 * One run of an agent. Keyed by its id. Its storage holds everything that was decided, done and told: after an eviction, or a
 * deploy, it goes through that again from memory and goes on from the last step that had ended.
 */
export class AgentRunObject extends DurableObject<Cloudflare.Env> implements Serves<AgentRunStub> {
  readonly #build: () => RunServices
  #built: RunServices | undefined
  readonly #store: RunStore
  readonly #listeners = new Map<string, Listener>()
  readonly #waiting = new Map<number, (isApproved: boolean) => void>()
  #running: { abort: AbortController; done: Promise<void> } | undefined
  #writing: Promise<boolean> | undefined
  #savedAt = 0
  #keepAlive: number | null = null
  #absence: number | null = null

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, build: () => RunServices) {
    super(ctx, env)
    this.#build = build
    this.#store = new RunStore(ctx)
  }

  async start(spec: RunSpec, hearing: Hearing = 'pieces'): Promise<RunReading> {
    this.#store.begin(spec, Date.now())
    const reading = this.#listen(RUN_BEGINNING, hearing)
    this.#emit({ type: 'run.started', runId: spec.id, loop: spec.loop, model: spec.model })
    await this.ctx.storage.setAlarm(Date.now() + RUN_LEASE_MS)
    this.#go()
    return reading
  }

  async follow(
    accountId: string,
    place: RunPlace,
    hearing: Hearing = 'pieces',
  ): Promise<RunReading | undefined> {
    if (this.#store.spec?.accountId !== accountId) return undefined
    if (place.said && !isOver(this.#store.state)) this.#store.said.learn(place.said)
    // One whose object was lost goes on with its first listener, at the latest with its alarm.
    this.#go()
    return this.#listen(place, hearing)
  }

  async leave(listenerId: string): Promise<void> {
    this.#forget(listenerId)
  }

  async retrace(accountId: string): Promise<RunTrace | undefined> {
    if (this.#store.spec?.accountId !== accountId) return undefined
    return { state: this.#store.state, events: this.#store.events(), answer: this.#store.answer }
  }

  async cancel(accountId: string): Promise<boolean> {
    if (this.#store.spec?.accountId !== accountId || isOver(this.#store.state)) return false
    await this.#stop()
    return true
  }

  async approve(accountId: string, step: number, isApproved: boolean): Promise<boolean> {
    const { spec, state } = this.#store
    if (spec?.accountId !== accountId || isOver(state)) return false
    const isAsked = this.#store.has(`waits:${step}`) && !this.#store.has(`waited:${step}`)
    // The first word stands.
    if (!isAsked || this.#store.approval(step) !== undefined) return false
    this.#store.setApproval(step, isApproved)
    this.#waiting.get(step)?.(isApproved)
    this.#go()
    return true
  }

  async forget(): Promise<void> {
    await this.#stop()
    await this.#writeCalls()
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }

  override async alarm(): Promise<void> {
    const { spec, state, isRecorded } = this.#store
    if (!spec) return
    if (isOver(state)) {
      await (isRecorded ? this.#writeCalls() : this.#record(spec))
      return
    }
    this.#go()
    await this.ctx.storage.setAlarm(Date.now() + RUN_LEASE_MS)
    await this.#writeCalls()
  }

  #services(): RunServices {
    this.#built ??= this.#build()
    return this.#built
  }

  /** Goes on where the run stands, unless it does so already. */
  #go(): void {
    const { spec, state } = this.#store
    if (!spec || this.#running || isOver(state)) return
    const abort = new AbortController()
    const done = this.#run(spec, abort.signal).finally(() => {
      this.#running = undefined
    })
    this.#running = { abort, done }
    if (this.#store.isCancelled) abort.abort()
    this.ctx.waitUntil(done)
  }

  async #run(spec: RunSpec, signal: AbortSignal): Promise<void> {
    const services = this.#services()
    services.locate(spec.places)
    const hands = new RunHands({
      spec,
      // One that has looked for its tools has begun before.
      model: patientModel(
        services.modelFor(spec, (call) => this.#meter(call)),
        this.#store.has('tools'),
      ),
      toolbox: services.toolbox,
      journal: this.#store,
      emit: (event) => this.#emit(event),
      stillMay: (documentIds) => services.stillMay(spec, documentIds),
      approved: (step) => this.#approved(step, signal),
      startedAt: this.#store.startedAt,
      now: Date.now,
      signal,
    })
    try {
      await hands.open()
      await services.loops[spec.loop](hands)
      await this.#end(spec, { ...hands.summary, state: 'completed', error: null })
    } catch (thrown) {
      const { code, message, cause } = toAppError(thrown)
      if (code === 'internal' && !signal.aborted)
        services.log.error('agent.failed', { runId: spec.id, cause: causeOf(cause) })
      const { summary } = hands
      // Within a run the day's tokens are the only limit that is refused so.
      const limit = code === 'limit_exceeded' ? 'tokens' : summary.limit
      const end = signal.aborted
        ? ({ state: 'cancelled', error: null } as const)
        : ({ state: 'failed', limit, error: { code, message } } as const)
      await this.#end(spec, { ...summary, ...end })
    }
  }

  async #end(spec: RunSpec, end: Omit<Extract<RunEvent, { type: 'run.ended' }>, 'type'>): Promise<void> {
    if (!this.#store.spec) return // it was forgotten meanwhile
    this.#store.said.write()
    this.#store.state = end.state
    const ended = this.#store.add({ type: 'run.ended', ...end })
    // Whoever hears the end may ask on at once: what was read from outside is known by then.
    if (end.outside) await this.#record(spec)
    const { text } = this.#store.said
    if (text !== '')
      this.#tell({ type: 'answer.delta', from: 0, text, tokens: [], seq: ended.seq - 1 }, 'whole')
    this.#tell(ended)
    for (const { lines } of this.#listeners.values()) lines.close()
    this.#listeners.clear()
    this.#rest()
    if (!this.#store.isRecorded) await this.#record(spec)
  }

  /** A call of the model has ended. Its tokens count at once; its record waits for others of the run, safe here meanwhile. */
  async #meter(call: CallRecord): Promise<void> {
    this.#store.keepCall({ ...call, id: newId(), createdAt: Date.now() })
    const isLate = !this.#store.spec || isOver(this.#store.state)
    if (isLate) await this.ctx.storage.setAlarm(Date.now() + RECORD_AGAIN_MS)
    await Promise.all([this.#services().spend(call), isLate && this.#writeCalls()])
  }

  /** Writes the calls down that are kept. What fails is tried again with the next alarm. */
  async #writeCalls(): Promise<boolean> {
    this.#writing ??= this.#writeTakenCalls().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #writeTakenCalls(): Promise<boolean> {
    try {
      for (let calls = this.#store.takeCalls(); calls.length > 0; calls = this.#store.takeCalls()) {
        await this.#services().writeCalls(calls)
        this.#store.dropTakenCalls()
      }
      return true
    } catch (thrown) {
      this.#services().log.error('agent.unmetered', { cause: causeOf(thrown) })
      await this.ctx.storage.setAlarm(Date.now() + RECORD_AGAIN_MS)
      return false
    }
  }

  /** Writes the end down where lists read it, and tries again later where that fails. */
  async #record(spec: RunSpec): Promise<void> {
    const ended = this.#store.events().findLast(({ type }) => type === 'run.ended')
    if (ended?.type !== 'run.ended') return
    try {
      const { state, limit, usage, outside = null } = ended
      const [isMetered] = await Promise.all([
        this.#writeCalls(),
        this.#services().end(spec, { state, limit, usage, outside, answer: this.#store.answer }),
      ])
      this.#store.markRecorded()
      if (isMetered) await this.ctx.storage.deleteAlarm()
    } catch (thrown) {
      this.#services().log.error('agent.unrecorded', { runId: spec.id, cause: causeOf(thrown) })
      await this.ctx.storage.setAlarm(Date.now() + RECORD_AGAIN_MS)
    }
  }

  async #stop(): Promise<void> {
    this.#store.markCancelled()
    this.#go()
    this.#running?.abort.abort()
    for (const resolve of this.#waiting.values()) resolve(false)
    await this.#running?.done
  }

  /** A person's word on a step, however long it takes and whatever becomes of this object meanwhile. */
  async #approved(step: number, signal: AbortSignal): Promise<boolean> {
    const known = this.#store.approval(step)
    if (known !== undefined) return known
    this.#setState('waiting_approval')
    const isApproved = await new Promise<boolean>((resolve) => {
      this.#waiting.set(step, resolve)
      if (signal.aborted) resolve(false)
      const asked = Number(this.#store.read(`waits:${step}`) ?? Date.now())
      // A word that never comes is a no.
      setTimeout(() => resolve(false), Math.max(0, asked + APPROVAL_LIMIT_MS - Date.now()))
    })
    this.#waiting.delete(step)
    if (this.#waiting.size === 0) this.#setState('running')
    return isApproved
  }

  #setState(state: Extract<RunState, 'running' | 'waiting_approval'>): void {
    const { spec } = this.#store
    if (!spec || isOver(this.#store.state)) return
    this.#store.state = state
    const { note, log } = this.#services()
    this.ctx.waitUntil(
      note(spec.id, state).catch((thrown) => log.error('agent.unnoted', { cause: causeOf(thrown) })),
    )
  }

  #emit(event: RunEvent): void {
    if (event.type !== 'answer.delta') {
      this.#tell(this.#store.add(event))
      return
    }
    if (Date.now() - this.#savedAt >= SAVE_EVERY_MS) {
      this.#savedAt = Date.now()
      this.#store.said.write()
    }
    this.#tell({ ...event, seq: this.#store.lastSeq }, 'pieces')
  }

  #listen(place: RunPlace, hearing: Hearing): RunReading {
    const listenerId = crypto.randomUUID()
    const lines = new LineStream<NumberedEvent>(() => this.#forget(listenerId))
    this.#listeners.set(listenerId, { lines, hearing })
    const isEnded = isOver(this.#store.state)
    for (const event of this.#store.missed(place))
      if (isEnded || hearing === 'pieces' || event.type !== 'answer.delta')
        this.#write(listenerId, lines, event)
    if (isEnded) {
      lines.close()
      this.#listeners.delete(listenerId)
      return { listenerId, events: lines.readable }
    }
    if (this.#absence !== null) clearTimeout(this.#absence)
    this.#absence = null
    this.#keepAlive ??= setInterval(() => {
      for (const open of this.#listeners.values()) open.lines.keepAlive()
    }, KEEP_ALIVE_MS)
    return { listenerId, events: lines.readable }
  }

  /** Tells all listeners, or those alone who hear the answer so. */
  #tell(event: NumberedEvent, to?: Hearing): void {
    for (const [listenerId, { lines, hearing }] of this.#listeners)
      if (to === undefined || hearing === to) this.#write(listenerId, lines, event)
  }

  /** One that is too far behind hears no more; it can come back for the rest. */
  #write(listenerId: string, lines: LineStream<NumberedEvent>, event: NumberedEvent): void {
    if (lines.write(event)) return
    lines.close()
    this.#forget(listenerId)
  }

  #forget(listenerId: string): void {
    if (!this.#listeners.delete(listenerId) || this.#listeners.size > 0) return
    this.#rest()
    const { spec, state } = this.#store
    if (!spec || spec.isDetached || isOver(state)) return
    // Its reader may come back; another one may follow it.
    this.#absence ??= setTimeout(() => void this.#stop(), READER_GRACE_MS)
  }

  #rest(): void {
    if (this.#keepAlive !== null) clearInterval(this.#keepAlive)
    this.#keepAlive = null
  }
}
