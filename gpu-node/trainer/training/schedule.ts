/** How the learning rate goes after its warm-up. */
export type Decay = 'cosine' | 'linear' | 'constant'

export interface Schedule {
  peak: number
  decay: Decay
  /** Steps in which the rate rises evenly to its peak. */
  warmupSteps: number
  totalSteps: number
}

/** The learning rate of a step, counted from 0. Decays towards 0 behind the last step. */
export function learningRateAt({ peak, decay, warmupSteps, totalSteps }: Schedule, step: number): number {
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps
  const left = Math.max(1, totalSteps - warmupSteps)
  const done = Math.min(1, (step - warmupSteps) / left)
  switch (decay) {
    case 'constant':
      return peak
    case 'linear':
      return peak * (1 - done)
    case 'cosine':
      return (peak * (1 + Math.cos(Math.PI * done))) / 2
    default:
      return decay satisfies never
  }
}
