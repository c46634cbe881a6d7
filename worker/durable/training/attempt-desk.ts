import { causeOf } from '../../../shared/failure-cause.ts'
import { TRAINING_LEASE_MS, type TrainingReport } from '../../../shared/training.ts'
import { isOver, type JobEvent } from '../../services/training/job-states.ts'
import type { JobChange } from '../../services/training/job-store.ts'
import type { JobRow } from '../../services/training/training-job.ts'
import type { AttemptOf, RunAnswer } from '../../services/training/training-run.ts'
import type { AttemptEnds, DeskOptions } from './desk-options.ts'
import type { Attempt } from './run-attempt.ts'
import type { TrainingRunServices } from './run-services.ts'
import { takeCheckpoint, takeResult } from './stored-files.ts'

/** The lease and the progress are written to the database at most this often. */
export const WRITE_INTERVAL_MS = 10_000

/** A job that is lost so often in a row, without a new checkpoint between, has failed. */
export const MAX_LOSSES = 3

/** A node that was told to end and goes on is told again after so long. */
const STOP_AGAIN_MS = 10_000

/** The answer to whoever has no say in the job. */
export const NOT_YOURS: RunAnswer = { stop: { keeps: false } }

type Report<Kind extends TrainingReport['kind']> = Extract<TrainingReport, { kind: Kind }>

const moved = (event: JobEvent, row: JobRow): string =>
  event === 'completed' ? `The job has completed: ${row.resultModel ?? ''}` : `The job is ${row.state}.`

/** Takes what a node says of the attempt that is under way, and ends attempts. One thing at a time. */
export class AttemptDesk implements AttemptEnds {
  readonly #options: DeskOptions

  constructor(options: DeskOptions) {
    this.#options = options
  }

