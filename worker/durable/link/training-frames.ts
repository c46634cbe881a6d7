import { causeOf } from '../../../shared/failure-cause.ts'
import { isId } from '../../../shared/ids.ts'
import type { Logger } from '../../../shared/log.ts'
import type { NodeHello } from '../../../shared/node.ts'
import type { EdgeCommand, NodeEvent } from '../../../shared/wire.ts'
import type {
  TrainingCommand,
  TrainingEstimateAnswer,
  TrainingQuestion,
} from '../../services/pool/node-link.ts'
import type { Stubs } from '../../services/stubs.ts'
import type { RunAnswer, TrainingRunStub } from '../../services/training/training-run.ts'
import { toldReportOf, withoutPaths } from './node-words.ts'

/** How long a node may reckon. */
export const ESTIMATE_LIMIT_MS = 30_000

/** Questions that wait for one node. */
export const MAX_OPEN_ESTIMATES = 16

export type TrainingEvent = Extract<NodeEvent, { type: `train.${string}` }>

export interface TrainingFramesOptions {
  stubs: Pick<Stubs, 'trainingRun' | 'ringTraining'>
  /** The link that a frame came by, and the node behind it; undefined without one. */
  link: () => { linkId: string; nodeId: string } | undefined
  hello: () => NodeHello | undefined
  send: (command: EdgeCommand) => void
  waitUntil: (work: Promise<unknown>) => void
  log: Logger
}

/** The frames of a node's jobs: what it says goes to the job's own object, whose answer goes back by the same link. */
export class TrainingFrames {
  readonly #options: TrainingFramesOptions
  readonly #estimates = new Map<string, (answer: TrainingEstimateAnswer) => void>()

  constructor(options: TrainingFramesOptions) {
    this.#options = options
  }

  /** Of a node that was just welcomed: each job that it still runs goes on or stops, and there may be others for it. */
  greet(): void {
    for (const { jobId, attempt } of this.#offered?.running ?? []) {
      if (isId(jobId))
        this.#answer({ jobId, attempt }, (run, nodeId) => run.greet({ nodeId, jobId, attempt }))
      else this.#options.send({ type: 'train.stop', jobId, attempt, keeps: false })
    }
    this.offer()
  }

  /** Of a node that may take more than before. */
  offer(): void {
    const { stubs, waitUntil, log } = this.#options
    if (!this.#offered?.slots) return
    waitUntil(
      stubs.ringTraining().catch((thrown) => log.error('training.no_ring', { cause: causeOf(thrown) })),
    )
  }

  /** Acts on a frame of a node that trains. Returns what is wrong with it, if anything. */
  receive(event: TrainingEvent): string | undefined {
    if (!this.#offered) return `${event.type}: hello said nothing of training`
    if (event.type === 'train.estimated') {
      const { requestId, memoryMiB, message } = event
      const told = message === undefined ? undefined : withoutPaths(message)
      this.#estimates.get(requestId)?.({ memoryMiB, message: told })
      return undefined
    }
    const { jobId, attempt } = event
    if (!isId(jobId)) return `jobId: there is no job '${jobId}'`
    if (event.type === 'train.report') {
      const { seq } = event
      const report = toldReportOf(event.report)
      this.#answer({ jobId, attempt }, (run, nodeId) => run.report({ nodeId, jobId, attempt, seq, report }))
    } else this.#sign(event)
    return undefined
  }

  /** Sends a command about a job. False where there is nobody who trains. */
  command(command: TrainingCommand): boolean {
    if (!this.#offered || !this.#options.link()) return false
    this.#options.send(command)
    return true
  }

  /** Asks how much memory a job would take. Null where nobody answers in time, or too many ask. */
  estimate(question: TrainingQuestion): Promise<TrainingEstimateAnswer | null> {
    if (this.#estimates.size >= MAX_OPEN_ESTIMATES) return Promise.resolve(null)
    const requestId = crypto.randomUUID()
    if (!this.command({ type: 'train.estimate', requestId, ...question })) return Promise.resolve(null)
    const { promise, resolve } = Promise.withResolvers<TrainingEstimateAnswer | null>()
    const timer = setTimeout(() => resolve(null), ESTIMATE_LIMIT_MS)
    this.#estimates.set(requestId, resolve)
    return promise.finally(() => {
      clearTimeout(timer)
      this.#estimates.delete(requestId)
    })
  }

  get #offered(): NodeHello['training'] {
    return this.#options.hello()?.training
  }

  #sign({ jobId, attempt, requestId, wish }: Extract<TrainingEvent, { type: 'train.sign' }>): void {
    this.#ask(jobId, async (run, nodeId) => {
      const { tokens, message } = await run.sign({ nodeId, jobId, attempt, wish })
      return [{ type: 'train.signed', jobId, attempt, requestId, tokens, message }]
    })
  }

  #answer(
    job: { jobId: string; attempt: number },
    ask: (run: Pick<TrainingRunStub, 'greet' | 'report'>, nodeId: string) => Promise<RunAnswer>,
  ): void {
    this.#ask(job.jobId, async (run, nodeId) => {
      const { ack, go, stop } = await ask(run, nodeId)
      return [
        ...(ack === undefined ? [] : [{ type: 'train.ack' as const, ...job, seq: ack }]),
        ...(go === undefined ? [] : [{ type: 'train.go' as const, ...job, seq: go }]),
        ...(stop === undefined ? [] : [{ type: 'train.stop' as const, ...job, keeps: stop.keeps }]),
      ]
    })
  }

  /** Nothing is lost where the edge is not well: reports are kept until they are acknowledged, and said again. */
  #ask(
    jobId: string,
    ask: (run: Pick<TrainingRunStub, 'greet' | 'report' | 'sign'>, nodeId: string) => Promise<EdgeCommand[]>,
  ): void {
    const { stubs, link, send, waitUntil, log } = this.#options
    const from = link()
    if (!from) return
    const asked = ask(stubs.trainingRun(jobId), from.nodeId).then((commands) => {
      if (link()?.linkId === from.linkId) for (const command of commands) send(command)
    })
    waitUntil(
      asked.catch((thrown) =>
        log.error('training.not_told', { jobId, nodeId: from.nodeId, cause: causeOf(thrown) }),
      ),
    )
  }
}
