import { type Packed, packBatch } from './packing.ts'
import type { Trainer } from './trainer.ts'
import type { Sample } from './window.ts'

/** Two answers to the same prompt; the first is preferred. */
export interface Preference {
  sample: Sample
  rejected?: Sample
}

/** The logarithms of the likelihoods of both answers. */
export type Likelihoods = readonly [preferred: number, rejected: number]

export interface PreferenceSettings {
  dpoBeta: number
  sequenceLength: number
}

/** Called behind each window; what it throws ends what is under way. */
type OnWindow = (() => Promise<void>) | undefined

async function likelihoods(
  trainer: Trainer,
  { sample, rejected }: Preference,
  { sequenceLength }: PreferenceSettings,
  purpose: 'evaluate' | 'plain',
  onWindow: OnWindow,
): Promise<Likelihoods> {
  if (rejected === undefined) throw new Error('A preference has two answers.')
  const sumOf = async (one: Sample): Promise<number> => {
    const [window] = packBatch([one], sequenceLength)
    const rows = window ? await trainer.evaluate([one], window.length, purpose) : []
    await onWindow?.()
    return rows.reduce((total, { logProbability }) => total + logProbability, 0)
  }
  return [await sumOf(sample), await sumOf(rejected)]
}

/** Likelihoods by the model as it was, of the lesson at a place. */
export type Reference = (place: number, lesson: Preference, onWindow?: OnWindow) => Promise<Likelihoods>

/** They never change: each is computed once, when it is asked for first. */
export function createReference(trainer: Trainer, lessons: number, settings: PreferenceSettings): Reference {
  const known = new Float64Array(2 * lessons).fill(Number.NaN)
  return async (place, lesson, onWindow) => {
    const own = known.subarray(2 * place, 2 * place + 2)
    if (own.some(Number.isNaN)) own.set(await likelihoods(trainer, lesson, settings, 'plain', onWindow))
    const [preferred = Number.NaN, rejected = Number.NaN] = own
    return [preferred, rejected]
  }
}

/** β × (the preferred answer's gain over the model as it was, less the rejected one's). */
export async function marginOf(
  trainer: Trainer,
  preference: Preference,
  before: Likelihoods,
  settings: PreferenceSettings,
  onWindow?: OnWindow,
): Promise<number> {
  const now = await likelihoods(trainer, preference, settings, 'evaluate', onWindow)
  return settings.dpoBeta * (now[0] - before[0] - (now[1] - before[1]))
}

/** The loss of a preference: −log σ of its margin. */
export const preferenceLoss = (margin: number): number => Math.log1p(Math.exp(-margin))

/**
 * Direct preference optimisation (arXiv 2305.18290) as weights of tokens: the loss −log σ(m) has the gradient −β σ(−m) along
 * the logarithm of each token of the preferred answer, and its opposite along those of the rejected one. So two ordinary
 * windows with these weights do it.
 */
export function preferenceWindows(
  { sample, rejected }: Preference,
  margin: number,
  { dpoBeta, sequenceLength }: PreferenceSettings,
): Packed[] {
  if (rejected === undefined) throw new Error('A preference has two answers.')
  const strength = dpoBeta / (1 + Math.exp(margin))
  const weighted = (one: Sample, factor: number): Sample => ({
    tokens: one.tokens,
    weights: one.weights.map((weight) => weight * factor),
  })
  return packBatch([weighted(sample, strength), weighted(rejected, -strength)], sequenceLength)
}
