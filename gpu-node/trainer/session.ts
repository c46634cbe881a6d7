import { rm } from 'node:fs/promises'
import { PROGRESS_INTERVAL_MS, type Validation } from '../../shared/training.ts'
import type { Vocabulary } from '../engine/vocabulary.ts'
import type { Ggml } from './ggml/library.ts'
import { type Curriculum, readCurriculum } from './lessons.ts'
import type { OutFile, TrainerEvent, TrainerJob } from './messages.ts'
import { openTrainer } from './opening.ts'
import { Outputs, outFile } from './outputs.ts'
import { readAdapter } from './training/adapter-file.ts'
import { type Progress, readCheckpoint, readProgress } from './training/checkpoint.ts'
import { Random } from './training/random.ts'
import { Diverged, Run, type StepReport } from './training/run.ts'
import type { Settings } from './training/settings.ts'
import { thriftyAsBefore } from './training/thrift.ts'
import type { Trainer } from './training/trainer.ts'

/** A checkpoint is never older than this. */
export const CHECKPOINT_INTERVAL_MS = 10 * 60_000

/** Speed is the mean over so many steps. */
const SPEED_STEPS = 20

/** The factor of the learning rate of a run that had to go back. */
const GONE_BACK_RATE = 0.5

/** Bits that a number of an adapter can learn (arXiv 2404.05405), and bits that a token of text brings. */
const BITS_PER_NUMBER = 2
const BITS_PER_TOKEN = 2

export interface SessionOptions {
  ggml: Ggml
  job: TrainerJob
  vocabulary: Vocabulary
  tell: (event: TrainerEvent) => void
  now?: () => number
}

/** The best adapter so far. `isTold`: a checkpoint has told of its file, which is no longer ours. */
interface Best {
  validation: Validation
  file: OutFile
  isTold: boolean
}

/** A run with all that belongs to it. */
interface Course {
  run: Run
  trainer: Trainer
  settings: Settings
  curriculum: Curriculum
  outputs: Outputs
}

