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

async function likelihoods(
  trainer: Trainer,
  { sample, rejected }: Preference,
  { sequenceLength }: PreferenceSettings,
  purpose: 'evaluate' | 'plain',
): Promise<Likelihoods> {
  if (rejected === undefined) throw new Error('A preference has two answers.')
  const sumOf = async (one: Sample): Promise<number> => {
    const [window] = packBatch([one], sequenceLength)
    const rows = window ? await trainer.evaluate([one], window.length, purpose) : []
    return rows.reduce((total, { logProbability }) => total + logProbability, 0)
  }
  return [await sumOf(sample), await sumOf(rejected)]
}

/** Likelihoods by the model as it was, of the lesson at a place. */
export type Reference = (place: number, lesson: Preference) => Promise<Likelihoods>

/** They never change: each is computed once, when it is asked for first. */
export function createReference(trainer: Trainer, lessons: number, settings: PreferenceSettings): Reference {
  const known = new Float64Array(2 * lessons).fill(Number.NaN)
  return async (place, lesson) => {
    const own = known.subarray(2 * place, 2 * place + 2)
    if (own.some(Number.isNaN)) own.set(await likelihoods(trainer, lesson, settings, 'plain'))
    const [preferred = Number.NaN, rejected = Number.NaN] = own
    return [preferred, rejected]
  }
}

/**
 * Direct preference optimisation (arXiv 2305.18290) as weights of tokens: with m = β × (the preferred answer's gain over the
 * model as it was, less the rejected one's), the loss −log σ(m) has the gradient −β σ(−m) along the logarithm of each token of
 * the preferred answer, and its opposite along those of the rejected one. So two ordinary windows with these weights do it.
 */
export async function preferenceWindows(
  trainer: Trainer,
  preference: Preference,
  before: Likelihoods,
  settings: PreferenceSettings,
): Promise<{ margin: number; windows: Packed[] }> {
  const { sample, rejected } = preference
  if (rejected === undefined) throw new Error('A preference has two answers.')
  const now = await likelihoods(trainer, preference, settings, 'evaluate')
  const { dpoBeta: beta, sequenceLength } = settings
  const margin = beta * (now[0] - before[0] - (now[1] - before[1]))
  const strength = beta / (1 + Math.exp(margin))
  const weighted = (one: Sample, factor: number): Sample => ({
    tokens: one.tokens,
    weights: one.weights.map((weight) => weight * factor),
  })
  return {
    margin,
    windows: packBatch([weighted(sample, strength), weighted(rejected, -strength)], sequenceLength),
  }
}
