import type { Sampling } from '../../shared/generation.ts'

/** The likeliest token each time. */
export const GREEDY: Sampling = {
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  frequencyPenalty: 0,
  presencePenalty: 0,
  seed: 1,
}

/** As the services ask for it where a caller says nothing, but for the seed. */
export const USUAL: Sampling = { ...GREEDY, temperature: 1, topK: 40, minP: 0.05, seed: 7 }
