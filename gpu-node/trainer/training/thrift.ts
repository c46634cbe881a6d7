import { z } from 'zod'

/** How memory is used: what is computed again does not have to be kept. */
export const Thrift = z.object({
  /** Transposed copies of frozen weights are kept and not made anew each time. */
  keepsTransposed: z.boolean(),
  /** Layers keep only their input for the way back, and are computed twice. */
  recomputes: z.boolean(),
})
export type Thrift = z.infer<typeof Thrift>

/** How a model is loaded, and the memory that training it takes, its process included. */
export const Reckoned = z.object({ thrift: Thrift, memoryMiB: z.int().positive() })
export type Reckoned = z.infer<typeof Reckoned>

/** From the fastest to the most thrifty. */
export const THRIFTS: readonly Thrift[] = [
  { keepsTransposed: true, recomputes: false },
  { keepsTransposed: true, recomputes: true },
  { keepsTransposed: false, recomputes: true },
]

const placeOf = ({ keepsTransposed, recomputes }: Thrift): number =>
  THRIFTS.findIndex((each) => each.keepsTransposed === keepsTransposed && each.recomputes === recomputes)

/** As it was before, where that takes less than what was reckoned; the same otherwise. */
export const thriftyAsBefore = (reckoned: Reckoned, before: Thrift | undefined): Reckoned =>
  before !== undefined && placeOf(before) > placeOf(reckoned.thrift)
    ? { ...reckoned, thrift: before }
    : reckoned

/** Training would take more memory than it may. */
export class OutOfMemory extends Error {
  readonly neededMiB: number
  readonly availableMiB: number

  constructor(neededMiB: number, availableMiB: number) {
    super(
      `Training this model takes ${neededMiB} MiB at least, and ${availableMiB} MiB may be taken; shorter sequences or a lower rank take less.`,
    )
    this.neededMiB = neededMiB
    this.availableMiB = availableMiB
  }
}
