import type { Sheet, Tensor } from '../graph/sheet.ts'

/** The share of the running mean that a step keeps. */
const MOMENTUM = 0.95

/** Newton and Schulz: so many rounds of x ↦ ax + bx³ + cx⁵ bring all singular values near 1, by products alone. */
const ROUNDS = 5
const [LINEAR, CUBIC, QUINTIC] = [3.4445, -4.775, 2.0315]

/** Changes are as large as AdamW's usually are, so that one rate and one decay fit both (arXiv 2502.16982). */
const USUAL_CHANGE = 0.2

/** Keeps a gradient of zeros from being divided by its length. */
const LEAST_SQUARE = 1e-20

/** Nodes that `drawMuon` adds at most. */
export const MUON_NODES = 24 + ROUNDS * 15

export interface MuonInput {
  /** The matrix that changes, … */
  weights: Tensor
  /** … its gradient, … */
  gradient: Tensor
  /** … and the running mean of its gradients. */
  mean: Tensor
  /** F32 [1]: minus the learning rate. */
  negativeRate: Tensor
  /** F32 [1]: what is left of the weights before they change. */
  kept: Tensor
}

/**
 * Draws a step of Muon (Jordan 2024): the mean gradient of a matrix is made orthogonal, so that every direction of it is
 * learned equally fast and not the loudest alone. Small models learn in half the tokens that AdamW takes.
 */
export function drawMuon(
  sheet: Sheet,
  compute: (tensor: Tensor) => void,
  { weights, gradient, mean, negativeRate, kept }: MuonInput,
): void {
  const [inputs, outputs] = sheet.shapeOf(weights)
  const newMean = sheet.add(sheet.scale(mean, MOMENTUM), gradient)
  const ahead = sheet.add(gradient, sheet.scale(newMean, MOMENTUM))
  compute(sheet.copyInto(newMean, mean))
  const length = sheet.squareRoot(sheet.scale(sheet.sum(sheet.square(ahead)), 1, LEAST_SQUARE))
  // The products are over the shorter side.
  const isTurned = outputs > inputs
  let x = sheet.divide(isTurned ? sheet.transposed(ahead) : ahead, length)
  for (let round = 0; round < ROUNDS; round += 1) {
    const once = sheet.product(x, x)
    const twice = sheet.product(once, once)
    const mixed = sheet.add(sheet.scale(once, CUBIC), sheet.scale(twice, QUINTIC))
    x = sheet.add(sheet.scale(x, LINEAR), sheet.product(sheet.transposedFactor(x), mixed))
  }
  const change = sheet.scale(
    isTurned ? sheet.transposed(x) : x,
    USUAL_CHANGE * Math.sqrt(Math.max(inputs, outputs)),
  )
  const changed = sheet.add(sheet.multiply(weights, kept), sheet.multiply(change, negativeRate))
  compute(sheet.copyInto(changed, weights))
}
