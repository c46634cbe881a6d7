import type { Scored } from './fusion.ts'
import { addStored, toUnit } from './vector-codes.ts'

/**
 * Passages found first that a question is moved towards, and how far: so it asks for what they have in common, also where it
 * has other words for it (Rocchio 1971, without judgements). Chosen on every second question of Cranfield and XQuAD, and no
 * worse on the others.
 */
export const FEEDBACK_PASSAGES = 5
const FEEDBACK = 1.5

/** A question's vector, moved towards passages, the better ones more. Undefined where it would have no direction. */
export function movedTowards(
  question: Float32Array,
  found: readonly Scored[],
  storedOf: (id: number) => Uint8Array<ArrayBuffer> | undefined,
): Float32Array<ArrayBuffer> | undefined {
  const sum = new Float32Array(question.length)
  for (const { id, score } of found) {
    const stored = storedOf(id)
    if (stored) addStored(sum, stored, score)
  }
  const towards = toUnit(sum)
  return towards && toUnit(towards.map((value, at) => FEEDBACK * value + (question[at] ?? 0)))
}
