import { type Packed, packBatch } from './packing.ts'
import type { Trainer } from './trainer.ts'
import type { Sample } from './window.ts'

/** Two answers to the same prompt; the first is preferred. */
export interface Preference {
  sample: Sample
  rejected?: Sample
}

/**
 * Direct preference optimisation (arXiv 2305.18290) as weights of tokens: with m = β × (the preferred answer's gain over the
 * model as it was, less the rejected one's), the loss −log σ(m) has the gradient −β σ(−m) along the logarithm of each token of
 * the preferred answer, and its opposite along those of the rejected one. So two ordinary windows with these weights do it.
 */
export async function preferenceWindows(
  trainer: Trainer,
  { sample, rejected }: Preference,
  { dpoBeta: beta, sequenceLength }: { dpoBeta: number; sequenceLength: number },
): Promise<{ margin: number; windows: Packed[] }> {
  if (rejected === undefined) throw new Error('A preference has two answers.')
  const gain = async (one: Sample): Promise<number> => {
    const [window] = packBatch([one], sequenceLength)
    if (window === undefined) return 0
    const sum = async (purpose: 'evaluate' | 'plain') =>
      (await trainer.evaluate([one], window.length, purpose)).reduce(
        (total, { logProbability }) => total + logProbability,
        0,
      )
    return (await sum('evaluate')) - (await sum('plain'))
  }
  const margin = beta * ((await gain(sample)) - (await gain(rejected)))
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