/** One job from its rows to its adapter. It can be held and stopped between windows. */
export class Session {
  readonly #options: SessionOptions
  readonly #now: () => number
  #release: (() => void) | undefined
  #held: Promise<void> | undefined
  #stop: { keeps: boolean } | undefined
  #checkpointedAt = 0
  #toldAt = Number.NEGATIVE_INFINITY
  #speeds: { tokens: number; ms: number }[] = []
  #best: Best | undefined
  #figures: { loss: number; accuracy: number } | undefined
  /** The last checkpoint: its file, and its step. */
  #state: { path: string; step: number } | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#now = options.now ?? performance.now.bind(performance)
  }

  /** Whoever was told to stop is not held any more: what comes first is its checkpoint. */
  hold(): void {
    if (this.#stop) return
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve
    })
  }

  release(): void {
    this.#release?.()
    this.#held = undefined
  }

  /** Ends the run within one window; with a checkpoint if it `keeps`. */
  stop(keeps: boolean): void {
    this.#stop = { keeps }
    this.release()
  }

  /** Resolves when the job has ended in one way or another; how was told. Throws what made it fail. */
  async run(): Promise<void> {
    const { job, vocabulary } = this.#options
    const curriculum = await readCurriculum(job, vocabulary)
    try {
      await this.#learn(curriculum, 1).catch((thrown: unknown) => {
        if (thrown instanceof FromTheBeginning) return this.#learn(curriculum, GONE_BACK_RATE)
        throw thrown
      })
    } finally {
      curriculum.close()
    }
  }

  async #learn(curriculum: Curriculum, rateFactor: number): Promise<void> {
    const { ggml, tell } = this.#options
    const { trainer, settings } = await openTrainer(ggml, await this.#asBefore(), curriculum.lessons.length)
    try {
      const course = await this.#start(trainer, settings, curriculum)
      course.run.rateFactor *= rateFactor
      if (rateFactor === 1)
        for (const warning of [...curriculum.warnings, ...capacityWarning(course)])
          tell({ type: 'warning', ...warning })
      this.#checkpointedAt = this.#now()
      await this.#validateIfDue(course)
      while (!course.run.isOver && !this.#stop && !this.#isSpent(course)) await this.#step(course)
      await this.#end(course)
    } finally {
      trainer.close()
    }
  }

  /** The job with memory used as its checkpoint's run did, where that takes no more than was reckoned. */
  async #asBefore(): Promise<TrainerJob> {
    const { job } = this.#options
    if (job.checkpointPath === undefined || job.reckoned === undefined) return job
    const { thrift } = await readProgress(job.checkpointPath)
    return { ...job, reckoned: thriftyAsBefore(job.reckoned, thrift) }
  }

  async #start(trainer: Trainer, settings: Settings, curriculum: Curriculum): Promise<Course> {
    const { ggml, job, tell } = this.#options
    const { lessons, counts, validation } = curriculum
    const run = new Run({ trainer, settings, lessons, random: new Random(settings.seed + 1) })
    if (job.checkpointPath !== undefined) {
      this.#warnOfOtherSums(await this.#restore(run, trainer, job.checkpointPath), trainer, settings)
      this.#state = { path: job.checkpointPath, step: run.step }
    } else if (job.adapterPath !== undefined) await readAdapter(ggml, job.adapterPath, trainer.parameters.all)
    if (job.best) {
      const { path, validation: known } = job.best
      this.#best = { validation: known, file: await outFile(path), isTold: true }
    }
    const { samples, tooLong, truncated, empty, lossTokens } = counts
    tell({
      type: 'started',
      settings,
      counts: { samples, tooLong, truncated, empty, lossTokens },
      validationSamples: validation.length,
      totalSteps: settings.totalSteps,
      step: run.step,
      memoryMiB: trainer.memoryMiB,
    })
    const fullModelPath = settings.method === 'full' ? job.modelPath : undefined
    const outputs = new Outputs({ ggml, trainer, folder: job.outFolder, name: job.name, fullModelPath })
    return { run, trainer, settings, curriculum, outputs }
  }

  async #restore(run: Run, trainer: Trainer, path: string): Promise<Progress> {
    const progress = await readCheckpoint(this.#options.ggml, path, trainer.parameters.all)
    trainer.optimizer.steps = progress.step
    run.resume(progress)
    return progress
  }

  /**
   * Sums differ in their last bits with the number of threads, and with copies of frozen weights, which are rounded: only with
   * the same a run ends as if it had not been interrupted.
   */
  #warnOfOtherSums({ threads, thrift }: Progress, trainer: Trainer, { method }: Settings): void {
    const { job, tell } = this.#options
    const differs = 'what it learns may differ in the last bits.'
    if (threads !== job.threads)
      tell({
        type: 'warning',
        code: 'threads',
        message: `The run goes on with ${job.threads} CPU threads where it had ${threads}: ${differs}`,
      })
    if (thrift && method !== 'full' && thrift.keepsTransposed !== trainer.thrift.keepsTransposed)
      tell({
        type: 'warning',
        code: 'memory',
        message: `The run goes on with ${thrift.keepsTransposed ? 'less' : 'more'} memory than it had: ${differs}`,
      })
  }

  async #step(course: Course): Promise<void> {
    const { run, settings } = course
    const startedAt = this.#now()
    let report: StepReport
    try {
      report = await run.next(() => this.#rest())
      this.#tellStep(run, settings, report, this.#now() - startedAt)
      await this.#validateIfDue(course)
    } catch (thrown) {
      if (thrown instanceof Stopped) return
      if (!(thrown instanceof Diverged)) throw thrown
      await this.#goBack(course, thrown)
      return
    }
    const isDue =
      (settings.saveSteps !== null && report.step % settings.saveSteps === 0) ||
      this.#now() - this.#checkpointedAt >= CHECKPOINT_INTERVAL_MS
    if (((isDue && !run.isOver) || isEpochKept(course)) && !this.#stop) await this.#checkpoint(course)
  }

  /** Waits while it is held; ends the step early when it is stopped: its gradients are forgotten with the process. */
  async #rest(): Promise<void> {
    await this.#held
    if (this.#stop) throw new Stopped()
  }

  /** Once, to the last checkpoint, or to the beginning where there is none, and at half the rate; a second time is the end. */
  async #goBack({ run, trainer }: Course, why: Diverged): Promise<void> {
    if (run.rateFactor < 1) throw why
    const state = this.#state
    if (state) await this.#restore(run, trainer, state.path)
    run.rateFactor = GONE_BACK_RATE
    this.#options.tell({
      type: 'warning',
      code: 'rolled_back',
      message: `${why.message} The run goes on from step ${state?.step ?? 0} with half the learning rate.`,
    })
    if (!state) throw new FromTheBeginning()
  }

  #tellStep(run: Run, { totalSteps }: Settings, report: StepReport, stepMs: number): void {
    this.#speeds = [...this.#speeds, { tokens: report.tokens, ms: stepMs }].slice(-SPEED_STEPS)
    this.#figures = { loss: report.loss, accuracy: report.accuracy }
    const now = this.#now()
    if (now - this.#toldAt < PROGRESS_INTERVAL_MS && !run.isOver) return
    this.#toldAt = now
    const ms = this.#speeds.reduce((sum, speed) => sum + speed.ms, 0)
    const tokens = this.#speeds.reduce((sum, speed) => sum + speed.tokens, 0)
    const { step, epoch, loss, learningRate, gradientNorm, accuracy } = report
    this.#options.tell({
      type: 'progress',
      ...{ step, totalSteps, epoch, loss, learningRate, gradientNorm, accuracy },
      trainedTokens: run.trainedTokens,
      tokensPerSecond: ms > 0 ? (tokens / ms) * 1_000 : null,
      etaSeconds: ms > 0 ? Math.round(((ms / this.#speeds.length) * (totalSteps - step)) / 1_000) : null,
    })
  }

  /** After each epoch. Also of a run that goes on where it was stopped in the middle of that. */
  async #validateIfDue(course: Course): Promise<void> {
    const { run, curriculum } = course
    const isDue = run.step > 0 && run.position >= curriculum.lessons.length
    if (isDue) await this.#validate(course)
  }

  /** Unless it is done for this step; stopped in the middle, it is not done. */
  async #validate({ run, curriculum: { validation }, outputs }: Course): Promise<void> {
    if (validation.length === 0 || run.validatedStep === run.step) return
    try {
      const report = await run.validate(validation, () => this.#rest())
      this.#options.tell({ type: 'validation', ...report })
      if (this.#best && report.loss >= this.#best.validation.loss) {
        run.worseSince += 1
        return
      }
      run.worseSince = 0
      const before = this.#best
      this.#best = { validation: report, file: await outputs.learned(`best-${run.step}`), isTold: false }
      const isReplaced = before && !before.isTold && before.file.path !== this.#best.file.path
      if (isReplaced) await rm(before.file.path, { force: true })
    } catch (thrown) {
      if (!(thrown instanceof Stopped)) throw thrown
    }
  }

  #isSpent({ run, settings: { earlyStoppingPatience } }: Course): boolean {
    return earlyStoppingPatience !== null && run.worseSince >= earlyStoppingPatience
  }

  async #checkpoint({ run, settings, outputs }: Course): Promise<void> {
    const { job, tell } = this.#options
    const { step, trainedTokens } = run
    const state = await outputs.state(run.progress(job.threads))
    this.#checkpointedAt = this.#now()
    this.#state = { path: state.path, step }
    const adapter = settings.method === 'full' ? null : await outputs.learned(`adapter-${step}`)
    const best = this.#best ? { validation: this.#best.validation, file: this.#best.file } : null
    if (this.#best) this.#best.isTold = true
    const figures = this.#figures && { figures: this.#figures }
    tell({ type: 'checkpoint', step, trainedTokens, ...figures, state, adapter, best })
  }

  async #end(course: Course): Promise<void> {
    const { run, outputs } = course
    const { tell } = this.#options
    if (!this.#stop) await this.#validate(course)
    if (this.#stop) {
      // Of a step that is kept already nothing is new.
      const isKept = this.#state?.step === run.step
      if (this.#stop.keeps && !isKept) await this.#checkpoint(course)
      tell({ type: 'stopped', step: run.step })
      return
    }
    const adapter = this.#best?.file ?? (await outputs.learned('result'))
    const { step, trainedTokens } = run
    tell({ type: 'completed', step, trainedTokens, adapter, validation: this.#best?.validation ?? null })
  }
}

/** Whether an epoch has just ended that is to be kept: one of the last so many. */
function isEpochKept({ run, settings, curriculum: { lessons } }: Course): boolean {
  if (settings.saveEpochs === null || run.position < lessons.length) return false
  const stepsPerEpoch = Math.ceil(lessons.length / settings.batchSize)
  return settings.totalSteps - run.step < settings.saveEpochs * stepsPerEpoch
}

/** Thrown when a run without a checkpoint is to begin anew. */
class FromTheBeginning extends Error {}

/** Thrown between windows when a run is to end. */
class Stopped extends Error {}

/** More to learn than an adapter can hold. */
function capacityWarning({
  trainer: { parameters },
  settings: { method },
  curriculum: { lossTokens },
}: Course): Curriculum['warnings'] {
  if (method === 'full') return []
  return lossTokens * BITS_PER_TOKEN <= parameters.count * BITS_PER_NUMBER
    ? []
    : [
        {
          code: 'capacity',
          message: `${lossTokens} tokens are to be learned by ${parameters.count} numbers: a higher rank could hold more of them.`,
        },
      ]
}
