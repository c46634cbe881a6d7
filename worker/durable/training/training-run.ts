import { DurableObject } from 'cloudflare:workers'
import { toAppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import { TRAINING_LEASE_MS, type TrainingReport } from '../../../shared/training.ts'
import { GIB, HOUR_MS } from '../../../shared/units.ts'
import type { Serves } from '../../services/stubs.ts'
import { orderOf } from '../../services/training/job-order.ts'
import { isHeld, isOver } from '../../services/training/job-states.ts'
import type { PreparationState } from '../../services/training/preparation.ts'
import type { JobRow } from '../../services/training/training-job.ts'
import { MAX_OUTPUT_BYTES } from '../../services/training/training-limits.ts'
import type {
  AttemptOf,
  EventPage,
  JobMetrics,
  LoggedEvent,
  RunAnswer,
  Signed,
  SignWish,
  TrainingRunStub,
} from '../../services/training/training-run.ts'
import { AttemptDesk, NOT_YOURS } from './attempt-desk.ts'
import { finishJob } from './ending.ts'
import { EventLog, MAX_OTHER_EVENTS, MAX_STEP_EVENTS } from './event-log.ts'
import { Listeners } from './listeners.ts'
import { MetricSeries } from './metric-series.ts'
import { prepareSlice } from './preparing.ts'
import { AttemptStore } from './run-attempt.ts'
import type { TrainingRunServices } from './run-services.ts'

/** A failed slice is tried again after this long. */
const RETRY_MS = 5_000

/**
 * One job: its rows while they are checked, the attempt that is under way with its lease, its events and those who listen to
 * them, its metrics. Keyed by job id. D1 says which state the job has; whatever is kept here outlives the object's memory.
 */
export class TrainingRunObject extends DurableObject<Cloudflare.Env> implements Serves<TrainingRunStub> {
  readonly #events = new EventLog(this.ctx.storage.sql)
  readonly #series = new MetricSeries(this.ctx.storage.sql)
  readonly #listeners = new Listeners()
  readonly #attempts = new AttemptStore(this.ctx.storage.kv)
  readonly #build: () => TrainingRunServices
  #built: TrainingRunServices | undefined
  readonly #desk = new AttemptDesk({
    jobId: this.ctx.id.name ?? '',
    services: () => this.#services,
    attempts: this.#attempts,
    series: this.#series,
    tell: (event) => this.#tell(event),
    finish: (row) => this.#finish(row),
    asking: (answered) => this.#ask(answered),
  })
  #turn: Promise<unknown> = Promise.resolve()
  /** Checkpoints that are being asked the job's prompts. */
  #asking = 0

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, services: () => TrainingRunServices) {
    super(ctx, env)
    this.#build = services
    this.#events.create()
    this.#series.create()
  }

  get #services(): TrainingRunServices {
    this.#built ??= this.#build()
    return this.#built
  }

  get #jobId(): string {
    return this.ctx.id.name ?? ''
  }

  // Rows

  prepare(_jobId: string): void {
    const { kv } = this.ctx.storage
    if (!kv.get('preparation')) kv.put('preparation', this.#services.preparation.begin())
    this.#wakeAt(this.#services.now())
  }

  // The attempt

  begin({ nodeId, attempt, offer }: AttemptOf & { offer: string }): Promise<boolean> {
    return this.#inTurn(async () => {
      const { store, now, nodeLink, tunedModels } = this.#services
      const row = await store.find(this.#jobId)
      if (row?.state !== 'running' || row.attempt !== attempt || row.nodeId !== nodeId) return false
      const claimedAt = now()
      const leaseUntil = claimedAt + TRAINING_LEASE_MS
      const deadlineAt = claimedAt + row.plan.maxHours * HOUR_MS - row.ranMs
      this.#attempts.set({
        ...{
          nodeId,
          attempt,
          offer,
          seq: 0,
          leaseUntil,
          claimedAt,
          deadlineAt,
          wroteAt: claimedAt,
          stop: null,
        },
        progress: row.progress,
        trainedTokens: row.trainedTokens,
      })
      this.#wakeAt(Math.min(leaseUntil, deadlineAt))
      const order = await orderOf(row, tunedModels)
      if (!order) {
        const message = 'The model that the job begins with is gone.'
        await this.#desk.end(
          'failed',
          { error: { code: 'model_not_found', message, param: 'model' } },
          message,
        )
        return false
      }
      this.#tell({ kind: 'state', message: 'The job is running.', data: { state: 'running', attempt } })
      const isTaken = await nodeLink(nodeId).train({ type: 'train.start', jobId: row.id, attempt, order })
      if (!isTaken) await this.#desk.end('given_back', {}, 'The node is not there.')
      return isTaken
    })
  }

  forgotten(of: AttemptOf): Promise<void> {
    return this.#inTurn(async () => {
      if (await this.#desk.of(of)) await this.#desk.lose('The node that ran it has begun anew')
    })
  }

  greet(of: AttemptOf): Promise<RunAnswer> {
    return this.#inTurn(async () => {
      const current = await this.#desk.of(of)
      if (!current) return NOT_YOURS
      this.#attempts.change({ leaseUntil: this.#services.now() + TRAINING_LEASE_MS })
      return current.stop ? { stop: { keeps: current.stop.keeps } } : { go: current.seq }
    })
  }

  report(said: AttemptOf & { seq: number; report: TrainingReport }): Promise<RunAnswer> {
    return this.#inTurn(() => this.#desk.report(said))
  }

  sign({ wish, ...of }: AttemptOf & { wish: SignWish }): Promise<Signed> {
    return this.#inTurn(async () => {
      const refused = { tokens: [], message: 'The job is with another node, or over.' }
      const current = await this.#desk.of(of)
      if (!current) return refused
      const row = await this.#services.store.find(this.#jobId)
      if (!row || !isHeld(row.state) || row.attempt !== of.attempt) return refused
      if (wish.method === 'PUT') {
        const signedBytes = wish.parts.reduce((sum, { bytes }) => sum + bytes, current.signedBytes ?? 0)
        if (signedBytes > MAX_OUTPUT_BYTES)
          return { tokens: [], message: `A try stores at most ${MAX_OUTPUT_BYTES / GIB} GiB.` }
        this.#attempts.change({ signedBytes })
      }
      return await this.#services.files.sign(row, wish)
    })
  }

  attend(_jobId: string): Promise<void> {
    return this.#inTurn(async () => {
      const { store, now } = this.#services
      const row = await store.find(this.#jobId)
      if (!row) return await this.#forget()
      const { current } = this.#attempts
      if (isHeld(row.state)) {
        if (current?.attempt !== row.attempt) await this.#abandoned(row)
        else if (now() >= current.leaseUntil) await this.#desk.lose()
        else if (row.state !== 'running') await this.#tellToStop(row)
        return
      }
      this.#attempts.end()
      if (!isOver(row.state)) return
      if (!this.ctx.storage.kv.get('isOver')) {
        this.#tell({ kind: 'state', message: `The job is ${row.state}.`, data: { state: row.state } })
      }
      await this.#finish(row)
    })
  }

  /** Something is due: a slice of rows, the end of a lease, or of the time for which a job may run. */
  override async alarm(): Promise<void> {
    await this.#inTurn(() => this.#due())
  }

  // Those who watch

  events(page: EventPage) {
    return this.#events.page(page)
  }

  watch(afterId: number): ReadableStream<Uint8Array> {
    const page = { after: afterId, limit: MAX_STEP_EVENTS + MAX_OTHER_EVENTS, order: 'asc' as const }
    const { events, hasMore } = this.#events.page(page)
    // Whoever has more to read than is sent at once comes back for it.
    return this.#listeners.open(events, hasMore || this.#isTold)
  }

  metrics(): JobMetrics {
    return this.#series.read()
  }

  /** One thing at a time: D1 and R2 are waited for, and nothing may come in between. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }

  #wakeAt(at: number): void {
    this.ctx.storage.setAlarm(Math.max(Date.now(), at))
  }

  async #due(): Promise<void> {
    const state = this.ctx.storage.kv.get<PreparationState>('preparation')
    if (state) await this.#prepareSlice(state)
    const { current } = this.#attempts
    if (!current) return
    const now = this.#services.now()
    if (now >= current.leaseUntil) return await this.#desk.lose()
    if (now >= current.deadlineAt) return await this.#expire()
    this.#wakeAt(Math.min(current.leaseUntil, current.deadlineAt))
  }

  async #prepareSlice(state: PreparationState): Promise<void> {
    const { kv } = this.ctx.storage
    const { log, ring } = this.#services
    try {
      const row = await prepareSlice(this.#services, this.#jobId, state)
      if (row === undefined) {
        kv.put('preparation', state)
        this.#wakeAt(this.#services.now())
        return
      }
      kv.delete('preparation')
      if (row === null) return
      const level = row.error ? 'error' : 'info'
      const message = row.error?.message ?? 'The rows are checked. The job is queued.'
      this.#tell({ kind: 'state', level, message, data: { state: row.state, rows: row.rowCounts } })
      if (isOver(row.state)) await this.#finish(row)
      else await ring()
    } catch (thrown) {
      log.error('training.slice_failed', {
        jobId: this.#jobId,
        cause: causeOf(thrown),
        code: toAppError(thrown).code,
      })
      this.#wakeAt(this.#services.now() + RETRY_MS)
    }
  }

  async #tellToStop(row: JobRow): Promise<void> {
    const keeps = row.state === 'pausing'
    this.#desk.stop(keeps)
    const { attempt, nodeId } = row
    if (nodeId === null) return
    const told = await this.#services
      .nodeLink(nodeId)
      .train({ type: 'train.stop', jobId: row.id, attempt, keeps })
      .catch(() => false)
    if (told) this.#attempts.change({ stop: { keeps, toldAt: this.#services.now() } })
  }

  /** D1 says that a node has it, and it never came to that: whoever claimed it was cut off. */
  async #abandoned(row: JobRow): Promise<void> {
    const { store, now, ring } = this.#services
    if (row.leaseUntil !== null && now() < row.leaseUntil) return
    this.#attempts.end()
    const guard = { attempt: row.attempt }
    const left =
      (await store.transition(row.id, 'confirmed', guard)) ??
      (await store.transition(row.id, 'given_back', guard))
    if (left && isOver(left.state)) await this.#finish(left)
    await ring()
  }

  /** It has run for as long as it may. */
  async #expire(): Promise<void> {
    const { current } = this.#attempts
    const row = await this.#services.store.find(this.#jobId)
    if (!current || !row) return
    const message = `The job has run for the ${row.plan.maxHours} hours that it may.`
    await this.#services
      .nodeLink(current.nodeId)
      .train({ type: 'train.stop', jobId: row.id, attempt: current.attempt, keeps: false })
      .catch(() => false)
    await this.#desk.end('failed', { error: { code: 'max_hours', message, param: null } }, message)
  }

  async #finish(row: JobRow): Promise<void> {
    this.ctx.storage.kv.put('isOver', true)
    this.ctx.storage.kv.delete('preparation')
    if (this.#isTold) this.#listeners.end()
    await finishJob(this.#services, row)
  }

  /** Whether nothing more will be told: the last checkpoints may still be asked when the job is over. */
  get #isTold(): boolean {
    return this.ctx.storage.kv.get('isOver') === true && this.#asking === 0
  }

  #ask(answered: Promise<void>): void {
    this.#asking += 1
    void answered.finally(() => {
      this.#asking -= 1
      if (this.#isTold) this.#listeners.end()
    })
  }

  /** The job is gone, with its account. */
  async #forget(): Promise<void> {
    this.#listeners.end()
    this.#attempts.end()
    await this.#services.files.clear(this.#jobId, [])
  }

  #tell({
    level = 'info',
    data = {},
    ...event
  }: Partial<LoggedEvent> & Pick<LoggedEvent, 'kind' | 'message'>): void {
    this.#listeners.tell(this.#events.add({ at: this.#services.now(), level, data, ...event }))
  }
}
