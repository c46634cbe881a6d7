import { join } from 'node:path'
import type { z } from 'zod'
import { causeOf } from '../../shared/failure-cause.ts'
import type { Metric } from '../../shared/prometheus.ts'
import type { trainingCommands } from '../../shared/training.ts'
import { MAX_TRAINING_SLOTS, type TrainingOffer } from '../../shared/training-offer.ts'
import type { SpareMemory } from '../engine/residency/guests.ts'
import { type Build, libraryFolder } from '../trainer/ggml/folder.ts'
import { ARCHITECTURES } from '../trainer/model/architectures.ts'
import { Attempt, type AttemptOptions } from './attempt.ts'
import { sentenceOf } from './endings.ts'
import { estimateMemory } from './estimate.ts'
import type { TrainingHost } from './host.ts'
import { JobLink, type TrainingEvent } from './job-link.ts'
import { LeftAttempt } from './left/left-attempt.ts'
import { type Left, LeftBehind } from './left/left-behind.ts'
import { clearLeftovers } from './leftovers.ts'
import { planOf } from './plan.ts'

/** A frame of the edge about jobs. */
export type TrainingCommand = z.infer<(typeof trainingCommands)[number]>
type Command<Type extends TrainingCommand['type']> = Extract<TrainingCommand, { type: Type }>

/** After a welcome, the edge has so long to say of each job whether it goes on; then it is told of it all the same. */
export const GREETING_LIMIT_MS = 15_000

/** Nobody waits for a checkpoint any longer when a node closes: its time to drain is over. */
const CLOSING_LIMIT_MS = 3_000

/** Questions for memory that wait for their turn. */
export const MAX_WAITING_ESTIMATES = 16

export interface TrainingJobsOptions
  extends Pick<TrainingHost, 'edge' | 'threads' | 'build' | 'modelOf' | 'verify' | 'isServing' | 'log'> {
  /** The node's state folder, in which jobs have one. */
  stateDir: string
  /** Jobs at the same time. */
  slots: number
  /** Memory that all of them may take together; undefined for what serving leaves. */
  memoryMiB: number | undefined
  spare: SpareMemory
  wait?: AttemptOptions['wait']
  greetingLimitMs?: number
}

interface Job {
  readonly link: JobLink
  /** Undefined for one that was refused at once. */
  readonly attempt: Attempt | LeftAttempt | undefined
  /** The edge wants nothing more of it: its end need not be acknowledged. */
  isDismissed: boolean
}

type Send = (event: TrainingEvent) => void

/** Whether what computes with this build is installed here. */
export const canTrainOn = async (build: Build): Promise<boolean> => (await libraryFolder(build)) !== undefined

/** The jobs that a node trains. They outlive its links, and end with it. */
export class TrainingJobs {
  readonly #options: TrainingJobsOptions
  readonly #host: TrainingHost
  readonly #jobs = new Map<string, Job>()
  readonly #closing = new AbortController()
  #send: Send | undefined
  #greeting: NodeJS.Timeout | undefined
  #isDraining = false
  #onSettled: () => void = () => {}
  #estimates: Promise<void> = Promise.resolve()
  #waitingEstimates = 0

