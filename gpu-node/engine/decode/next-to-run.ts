import { MAX_TRIES_PER_TOKEN } from '../grammar/limits.ts'
import type { Generation } from './generation.ts'

/** Generations whose grammars may take a step longer than this one take turns: together they would hold up every stream. */
export const DEAR_TRIES = MAX_TRIES_PER_TOKEN / 4

type Costly = Pick<Generation, 'tries'>

const isDear = ({ tries }: Costly): boolean => tries > DEAR_TRIES

/**
 * Who of those that wait, in order of arrival, gets the next slot. One that is dear to sample waits until it fits beside those
 * that are so and run, and lets others pass meanwhile, but none of its kind. One alone always fits.
 */
export function nextToRun<T extends Costly>(
  waiting: readonly T[],
  running: readonly Costly[],
): T | undefined {
  const firstDear = waiting.find(isDear)
  const dear = running.filter(isDear)
  const tries = dear.reduce((sum, one) => sum + one.tries, 0)
  const fits = (one: T): boolean => dear.length === 0 || tries + one.tries <= MAX_TRIES_PER_TOKEN
  return waiting.find((one) => !isDear(one) || (one === firstDear && fits(one)))
}
