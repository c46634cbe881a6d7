import type { Tensor } from './sheet.ts'

/** A tensor of the forward pass, and the gradient that has come back to it so far. */
export interface Value {
  readonly tensor: Tensor
  readonly isTrained: boolean
  gradient: Tensor | undefined
}
