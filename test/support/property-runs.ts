import { inject } from 'vitest'

/** Another one with each commit, and the same in all runs of it: together, runs see more than one fixed seed would show. */
export const SEED = inject('propertySeed')

/** How often a property is tried: a few times in every run, and `many` in `npm run test:long`. */
export const timesOf = (few: number, many: number): number => (inject('isLongRun') ? many : few)
