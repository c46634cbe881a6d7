import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PROGRESS_INTERVAL_MS } from '../../shared/training.ts'
import type { Vocabulary } from '../engine/vocabulary.ts'
import type { Ggml } from './ggml/library.ts'
import { type Curriculum, readCurriculum } from './lessons.ts'
import type { OutFile, TrainerEvent, TrainerJob, Validation } from './messages.ts'
import { readAdapter, writeAdapter } from './training/adapter-file.ts'
import { readCheckpoint, writeCheckpoint } from './training/checkpoint.ts'
import { Random } from './training/random.ts'
import { Diverged, Run, type StepReport } from './training/run.ts'
import { type Settings, settle } from './training/settings.ts'
import { Trainer } from './training/trainer.ts'
import type { Sample } from './training/window.ts'

/** A checkpoint is never older than this. */
export const CHECKPOINT_INTERVAL_MS = 10 * 60_000

/** Speed is the mean over so many steps. */
const SPEED_STEPS = 20

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
  #best: Validation | undefined
  #worseSince = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#now = options.now ?? performance.now.bind(performance)
  }

  hold(): void {
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
    const { job, vocabulary, tell } = this.#options
    const curriculum = await readCurriculum(job, vocabulary)
    const { trainer, settings } = await this.#open(curriculum)
    try {
      const run = await this.#start(trainer, settings, curriculum)
      for (const warning of [...curriculum.warnings, ...capacityWarning(trainer, settings, curriculum)])
        tell({ type: 'warning', ...warning })
      this.#checkpointedAt = this.#now()
      while (!run.isOver && !this.#stop && !this.#isSpent(settings))
        await this.#step(run, trainer, settings, curriculum)
      await this.#end(run, trainer, settings, curriculum)
    } finally {
      trainer.close()
    }
  }

  async #open({ lessons }: Curriculum): Promise<{ trainer: Trainer; settings: Settings }> {
    const { ggml, job } = this.#options
    const width = await Trainer.widthOf(job.modelPath)
    const settings = settle(job.wishes, { width, samples: lessons.length })
    const { beta1, beta2, epsilon, weightDecay, rank, alpha } = settings
    const trainer = await Trainer.open({
      ggml,
      path: job.modelPath,
      devices: { threads: job.threads, gpu: job.build !== 'cpu' },
      contextTokens: job.contextTokens,
      method:
        settings.method === 'full'
          ? { kind: 'full' }
          : { kind: 'lora', rank, alpha, ...(settings.targets && { targets: settings.targets }) },
      adam: { beta1, beta2, epsilon, weightDecay },
      seed: settings.seed,
      memoryMiB: job.memoryMiB,
      sequenceLength: settings.sequenceLength,
    })
    return { trainer, settings }
  }

  async #start(
    trainer: Trainer,
    settings: Settings,
    { lessons, counts, validation }: Curriculum,
  ): Promise<Run> {
    const { ggml, job, tell } = this.#options
    const run = new Run({ trainer, settings, lessons, random: new Random(settings.seed + 1) })
    if (job.checkpointPath !== undefined) {
      const progress = await readCheckpoint(ggml, job.checkpointPath, trainer.parameters.all)
      trainer.optimizer.steps = progress.step
      run.resume(progress)
    } else if (job.adapterPath !== undefined) await readAdapter(ggml, job.adapterPath, trainer.parameters.all)
    const { samples, tooLong, truncated, empty, lossTokens } = counts
    tell({
      type: 'started',
      settings,
      counts: { samples, tooLong, truncated, empty, lossTokens },
      validationSamples: validation.length,
      totalSteps: settings.totalSteps,
      memoryMiB: trainer.memoryMiB,
    })
    return run
  }

  async #step(run: Run, trainer: Trainer, settings: Settings, curriculum: Curriculum): Promise<void> {
    const startedAt = this.#now()
    let report: StepReport
    try {
      report = await run.next(() => this.#rest())
    } catch (thrown) {
      if (thrown instanceof Stopped) return
      if (!(thrown instanceof Diverged)) throw thrown
      await this.#goBack(run, trainer, thrown)
      return
    }
    this.#speeds = [...this.#speeds, { tokens: report.tokens, ms: this.#now() - startedAt }].slice(
      -SPEED_STEPS,
    )
    this.#tellProgress(run, settings, report)
    const isEpochOver = run.position >= curriculum.lessons.length
    if (isEpochOver && curriculum.validation.length > 0)
      await this.#validate(run, trainer, curriculum.validation)
    const isDue =
      (settings.saveSteps !== null && report.step % settings.saveSteps === 0) ||
      this.#now() - this.#checkpointedAt >= CHECKPOINT_INTERVAL_MS
    if (isDue && !run.isOver) await this.#checkpoint(run, trainer, settings)
  }

  /** Waits while it is held; ends the step early when it is stopped: its gradients are forgotten with the process. */
  async #rest(): Promise<void> {
    await this.#held
    if (this.#stop) throw new Stopped()
  }

  /** Once, to the last checkpoint and at half the rate; a second time is the end. */
  async #goBack(run: Run, trainer: Trainer, why: Diverged): Promise<void> {
    const path = this.#file('checkpoint')
    const { ggml, job, tell } = this.#options
    const known = (await stat(path).catch(() => undefined)) ? path : job.checkpointPath
    if (run.rateFactor < 1 || known === undefined) throw why
    const progress = await readCheckpoint(ggml, known, trainer.parameters.all)
    trainer.optimizer.steps = progress.step
    run.resume(progress)
    run.rateFactor = 0.5
    tell({
      type: 'warning',
      code: 'rolled_back',
      message: `${why.message} The run goes on from step ${progress.step} with half the learning rate.`,
    })
  }

  #tellProgress(run: Run, { totalSteps }: Settings, report: StepReport): void {
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

  async #validate(run: Run, trainer: Trainer, validation: readonly Sample[]): Promise<void> {
    const report = await run.validate(validation)
    this.#options.tell({ type: 'validation', ...report })
    if (this.#best === undefined || report.loss < this.#best.loss) {
      this.#best = report
      this.#worseSince = 0
      await this.#writeAdapter(trainer, 'best')
    } else this.#worseSince += 1
  }

  #isSpent({ earlyStoppingPatience }: Settings): boolean {
    return earlyStoppingPatience !== null && this.#worseSince >= earlyStoppingPatience
  }

  async #checkpoint(run: Run, trainer: Trainer, settings: Settings): Promise<void> {
    const { ggml, job, tell } = this.#options
    const path = this.#file('checkpoint')
    await writeCheckpoint(ggml, path, trainer.parameters.all, run.progress(job.threads))
    this.#checkpointedAt = this.#now()
    const adapter = settings.method === 'full' ? null : await this.#writeAdapter(trainer, `step-${run.step}`)
    tell({ type: 'checkpoint', step: run.step, state: await outFile(path), adapter })
  }

  async #end(run: Run, trainer: Trainer, settings: Settings, { validation }: Curriculum): Promise<void> {
    const { tell } = this.#options
    if (this.#stop) {
      if (this.#stop.keeps) await this.#checkpoint(run, trainer, settings)
      tell({ type: 'stopped', step: run.step })
      return
    }
    const isUnmeasured = this.#best?.step !== run.step && this.#worseSince === 0
    if (validation.length > 0 && isUnmeasured) await this.#validate(run, trainer, validation)
    const adapter = this.#best
      ? await outFile(this.#file('best'))
      : await this.#writeAdapter(trainer, 'adapter')
    const { step, trainedTokens } = run
    tell({ type: 'completed', step, trainedTokens, adapter, validation: this.#best ?? null })
  }

  async #writeAdapter(trainer: Trainer, name: string): Promise<OutFile> {
    const { ggml, job } = this.#options
    const path = this.#file(name)
    await rm(path, { force: true })
    await writeAdapter(ggml, path, {
      architecture: trainer.places.shape.name,
      name: job.name,
      alpha: trainer.alpha,
      parameters: trainer.parameters.all,
    })
    return outFile(path)
  }

  #file(name: string): string {
    return join(this.#options.job.outFolder, `${name}.gguf`)
  }
}

/** Thrown between windows when a run is to end. */
class Stopped extends Error {}

/** A file's size and hash. */
async function outFile(path: string): Promise<OutFile> {
  const { size: bytes } = await stat(path)
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece)
  return { path, bytes, sha256: hash.digest('hex') }
}

/** More to learn than an adapter can hold. */
function capacityWarning(
  { parameters }: Trainer,
  { method }: Settings,
  { counts }: Curriculum,
): Curriculum['warnings'] {
  if (method === 'full') return []
  return counts.lossTokens * BITS_PER_TOKEN <= parameters.count * BITS_PER_NUMBER
    ? []
    : [
        {
          code: 'capacity',
          message: `${counts.lossTokens} tokens are to be learned by ${parameters.count} numbers: a higher rank could hold more of them.`,
        },
      ]
}
