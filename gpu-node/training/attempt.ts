import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { causeOf, traceOf } from '../../shared/failure-cause.ts'
import type { Logger } from '../../shared/log.ts'
import type { InputName, StoredFile, TrainingOrder, TrainingReport } from '../../shared/training.ts'
import type { ChildMemory } from '../engine/messages.ts'
import type { Guest } from '../engine/residency/guests.ts'
import type { TrainerJob, TrainerPlan } from '../trainer/messages.ts'
import { Outdated, type TransferOptions } from './byte-transfer.ts'
import { CheckpointStore } from './checkpoint-store.ts'
import { failureOf, Refused, reportOf } from './endings.ts'
import { estimateMemory } from './estimate.ts'
import type { TrainingHost } from './host.ts'
import { JobBytes } from './job-bytes.ts'
import type { JobLink } from './job-link.ts'
import { Learning, type LearningEnd } from './learning.ts'
import { type Ahead, BEGINNING, type Unstored } from './left/left-behind.ts'
import { jobOf, modelFor, planOf } from './plan.ts'

/** Whoever is to leave the memory to a call has so long to write a checkpoint. */
export const LEAVE_LIMIT_MS = 15_000

/** Inputs that a checkpoint of the node's own stands in for. */
const OF_CHECKPOINTS: ReadonlySet<InputName> = new Set(['checkpoint', 'best'])

type Why = Extract<TrainingReport, { kind: 'stopped' }>['why']

export interface AttemptOptions {
  order: TrainingOrder
  link: JobLink
  host: TrainingHost
  log: Logger
  wait?: TransferOptions['wait']
}

/** One attempt at a job, from its order to its last report: what it takes, its files, its process. */
export class Attempt implements Guest {
  readonly #options: AttemptOptions
  readonly #store: CheckpointStore
  readonly #bytes: JobBytes
  /** Ends whatever is waited for, without a checkpoint. */
  readonly #abort = new AbortController()
  readonly #freed = Promise.withResolvers<void>()
  #folder = ''
  #stopped: { keeps: boolean; why: Why } | undefined
  #learning: Learning | undefined
  #kept: { mib: number; giveBack: () => void } | undefined
  /** Its result, where the edge does not have it. */
  #result: Extract<LearningEnd, { type: 'completed' }> | undefined
  /** Further steps of this job that the node took in its last life. */
  #ahead: Ahead | undefined
  /** The node goes, and there is nobody to be told. */
  #leaves = false
  #isOver = false
  /** Resolves when nothing of it is left here, and its last report was made. Never rejects. */
  readonly over: Promise<void>