  get #services(): TrainingRunServices {
    return this.#options.services()
  }

  /** The attempt that somebody speaks of, if it is the one under way; one whose lease is over is ended first. */
  async of({ nodeId, attempt }: Pick<AttemptOf, 'nodeId' | 'attempt'>): Promise<Attempt | undefined> {
    const { current } = this.#options.attempts
    if (current?.nodeId !== nodeId || current.attempt !== attempt) return undefined
    if (this.#services.now() < current.leaseUntil) return current
    await this.lose()
    return undefined
  }

  async report({
    seq,
    report,
    ...of
  }: AttemptOf & { seq: number; report: TrainingReport }): Promise<RunAnswer> {
    const current = await this.of(of)
    if (!current) return NOT_YOURS
    if (seq <= current.seq) return this.#acknowledge(current)
    if (!(await this.#take(current, report))) return NOT_YOURS
    const { attempts } = this.#options
    if (!attempts.current) return { ack: seq } // that was its last word
    attempts.change({ seq, leaseUntil: this.#services.now() + TRAINING_LEASE_MS })
    if (!(await this.write())) return NOT_YOURS
    return this.#acknowledge(attempts.current)
  }

  /** Tells D1 how far the job is, if that is due. False when the job is no longer this attempt's. */
  async write(): Promise<boolean> {
    const { attempts, jobId } = this.#options
    const { current } = attempts
    const { now, store } = this.#services
    if (!current || now() - current.wroteAt < WRITE_INTERVAL_MS) return true
    const { attempt, leaseUntil, progress } = current
    const row = await store.amend(jobId, attempt, { leaseUntil, ...(progress && { progress }) })
    attempts.change({ wroteAt: now() })
    if (!row) {
      attempts.end()
      return false
    }
    if (row.state !== 'running' && !current.stop) this.stop(row.state === 'pausing')
    return true
  }

  /** Notes that the node is to end; its next report is answered with it. */
  stop(keeps: boolean): void {
    this.#options.attempts.change({ stop: { keeps, toldAt: 0 } })
  }

  #acknowledge({ seq, stop }: Attempt): RunAnswer {
    const { now } = this.#services
    if (!stop || now() - stop.toldAt < STOP_AGAIN_MS) return { ack: seq }
    this.#options.attempts.change({ stop: { ...stop, toldAt: now() } })
    return { ack: seq, stop: { keeps: stop.keeps } }
  }

  /** False where the node is not to go on. */
  async #take(current: Attempt, report: TrainingReport): Promise<boolean> {
    switch (report.kind) {
      case 'alive':
        return true
      case 'started':
        return await this.#start(current, report)
      case 'warning':
        this.#options.tell({
          kind: 'message',
          level: 'warn',
          message: report.message,
          data: { code: report.code },
        })
        return true
      case 'progress':
        this.#progress(current, report)
        return true
      case 'validation':
        await this.#validate(report)
        return true
      case 'checkpoint':
        return await takeCheckpoint(this.#options, this, current, report)
      case 'completed':
        return await takeResult(this.#options, this, current, report)
      case 'refused':
        return await this.#refuse(current, report)
      case 'failed': {
        const error = { code: report.code, message: report.message, param: null }
        return await this.end('failed', { error }, report.message)
      }
      case 'stopped':
        return await this.#stopped(report)
      default:
        return report satisfies never
    }
  }

  async #start(
    current: Attempt,
    { settings, counts, step, totalSteps, memoryMiB }: Report<'started'>,
  ): Promise<boolean> {
    const { jobId, series, tell } = this.#options
    series.cutBack(step)
    const row = await this.#services.store.amend(jobId, current.attempt, {
      settings,
      sampleCounts: counts,
      blocked: null,
      refusals: null,
    })
    tell({
      kind: 'message',
      message: `Training has begun at step ${step} of ${totalSteps}.`,
      data: { step, totalSteps, memoryMiB, attempt: current.attempt, ...counts },
    })
    return row !== undefined
  }

  #progress(current: Attempt, { kind: _, ...report }: Report<'progress'>): void {
    const { attempts, series, tell } = this.#options
    const { step, totalSteps, loss, learningRate, gradientNorm, accuracy, trainedTokens } = report
    const percent = totalSteps > 0 ? Math.min(100, (100 * step) / totalSteps) : 0
    series.add(step, {
      loss,
      accuracy,
      learning_rate: learningRate,
      grad_norm: gradientNorm,
      tokens_per_second: report.tokensPerSecond,
    })
    attempts.change({
      trainedTokens: Math.max(trainedTokens, current.trainedTokens),
      progress: {
        ...report,
        percent: Math.max(percent, current.progress?.percent ?? 0),
        validationLoss: current.progress?.validationLoss ?? null,
      },
    })
    if (step === current.progress?.step) return
    tell({
      kind: 'metrics',
      message: `Step ${step}/${totalSteps}: training loss=${loss.toFixed(4)}`,
      data: { step, totalSteps, loss, accuracy, learningRate, gradientNorm },
    })
  }

  async #validate({ step, loss, perplexity, accuracy }: Report<'validation'>): Promise<void> {
    const { attempts, jobId, series, tell } = this.#options
    series.add(step, { validation_loss: loss, validation_accuracy: accuracy })
    const { progress } = attempts.current ?? {}
    if (progress) attempts.change({ progress: { ...progress, validationLoss: loss } })
    const row = await this.#services.store.find(jobId)
    // Of preferences, it is the share of pairs whose better answer it holds likelier.
    const named = row?.plan.wishes.method === 'dpo' ? 'preference accuracy' : 'token accuracy'
    const message = `Step ${step}: validation loss=${loss.toFixed(4)}, ${named}=${accuracy.toFixed(4)}`
    tell({ kind: 'validation', message, data: { step, loss, perplexity, accuracy } })
  }

  async #refuse(current: Attempt, { kind: _, ...blocked }: Report<'refused'>): Promise<boolean> {
    const { store, now } = this.#services
    const row = await store.find(this.#options.jobId)
    const { nodeId, offer } = current
    const others = (row?.refusals ?? []).filter((refusal) => refusal.nodeId !== nodeId)
    const refusals = [...others, { ...blocked, nodeId, offer, at: now() }]
    return await this.end('given_back', { blocked, refusals }, `A node cannot do it now: ${blocked.message}`)
  }

  async #stopped({ step, why }: Report<'stopped'>): Promise<boolean> {
    if (why === 'died') {
      await this.lose('The process that trained has died')
      return true
    }
    if (why === 'told') return await this.end('given_back', {}, `It has stopped at step ${step}.`)
    const row = await this.#services.store.find(this.#options.jobId)
    const reason = why === 'memory' ? 'calls need its memory' : 'it is going away'
    const preemptions = (row?.preemptions ?? 0) + 1
    return await this.end('given_back', { preemptions }, `The node gives it back at step ${step}: ${reason}.`)
  }

  /** The lease is over, or the node cannot be believed: another one goes on, unless that has happened too often. */
  async lose(reason = 'The node that ran it was lost'): Promise<void> {
    const { store } = this.#services
    const row = await store.find(this.#options.jobId)
    const losses = (row?.losses ?? 0) + 1
    if (row?.state !== 'running' || losses < MAX_LOSSES) {
      await this.end('lost', { losses }, `${reason}.`)
      return
    }
    const message = `${reason}, for the ${losses}rd time in a row without a new checkpoint.`
    await this.end('lost_again', { losses, error: { code: 'node_failed', message, param: null } }, message)
  }

  /** Ends the attempt. A job that was to pause or to stop has done so, whatever it ends with. Always true. */
  async end(event: JobEvent, change: JobChange, note: string): Promise<boolean> {
    const { attempts, jobId, tell, finish } = this.#options
    const { current } = attempts
    if (!current) return true
    const { store, now, meter, ring, log } = this.#services
    const { attempt, nodeId, claimedAt, progress, trainedTokens } = current
    const before = await store.find(jobId)
    const common: JobChange = {
      ranMs: (before?.ranMs ?? 0) + Math.max(0, now() - claimedAt),
      trainedTokens: Math.max(trainedTokens, before?.trainedTokens ?? 0),
      ...(progress && { progress }),
    }
    const guard = { attempt, nodeId }
    const row =
      (await store.transition(jobId, 'confirmed', guard, common)) ??
      (await store.transition(jobId, event, guard, { ...common, ...change })) ??
      // Somebody has asked it to stop between the two.
      (await store.transition(jobId, 'confirmed', guard, common))
    attempts.end()
    if (!row || !before) return true
    const isFailure = row.state === 'failed' || event === 'lost'
    tell({ kind: 'message', level: isFailure ? 'warn' : 'info', message: note, data: { attempt } })
    tell({
      kind: 'state',
      level: row.state === 'failed' ? 'error' : 'info',
      message: moved(event, row),
      data: { state: row.state, error: row.error, model: row.resultModel },
    })
    const tokens = row.trainedTokens - before.trainedTokens
    await meter(row, tokens, row.state).catch((thrown) =>
      log.error('training.unmetered', { jobId, tokens, cause: causeOf(thrown) }),
    )
    if (isOver(row.state)) await finish(row)
    await ring().catch((thrown) => log.error('training.no_ring', { cause: causeOf(thrown) }))
    return true
  }
}
