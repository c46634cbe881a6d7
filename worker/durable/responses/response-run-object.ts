import { DurableObject } from 'cloudflare:workers'
import { AppError, toAppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import { KEEP_ALIVE_MS } from '../../services/inference/event-lines.ts'
import { pause } from '../../services/pause.ts'
import type { ResponseBody } from '../../services/responses/response-body.ts'
import { RESPONSE_KEPT_MS } from '../../services/responses/response-limits.ts'
import type {
  EventPage,
  ResponseRunServices,
  ResponseRunStub,
} from '../../services/responses/response-run.ts'
import type { Serves } from '../../services/stubs.ts'
import { RunLog, type RunRecord } from './run-log.ts'

/** While it is made, the object is woken this often: one that was evicted goes on. */
export const RUN_LEASE_MS = 5_000

/** How long one waits for a node that takes it, and how often it asks. */
export const QUEUE_LIMIT_MS = 10 * 60 * 1_000
export const QUEUE_INTERVAL_MS = 1_000

/** Events of one page. */
export const MAX_PAGE_EVENTS = 256

type RunOutcome = RunRecord extends infer One ? (One extends RunRecord ? Omit<One, 'at'> : never) : never

/**
 * One response that goes on without its reader, keyed by its id. Owns what the pool has told of it: after an eviction it
 * goes on behind the last token, and its events can be read again for as long as it is kept.
 */
export class ResponseRunObject extends DurableObject<Cloudflare.Env> implements Serves<ResponseRunStub> {
  readonly #build: () => ResponseRunServices
  #built: ResponseRunServices | undefined
  #log: RunLog
  #running: AbortController | undefined
  /** Readers that wait for the next event. */
  #news = Promise.withResolvers<void>()
  /** Its end was written down, and is told. */
  #isKept = false

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, build: () => ResponseRunServices) {
    super(ctx, env)
    this.#build = build
    this.#log = new RunLog(ctx.storage.sql)
    this.#isKept = ctx.storage.kv.get<boolean>('kept') === true
    this.#goOn()
  }

  async start(plan: string, places: readonly string[]): Promise<void> {
    if (this.#log.plan) return
    this.#services().locate(places)
    this.#log.begin(plan)
    await this.ctx.storage.setAlarm(Date.now() + RUN_LEASE_MS)
    this.#goOn()
  }

  async next(after: number): Promise<EventPage> {
    if (!this.#log.plan) throw new AppError('not_found', 'The response is no more.')
    this.#goOn()
    if (this.#shown <= after + 1 && !this.#isTold) {
      const silence = Promise.withResolvers<void>()
      const timer = setTimeout(silence.resolve, KEEP_ALIVE_MS) // a reader is given a sign of life this often
      await Promise.race([this.#news.promise, silence.promise])
      clearTimeout(timer)
    }
    const events = this.#log.events.slice(after + 1, Math.min(this.#shown, after + 1 + MAX_PAGE_EVENTS))
    const isOver = this.#isTold && after + 1 + events.length >= this.#shown
    return { events, isOver }
  }

  async cancel(): Promise<ResponseBody | undefined> {
    if (!this.#log.plan) return undefined
    this.#running?.abort()
    if (!this.#log.isOver) await this.#record({ cancelled: true })
    await this.#keep()
    return this.#log.body
  }

  async forget(): Promise<void> {
    this.#running?.abort()
    this.#running = undefined
    await this.#clear()
  }

  override async alarm(): Promise<void> {
    const { plan } = this.#log
    if (!plan) return
    const endsAt = plan.head.created_at * 1_000 + RESPONSE_KEPT_MS
    if (Date.now() >= endsAt) {
      await this.#clear()
      return
    }
    this.#goOn()
    await this.ctx.storage.setAlarm(this.#isKept ? endsAt : Date.now() + RUN_LEASE_MS)
  }

  async #clear(): Promise<void> {
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
    this.#log = new RunLog(this.ctx.storage.sql)
    this.#tell()
  }

  #services(): ResponseRunServices {
    this.#built ??= this.#build()
    return this.#built
  }

  /** Events that may be told: the last ones only when the end was written down. */
  get #shown(): number {
    const { events, isOver } = this.#log
    return isOver && !this.#isKept ? this.#toldBeforeEnd : events.length
  }

  #toldBeforeEnd = 0

  get #isTold(): boolean {
    return this.#log.isOver && this.#isKept
  }

  /** Begins, or goes on with, what is not over. */
  #goOn(): void {
    if (!this.#log.plan || this.#running || this.#isKept) return
    const running = new AbortController()
    this.#running = running
    this.ctx.waitUntil(
      this.#run(running.signal).finally(() => {
        if (this.#running === running) this.#running = undefined
      }),
    )
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      while (!this.#log.isOver && !signal.aborted) await this.#answer(signal)
      if (this.#log.isOver) await this.#keep()
    } catch (thrown) {
      this.#services().log.error('response.run_failed', { cause: causeOf(thrown) })
    }
  }

  async #answer(signal: AbortSignal): Promise<void> {
    const { plan } = this.#log
    if (!plan) return
    const before = [...this.#log.heard]
    try {
      for await (const calls of this.#services().answer(plan.answer, signal, before)) {
        if (this.#log.isOver || signal.aborted) return
        if (calls.length > 0) await this.#record({ calls })
      }
      if (!this.#log.isOver && !signal.aborted) throw new AppError('node_failed', 'The answer broke off.')
    } catch (thrown) {
      if (this.#log.isOver || signal.aborted) return
      const { code, message, cause } = toAppError(thrown)
      const waitedMs = Date.now() - plan.head.created_at * 1_000
      if (code === 'no_capacity' && !this.#log.hasBegun && waitedMs < QUEUE_LIMIT_MS) {
        await pause(QUEUE_INTERVAL_MS)
        return
      }
      if (code === 'internal') this.#services().log.error('response.failed', { cause: causeOf(cause) })
      await this.#record({ failure: { code, message } })
    }
  }

  async #record(outcome: RunOutcome): Promise<void> {
    const { plan, hasBegun } = this.#log
    this.#toldBeforeEnd = this.#log.events.length
    // An outcome is a record without its time.
    this.#log.add({ at: Date.now(), ...outcome } as RunRecord)
    this.#tell()
    if (!plan || hasBegun || this.#log.isOver) return
    const { begin, log } = this.#services()
    await begin(plan).catch((thrown) => log.error('response.not_begun', { cause: causeOf(thrown) }))
  }

  /** Writes the end down; tried again at the next alarm where that fails. */
  async #keep(): Promise<void> {
    const { plan, body } = this.#log
    if (!plan || !body || this.#isKept) return
    await this.#services().finish(plan, body)
    this.ctx.storage.kv.put('kept', true)
    this.#isKept = true
    this.#tell()
  }

  #tell(): void {
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }
}