  constructor(options: AttemptOptions) {
    this.#options = options
    const { link, host, wait } = options
    this.#bytes = new JobBytes({ link, edge: host.edge, signal: this.#abort.signal, wait })
    this.#store = new CheckpointStore({
      store: (name, path) => this.#bytes.store(name, path),
      tell: (report) => options.link.tell(report),
      onFault: () => this.#abort.abort(), // which its waiter throws again
    })
    this.over = this.#run()
  }

  get takenMiB(): number {
    return this.#kept === undefined ? 0 : Math.max(this.#kept.mib, this.memory?.rssMiB ?? 0)
  }

  get memory(): ChildMemory | undefined {
    return this.#learning?.memory
  }

  get pid(): number | undefined {
    return this.#learning?.pid
  }

  /** Ends within one window, with a checkpoint where it `keeps` and has begun. A stop that keeps nothing overrides one that does. */
  stop(keeps: boolean, why: Why): void {
    if (this.#stopped && (keeps || !this.#stopped.keeps)) return
    this.#stopped = { keeps, why }
    if (keeps && this.#learning?.started) this.#learning.leave()
    else this.#abort.abort()
  }

  /** A call needs the memory. */
  async leave(): Promise<void> {
    this.stop(true, 'memory')
    const limit = setTimeout(() => this.#learning?.kill(), LEAVE_LIMIT_MS)
    await this.#freed.promise
    clearTimeout(limit)
  }

  /** Ends at once, and says nothing more. */
  drop(): void {
    this.#options.link.close()
    this.#abort.abort()
  }

  /**
   * Ends without the edge, with what the next life of the node needs to go on: one that learns has so long for a checkpoint,
   * or as long as that takes. Asked again, the shorter time holds.
   */
  async leaveBehind(limitMs?: number): Promise<void> {
    if (this.#isOver) return await this.#leave()
    this.#leaves = true
    const learning = this.#learning
    if (learning?.started) {
      this.stop(true, 'draining')
      const limit = limitMs === undefined ? undefined : setTimeout(() => learning.kill(), limitMs)
      await learning.ended
      clearTimeout(limit)
    }
    this.drop()
    await this.over
  }

  async #run(): Promise<void> {
    const { link, log } = this.#options
    try {
      await this.#work()
    } catch (thrown) {
      this.#tellEnd(await this.#causeOf(thrown))
    } finally {
      this.#giveBack()
      this.#isOver = true
      if (this.#leaves) await this.#leave()
      if (this.#ahead) await this.#options.host.left.forget(this.#ahead.left)
      if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true }).catch(() => {})
      log.info('training.over', { hasEnded: link.hasEnded })
    }
  }

  async #leave(): Promise<void> {
    const { host, link, order, log } = this.#options
    const follows = [order.inputs.checkpoint?.sha256 ?? BEGINNING, ...this.#store.stored]
    const leaving = { key: link.key, ...link.said, kept: this.#unstored, follows }
    await host.left
      .keep(leaving)
      .catch((thrown) => log.warn('training.not_left', { reason: causeOf(thrown) }))
  }

  get #unstored(): Unstored {
    const isOver = this.#options.link.hasEnded
    return isOver ? null : (this.#result ?? this.#store.unstored ?? null)
  }

  /** An abort is the echo of why it was aborted. */
  async #causeOf(thrown: unknown): Promise<unknown> {
    if (!this.#abort.signal.aborted) return thrown
    return this.#store.settled().then(
      () => thrown,
      (fault: unknown) => fault,
    )
  }

  #tellEnd(thrown: unknown): void {
    const { link, log } = this.#options
    if (thrown instanceof Outdated) {
      log.info('training.outdated')
      this.#leaves = false
      link.close()
    } else if (this.#stopped) link.tell(this.#stopReport(this.#stopped.why))
    else {
      const report = reportOf(thrown, this.#learning?.started !== undefined)
      log.warn('training.ended', { kind: report.kind, reason: causeOf(thrown), trace: traceOf(thrown) })
      link.tell(report)
    }
  }

  #stopReport(why: Why): TrainingReport {
    return { kind: 'stopped', step: this.#store.step ?? this.#learning?.started?.step ?? 0, why }
  }

  async #work(): Promise<void> {
    const { order, host } = this.#options
    const { signal } = this.#abort
    const model = modelFor(order, host)
    this.#folder = await mkdtemp(join(host.folder, 'job-'))
    await host.verify(order.model, signal).catch((thrown) => {
      signal.throwIfAborted()
      throw new Refused('base', causeOf(thrown))
    })
    const plan = planOf(order.wishes, model, host)
    const reckoned = await estimateMemory(plan, { folder: this.#folder, log: this.#options.log }, signal)
    this.#reserve(reckoned.memoryMiB)
    const job = await this.#fetchJob({ ...plan, reckoned })
    const end = await this.#learn(job)
    await this.#finish(end)
  }

  /** Memory is kept from here on, so that nothing is fetched for want of it. */
  #reserve(neededMiB: number): void {
    const { host } = this.#options
    const availableMiB = host.availableMiB()
    if (neededMiB > availableMiB) {
      const message = `Training this model takes ${neededMiB} MiB, and ${availableMiB} MiB are free.`
      throw new Refused('memory', message, { neededMiB, availableMiB })
    }
    this.#kept = { mib: neededMiB, giveBack: host.admit(this) }
  }

  #giveBack(): void {
    this.#kept?.giveBack()
    this.#kept = undefined
    this.#freed.resolve()
  }

  async #fetchJob(plan: TrainerPlan & Pick<TrainerJob, 'reckoned'>): Promise<TrainerJob> {
    const { order, host, link } = this.#options
    const paths = new Map<InputName, string>()
    this.#ahead = await host.left.aheadOf(link.key.jobId, order.inputs.checkpoint?.sha256, this.#abort.signal)
    // Entries of an object whose keys are names of inputs.
    for (const [name, file] of Object.entries(order.inputs) as [InputName, StoredFile | undefined][]) {
      if (file === undefined || (this.#ahead && OF_CHECKPOINTS.has(name))) continue
      const path = join(this.#folder, name)
      await this.#bytes.fetch(name, file, path)
      paths.set(name, path)
    }
    const outFolder = join(this.#folder, 'out')
    await mkdir(outFolder)
    return { ...plan, ...jobOf(order, paths), ...this.#goneFurther(), outFolder }
  }

  /** The edge gets what lies ahead of its own checkpoint, and the run goes on from there. */
  #goneFurther(): Pick<TrainerJob, 'checkpointPath' | 'best'> {
    if (!this.#ahead) return {}
    const { checkpoint } = this.#ahead
    this.#store.add(checkpoint)
    const { state, best } = checkpoint
    return {
      checkpointPath: state.path,
      ...(best && { best: { path: best.file.path, validation: best.validation } }),
    }
  }

  async #learn(job: TrainerJob): Promise<LearningEnd> {
    const { host, link, log } = this.#options
    const { signal } = this.#abort
    signal.throwIfAborted()
    const learning = new Learning({
      host: { ...host, isServing: () => host.isServing(), log },
      folder: this.#folder,
      job,
      tell: (report) => link.tell(report),
      onCheckpoint: (checkpoint) => this.#store.add(checkpoint),
    })
    this.#learning = learning
    const kill = () => learning.kill()
    signal.addEventListener('abort', kill)
    const end = await learning.ended
    signal.removeEventListener('abort', kill)
    this.#giveBack() // what is stored from here on lies on the disk
    signal.throwIfAborted()
    return end
  }

  async #finish(end: LearningEnd): Promise<void> {
    const { link } = this.#options
    // What it began with was there: the node has lost it since, and another may have it.
    const isOfNode = end.type === 'failed' && end.refusal && this.#learning?.started !== undefined
    if (end.type === 'failed' && !isOfNode) throw failureOf(end)
    if (end.type === 'completed') this.#result = end
    await this.#bytes.interruptible(this.#store.settled())
    if (end.type !== 'completed') {
      link.tell(this.#stopReport(this.#stopped?.why ?? 'died'))
      return
    }
    const { step, trainedTokens, validation, adapter } = end
    const result = await this.#bytes.store('result', adapter.path)
    link.tell({ kind: 'completed', step, trainedTokens, result, validation })
  }
}
