import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { causeOf, traceOf } from '../../shared/failure-cause.ts'
import type { Logger } from '../../shared/log.ts'
import type { InputName, StoredFile, TrainingOrder, TrainingReport } from '../../shared/training.ts'
import type { ChildMemory } from '../engine/messages.ts'
import type { Guest } from '../engine/residency/guests.ts'
import type { TrainerJob, TrainerPlan } from '../trainer/messages.ts'
import { describeFile, fetchFile, Outdated, storeFile, type TransferOptions } from './byte-transfer.ts'
import { CheckpointStore } from './checkpoint-store.ts'
import { failureOf, Refused, reportOf } from './endings.ts'
import { estimateMemory } from './estimate.ts'
import type { TrainingHost } from './host.ts'
import type { JobLink } from './job-link.ts'
import { Learning, type LearningEnd } from './learning.ts'
import { jobOf, modelFor, planOf } from './plan.ts'

/** Whoever is to leave the memory to a call has so long to write a checkpoint. */
export const LEAVE_LIMIT_MS = 15_000

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
  /** Ends whatever is waited for, without a checkpoint. */
  readonly #abort = new AbortController()
  readonly #freed = Promise.withResolvers<void>()
  #folder = ''
  #stopped: { keeps: boolean; why: Why } | undefined
  #learning: Learning | undefined
  #kept: { mib: number; giveBack: () => void } | undefined
  /** Resolves when nothing of it is left here, and its last report was made. Never rejects. */
  readonly over: Promise<void>

  constructor(options: AttemptOptions) {
    this.#options = options
    this.#store = new CheckpointStore({
      store: (name, path) => this.#storeAs(name, path),
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

  async #run(): Promise<void> {
    const { link, log } = this.#options
    try {
      await this.#work()
    } catch (thrown) {
      this.#tellEnd(await this.#causeOf(thrown))
    } finally {
      this.#giveBack()
      if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true }).catch(() => {})
      log.info('training.over', { hasEnded: link.hasEnded })
    }
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
    const { order, link } = this.#options
    const paths = new Map<InputName, string>()
    // Entries of an object whose keys are names of inputs.
    for (const [name, file] of Object.entries(order.inputs) as [InputName, StoredFile | undefined][]) {
      if (file === undefined) continue
      const path = join(this.#folder, name)
      const sign = (parts: readonly number[]) => link.sign({ method: 'GET', file: name, parts: [...parts] })
      await this.#interruptible(fetchFile(file, path, sign, this.#transfer))
      paths.set(name, path)
    }
    const outFolder = join(this.#folder, 'out')
    await mkdir(outFolder)
    return { ...plan, ...jobOf(order, paths), outFolder }
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
    await this.#interruptible(this.#store.settled())
    if (end.type !== 'completed') {
      link.tell(this.#stopReport(this.#stopped?.why ?? 'died'))
      return
    }
    const { step, trainedTokens, validation, adapter } = end
    const result = await this.#storeAs('result', adapter.path)
    link.tell({ kind: 'completed', step, trainedTokens, result, validation })
  }

  async #storeAs(name: string, path: string): Promise<StoredFile> {
    const { link } = this.#options
    const file = await describeFile(path)
    const sign = (parts: readonly number[]) =>
      link.sign({
        method: 'PUT',
        file: name,
        parts: parts.map((part) => ({ part, ...partAt(file, part) })),
      })
    await this.#interruptible(storeFile(file, path, sign, this.#transfer))
    return file
  }

  /** Waits for the edge's answers end with the attempt: without a link they would not. */
  #interruptible<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#abort
    const { promise, reject } = Promise.withResolvers<never>()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', onAbort))
  }

  get #transfer(): TransferOptions {
    const { host, wait } = this.#options
    return { edge: host.edge, signal: this.#abort.signal, wait }
  }
}

function partAt({ parts }: StoredFile, index: number): StoredFile['parts'][number] {
  const part = parts[index]
  if (part === undefined) throw new RangeError('The file has no such part.')
  return part
}