  constructor(options: TrainingJobsOptions) {
    const { stateDir, spare, memoryMiB = Number.POSITIVE_INFINITY, log } = options
    this.#options = options
    const folder = join(stateDir, 'training')
    clearLeftovers(folder, log)
    this.#host = {
      ...options,
      folder,
      left: new LeftBehind(stateDir, log),
      availableMiB: () => Math.max(0, Math.min(spare.freeMiB, memoryMiB - this.#takenMiB)),
      admit: (guest) => spare.admit(guest),
    }
    for (const left of this.#host.left.all) this.#takeUp(left)
  }

  /** The node's skill, as a link's first frame tells it. */
  get offer(): TrainingOffer {
    const { slots, memoryMiB = null } = this.#options
    const running = [...this.#jobs.values()].filter(({ attempt }) => attempt).map(({ link }) => link.key)
    return {
      slots,
      architectures: [...ARCHITECTURES.keys()],
      memoryMiB,
      running: running.slice(-MAX_TRAINING_SLOTS).map(({ jobId, attempt }) => ({ jobId, attempt })),
    }
  }

  /** The processes that train now. */
  get pids(): number[] {
    return this.#attempts.flatMap(({ pid }) => pid ?? [])
  }

  /** A link to an edge that gives jobs is open. Of those that run already nothing is said before the edge says that they go on. */
  attach(send: Send): void {
    this.#send = send
    clearTimeout(this.#greeting)
    this.#greeting = setTimeout(() => {
      for (const { link } of this.#jobs.values()) if (link.isMuted) link.goOn(send, 0)
    }, this.#options.greetingLimitMs ?? GREETING_LIMIT_MS)
  }

  /** The link is lost; what runs trains on. */
  detach(): void {
    this.#send = undefined
    clearTimeout(this.#greeting)
    for (const { link, attempt } of [...this.#jobs.values()]) {
      if (attempt) link.mute()
      else this.#forget(link)
    }
  }

  receive(command: TrainingCommand): void {
    if (command.type === 'train.start') this.#start(command)
    else if (command.type === 'train.estimate') this.#estimate(command)
    else this.#pass(command)
  }

  /** Takes no new jobs, and resolves when all that run have left a checkpoint, and the edge has written down their end. */
  drain(): Promise<void> {
    this.#isDraining = true
    for (const attempt of this.#attempts) attempt.stop(true, 'draining')
    return new Promise((resolve) => {
      this.#onSettled = () => {
        if (this.#jobs.size === 0) resolve()
      }
      this.#onSettled()
    })
  }

  /**
   * Without an edge that could be told: resolves when all that run have left a checkpoint on this machine's disk, with which
   * the next life of the node goes on, and nothing runs any more.
   */
  async leaveBehind(limitMs?: number): Promise<void> {
    this.#isDraining = true
    await Promise.all(
      [...this.#jobs.values()].map(async ({ link, attempt, isDismissed }) => {
        if (isDismissed || link.isClosed) attempt?.drop()
        else await attempt?.leaveBehind(limitMs)
        await attempt?.over
      }),
    )
  }

  /** Ends all of them at once, and resolves when nothing runs any more. What the edge was not told is left behind. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.detach()
    await Promise.all([this.leaveBehind(CLOSING_LIMIT_MS), this.#estimates])
  }

  read(): Metric[] {
    const training = [...this.#jobs.values()].filter(({ link, attempt }) => attempt && !link.hasEnded)
    const bytes = this.#attempts.reduce((sum, { memory }) => sum + (memory?.rssMiB ?? 0), 0) * 1024 ** 2
    const gauge = (name: string, help: string, value: number): Metric => ({
      name: `switchyard_node_${name}`,
      help,
      type: 'gauge',
      samples: [{ value }],
    })
    return [
      gauge('training_jobs', 'Jobs that are trained.', training.length),
      gauge('training_memory_bytes', 'Memory of the processes that train.', bytes),
    ]
  }

  get #attempts(): (Attempt | LeftAttempt)[] {
    return [...this.#jobs.values()].flatMap(({ attempt }) => attempt ?? [])
  }

  get #takenMiB(): number {
    return this.#attempts.reduce((sum, { takenMiB }) => sum + takenMiB, 0)
  }

  /** An attempt of the node's last life: the next link names it. */
  #takeUp(left: Left): void {
    const { jobId, attempt: number } = left
    const settled = (): void => {
      // One that the edge wants nothing of may be given here again.
      if (!job.isDismissed) void this.#host.left.forget(left)
      this.#forget(link)
    }
    const link: JobLink = new JobLink({ jobId, attempt: number }, undefined, settled, left)
    const log = this.#options.log.child({ job: jobId, attempt: number })
    const { edge, wait } = this.#options
    const job = { link, attempt: new LeftAttempt({ left, link, edge, log, wait }), isDismissed: false }
    this.#keep(job)
  }

  #keep(job: Job & { attempt: Attempt | LeftAttempt }): void {
    const { link, attempt } = job
    this.#jobs.set(link.key.jobId, job)
    void attempt.over.then(() => {
      if (link.isClosed || job.isDismissed) this.#forget(link)
    })
  }

  #start({ jobId, attempt: number, order }: Command<'train.start'>): void {
    const known = this.#jobs.get(jobId)
    if (known && known.link.key.attempt >= number) return
    known?.attempt?.drop()
    this.#jobs.delete(jobId)
    const link: JobLink = new JobLink({ jobId, attempt: number }, this.#send, () => this.#forget(link))
    const running = [...this.#jobs.values()].filter((job) => job.attempt && !job.link.hasEnded).length
    if (this.#isDraining || running >= this.#options.slots) {
      this.#jobs.set(jobId, { link, attempt: undefined, isDismissed: false })
      const message = this.#isDraining ? 'The node is draining.' : 'All slots for training are taken.'
      link.tell({ kind: 'refused', requirement: 'slots', message })
      return
    }
    const log = this.#options.log.child({ job: jobId, attempt: number })
    log.info('training.begin', { model: order.model, method: order.wishes.method })
    const attempt = new Attempt({ order, link, host: this.#host, log, wait: this.#options.wait })
    this.#keep({ link, attempt, isDismissed: false })
  }

  #pass(command: Exclude<TrainingCommand, Command<'train.start' | 'train.estimate'>>): void {
    const job = this.#jobs.get(command.jobId)
    if (job === undefined || job.link.key.attempt !== command.attempt) return
    const { link, attempt } = job
    switch (command.type) {
      case 'train.stop':
        // Where the edge has not said that it goes on, it says now that it ends: of that it is told.
        if (this.#send && link.isMuted) link.goOn(this.#send, 0)
        job.isDismissed ||= !command.keeps
        if (link.hasEnded) this.#forget(link)
        else attempt?.stop(command.keeps, 'told')
        break
      case 'train.go':
        if (this.#send) link.goOn(this.#send, command.seq)
        break
      case 'train.ack':
        link.acknowledge(command.seq)
        break
      case 'train.signed':
        link.signed(command.requestId, command.tokens, command.message)
        break
      default:
        command satisfies never
    }
  }

  #forget(link: JobLink): void {
    link.close()
    if (this.#jobs.get(link.key.jobId)?.link === link) this.#jobs.delete(link.key.jobId)
    this.#onSettled()
  }

  #estimate({ requestId, model: id, wishes }: Command<'train.estimate'>): void {
    const answer = (told: { memoryMiB: number } | { message: string }) =>
      this.#send?.({ type: 'train.estimated', requestId, ...told })
    if (this.#waitingEstimates >= MAX_WAITING_ESTIMATES) {
      answer({ message: 'The node is asked too many such questions.' })
      return
    }
    this.#waitingEstimates += 1
    const reckon = async (): Promise<{ memoryMiB: number } | { message: string }> => {
      const model = this.#host.modelOf(id)
      if (model === undefined) return { message: `The node does not hold the model "${id}".` }
      const { signal } = this.#closing
      const { memoryMiB: limit = Number.POSITIVE_INFINITY } = this.#options
      const plan = planOf(wishes, model, { ...this.#host, availableMiB: () => limit })
      const { memoryMiB } = await estimateMemory(plan, this.#host, signal)
      return { memoryMiB }
    }
    this.#estimates = this.#estimates
      .then(reckon)
      .catch((thrown) => ({ message: sentenceOf(causeOf(thrown)) }))
      .then((told) => {
        this.#waitingEstimates -= 1
        answer(told)
      })
  }
}
