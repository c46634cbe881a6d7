import { type Lesson, type Lessons, placesOf } from '../samples/lesson.ts'
import type { Progress } from './checkpoint.ts'
import { lossTokensOf, type Packed, packBatch } from './packing.ts'
import {
  createReference,
  marginOf,
  preferenceLoss,
  preferenceWindows,
  type Reference,
} from './preferences.ts'
import type { Random } from './random.ts'
import { learningRateAt } from './schedule.ts'
import type { Settings } from './settings.ts'
import type { Trainer } from './trainer.ts'
import type { Sample } from './window.ts'
import type { RowOutcome } from './window-graph.ts'

/** A step that was taken. */
export interface StepReport {
  /** Counted from 1. */
  step: number
  epoch: number
  /** The mean over the tokens that carry loss. */
  loss: number
  learningRate: number
  /** Before it was shortened. */
  gradientNorm: number
  /** Share of those tokens that were the likeliest. */
  accuracy: number
  /** All tokens that were read in this step. */
  tokens: number
}

export interface ValidationReport {
  step: number
  loss: number
  /** e to the loss. */
  perplexity: number
  accuracy: number
}

/** Why a run cannot go on, in one sentence with the step and the figures. */
export class Diverged extends Error {}

export interface RunOptions {
  trainer: Trainer
  settings: Settings
  lessons: Lessons
  random: Random
}

/** A run has exploded when its mean loss is so much above that of its first steps… */
const EXPLODED_BY = 1.5
/** …which are so many. One hard row among memorised ones is no explosion: the mean is what counts. */
const FIRST_STEPS = 10
/** Samples that are packed into windows together when a run is validated: they are in memory at once. */
const VALIDATED_AT_ONCE = 256

/** How quickly the mean follows. */
const MEAN_SHARE = 0.1

/**
 * The steps of a run, one by one. Whoever drives it decides what happens between them: checkpoints, validation, pauses. Equal
 * seeds and equal threads take equal steps on the same processor.
 */
export class Run {
  readonly #options: RunOptions
  /** Places of lessons. */
  #order: readonly number[] = []
  #reference: Reference | undefined
  /** Of the lessons that are not learned from. */
  #heldReference: Reference | undefined
  #mean: number | undefined
  #firstMean = 0
  #seen = 0
  /** The factor of the learning rate; halved when a run had to go back. */
  rateFactor = 1
  epoch = 0
  /** Lessons of this epoch that were learned. */
  position = 0
  /** The step that was validated last; 0 for none. */
  validatedStep = 0
  /** Validations since the best one. */
  worseSince = 0
  /** State of the random numbers when this epoch's order was made. */
  epochState: number
  trainedTokens = 0

  constructor(options: RunOptions) {
    this.#options = options
    this.epochState = options.random.state
  }

  get step(): number {
    return this.#options.trainer.optimizer.steps
  }

  get isOver(): boolean {
    return this.step >= this.#options.settings.totalSteps
  }

  /**
   * Takes one step. What is thrown, `Diverged` or by `onWindow`, is thrown before anything is changed: the run stands where
   * it stood, and its next step is the same one again.
   */
  async next(onWindow?: () => Promise<void>): Promise<StepReport> {
    const { trainer, random } = this.#options
    const before = { ...this.#place(), order: this.#order, randomState: random.state }
    try {
      return await this.#next(onWindow)
    } catch (thrown) {
      trainer.optimizer.forget()
      const { epoch, position, epochState, order, randomState } = before
      Object.assign(this, { epoch, position, epochState })
      this.#order = order
      random.restart(randomState)
      throw thrown
    }
  }

  #place() {
    const { epoch, position, epochState } = this
    return { epoch, position, epochState }
  }

  async #next(onWindow?: () => Promise<void>): Promise<StepReport> {
    const { trainer, settings, lessons } = this.#options
    const batch = this.#take(settings.batchSize)
    const { step } = this
    const epoch = this.epoch
    const outcome =
      settings.method === 'dpo'
        ? await this.#prefer(batch, onWindow)
        : await this.#accumulate(
            packBatch(
              batch.map((place) => lessonAt(lessons, place).sample),
              settings.sequenceLength,
              trainer.keepsGraphs,
            ),
            onWindow,
          )
    this.#refuse(step + 1, outcome.loss)
    const learningRate =
      learningRateAt(
        {
          peak: settings.learningRate,
          decay: settings.decay,
          warmupSteps: settings.warmupSteps,
          totalSteps: settings.totalSteps,
        },
        step,
      ) * this.rateFactor
    const gradientNorm = await trainer.optimizer.gradientNorm(outcome.count)
    if (!Number.isFinite(gradientNorm))
      throw new Diverged(`The gradient of step ${step + 1} is not a number.`)
    await trainer.step({ learningRate, upRatio: settings.upRatio, count: outcome.count, clip: settings.clip })
    this.trainedTokens += outcome.tokens
    const { loss, accuracy, tokens } = outcome
    return { step: step + 1, epoch, loss, learningRate, gradientNorm, accuracy, tokens }
  }

  /**
   * Loss, perplexity and accuracy on lessons that are not learned from, by the measure that is learned by. Thrown by `onWindow`,
   * anything leaves the step unvalidated; so does `Diverged`, of a loss that is no number.
   */
  async validate(lessons: Lessons, onWindow?: () => Promise<void>): Promise<ValidationReport> {
    const { step } = this
    const { loss, accuracy } =
      this.#options.settings.method === 'dpo'
        ? await this.#comparePreferences(lessons, onWindow)
        : await this.#readTexts(lessons, onWindow)
    if (!Number.isFinite(loss)) throw new Diverged(`The validation loss of step ${step} is ${loss}.`)
    this.validatedStep = step
    // Finite, so that JSON can carry it.
    const perplexity = Math.min(Math.exp(loss), Number.MAX_VALUE)
    return { step, loss, perplexity, accuracy }
  }

  async #readTexts(lessons: Lessons, onWindow?: () => Promise<void>): Promise<Measured> {
    const { trainer, settings } = this.#options
    let [sum, right, count] = [0, 0, 0]
    for (let from = 0; from < lessons.length; from += VALIDATED_AT_ONCE) {
      const some = Array.from(
        { length: Math.min(VALIDATED_AT_ONCE, lessons.length - from) },
        (_, place) => lessonAt(lessons, from + place).sample,
      )
      for (const { samples: packed, length } of packBatch(some, settings.sequenceLength)) {
        for (const { logProbability, isRight } of await trainer.evaluate(packed, length)) {
          sum -= logProbability
          right += isRight ? 1 : 0
          count += 1
        }
        await onWindow?.()
      }
    }
    return { loss: sum / count, accuracy: right / count }
  }

  /** The likelihood of the preferred answers alone falls as a rule, while the model learns to prefer them. */
  async #comparePreferences(lessons: Lessons, onWindow?: () => Promise<void>): Promise<Measured> {
    const { trainer, settings } = this.#options
    this.#heldReference ??= createReference(trainer, lessons.length, settings)
    let [sum, right] = [0, 0]
    for (const place of placesOf(lessons)) {
      const lesson = lessonAt(lessons, place)
      const before = await this.#heldReference(place, lesson, onWindow)
      const margin = await marginOf(trainer, lesson, before, settings, onWindow)
      sum += preferenceLoss(margin)
      right += margin > 0 ? 1 : 0
    }
    return { loss: sum / lessons.length, accuracy: right / lessons.length }
  }

  /** Goes on in the middle of an epoch. The losses behind that place are forgotten. */
  resume({
    epoch,
    position,
    epochState,
    randomState,
    ...rest
  }: Omit<Progress, 'step' | 'threads' | 'thrift'>): void {
    const { trainedTokens, rateFactor, validatedStep, worseSince } = rest
    Object.assign(this, { epoch, epochState, trainedTokens, rateFactor, validatedStep, worseSince })
    this.#mean = undefined
    this.#begin()
    this.position = position
    this.#options.random.restart(randomState)
  }

  /** Where it stands, for a checkpoint. */
  progress(threads: number): Progress {
    const { step, epoch, position, epochState, trainedTokens, rateFactor, validatedStep, worseSince } = this
    const { state: randomState } = this.#options.random
    const told = { rateFactor, validatedStep, worseSince, thrift: this.#options.trainer.thrift }
    return { step, epoch, position, epochState, randomState, trainedTokens, threads, ...told }
  }

  #begin(): void {
    const { random, lessons } = this.#options
    random.restart(this.epochState)
    this.#order = random.shuffled(placesOf(lessons))
    this.position = 0
  }

  /** Places of the next lessons. */
  #take(count: number): readonly number[] {
    if (this.#order.length === 0) this.#begin()
    if (this.position >= this.#order.length) {
      this.epoch += 1
      this.epochState = this.#options.random.state
      this.#begin()
    }
    const taken = this.#order.slice(this.position, this.position + count)
    this.position += taken.length
    return taken
  }

  async #accumulate(windows: readonly Packed[], onWindow?: () => Promise<void>): Promise<Outcome> {
    const { trainer } = this.#options
    const noisy = windows.map(({ samples, length }) => ({
      samples,
      length,
      noise: this.#noise(samples, length),
    }))
    const rows = await trainer.accumulateAll(noisy, onWindow)
    const tokens = windows.reduce((sum, { tokens: own }) => sum + own, 0)
    return { ...summaryOf(rows), count: lossTokensOf(windows.flatMap(({ samples }) => samples)), tokens }
  }

  async #prefer(batch: readonly number[], onWindow?: () => Promise<void>): Promise<Outcome> {
    const { trainer, settings, lessons } = this.#options
    this.#reference ??= createReference(trainer, lessons.length, settings)
    let [loss, right, tokens] = [0, 0, 0]
    for (const place of batch) {
      const lesson = lessonAt(lessons, place)
      const before = await this.#reference(place, lesson, onWindow)
      const margin = await marginOf(trainer, lesson, before, settings, onWindow)
      loss += preferenceLoss(margin)
      right += margin > 0 ? 1 : 0
      for (const { samples, length, tokens: own } of preferenceWindows(lesson, margin, settings)) {
        await trainer.accumulate(samples, length)
        tokens += own
        await onWindow?.()
      }
    }
    return { loss: loss / batch.length, accuracy: right / batch.length, count: batch.length, tokens }
  }

  /** Noise that grows as √(length × width) says. */
  #noise(samples: readonly Sample[], length: number): Float32Array | undefined {
    const { trainer, settings, random } = this.#options
    if (settings.noiseAlpha === 0) return undefined
    const { width } = trainer.places.shape
    const noise = new Float32Array(width * length)
    let at = 0
    for (const { tokens } of samples) {
      const size = settings.noiseAlpha / Math.sqrt(tokens.length * width)
      const end = at + tokens.length * width
      for (; at < end; at += 1) noise[at] = (random.next() * 2 - 1) * size
    }
    return noise
  }

  #refuse(step: number, loss: number): void {
    const mean = this.#mean === undefined ? loss : this.#mean + MEAN_SHARE * (loss - this.#mean)
    const hasExploded = this.#seen >= FIRST_STEPS && mean > this.#firstMean + EXPLODED_BY
    if (!Number.isFinite(loss) || hasExploded) {
      const figures = `The loss of step ${step} is ${loss.toFixed(3)}, its mean ${mean.toFixed(3)}`
      throw new Diverged(`${figures}; that of the first steps was ${this.#firstMean.toFixed(3)}.`)
    }
    this.#mean = mean
    this.#seen += 1
    if (this.#seen <= FIRST_STEPS) this.#firstMean += (loss - this.#firstMean) / this.#seen
  }
}

function lessonAt(lessons: Lessons, place: number): Lesson {
  const lesson = lessons.at(place)
  if (lesson === undefined) throw new RangeError('There is no such lesson.')
  return lesson
}

interface Measured {
  loss: number
  accuracy: number
}

interface Outcome extends Measured {
  /** The divisor of the summed gradient. */
  count: number
  tokens: number
}

function summaryOf(rows: readonly RowOutcome[]): Measured {
  const loss = -rows.reduce((sum, { logProbability }) => sum + logProbability, 0) / rows.length
  return { loss, accuracy: rows.filter(({ isRight }) => isRight).length / rows.length }
}
