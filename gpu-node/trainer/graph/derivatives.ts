import type { Sheet, Tensor } from './sheet.ts'

/** Derivatives that the devices compute by themselves; the others are written in terms of forward operations. */
export interface SupportedDerivatives {
  rmsNorm: boolean
  softMax: boolean
  silu: boolean
  rows: boolean
}

/** Gradients of what has one that takes more than a line. */
export class Derivatives {
  readonly #sheet: Sheet
  readonly #supported: SupportedDerivatives

  constructor(sheet: Sheet, supported: SupportedDerivatives) {
    this.#sheet = sheet
    this.#supported = supported
  }

  /** All rows added up. */
  sumToRow(a: Tensor): Tensor {
    const sheet = this.#sheet
    const [row, ...others] = sheet.shapeOf(a)
    const flat = sheet.reshape(
      a,
      row,
      others.reduce((product, length) => product * length, 1),
    )
    return sheet.reshape(sheet.sumRows(sheet.transposed(flat)), row, 1)
  }

  /** Of dividing each row by its root mean square. */
  rmsNormBack(gradient: Tensor, a: Tensor, normed: Tensor, epsilon: number): Tensor {
    const sheet = this.#sheet
    if (this.#supported.rmsNorm) return sheet.rmsNormBack(gradient, a, epsilon)
    const [row] = sheet.shapeOf(a)
    const along = sheet.scale(sheet.sumRows(sheet.multiply(gradient, normed)), 1 / row)
    const root = sheet.squareRoot(sheet.scale(sheet.sumRows(sheet.square(a)), 1 / row, epsilon))
    return sheet.divide(sheet.subtract(gradient, sheet.multiply(normed, along)), root)
  }

  /** Of the softmax of scaled scores. */
  softMaxBack(gradient: Tensor, probabilities: Tensor, scale: number): Tensor {
    const sheet = this.#sheet
    if (this.#supported.softMax) return sheet.softMaxBack(gradient, probabilities, scale)
    const mean = sheet.sumRows(sheet.multiply(probabilities, gradient))
    return sheet.scale(sheet.multiply(probabilities, sheet.subtract(gradient, mean)), scale)
  }

  /** Of `a × sigmoid(a)`. */
  siluBack(gradient: Tensor, a: Tensor): Tensor {
    const sheet = this.#sheet
    if (this.#supported.silu) return sheet.siluBack(gradient, a)
    const gate = sheet.sigmoid(a)
    const slope = sheet.multiply(gate, sheet.scale(sheet.multiply(a, sheet.scale(gate, -1, 1)), 1, 1))
    return sheet.multiply(gradient, slope)
  }

  /** Of `0.5 a (1 + tanh(√(2/π) (a + 0.044715 a³)))`. */
  geluBack(gradient: Tensor, a: Tensor): Tensor {
    const sheet = this.#sheet
    const root = Math.sqrt(2 / Math.PI)
    const cubic = 0.044715
    const squared = sheet.square(a)
    const bent = sheet.hyperbolicTangent(sheet.multiply(a, sheet.scale(squared, root * cubic, root)))
    const inner = sheet.scale(squared, 3 * cubic * root, root)
    const steep = sheet.multiply(a, sheet.multiply(sheet.scale(sheet.square(bent), -0.5, 0.5), inner))
    return sheet.multiply(gradient, sheet.add(sheet.scale(bent, 0.5, 0.5), steep))
  }

  /** Of taking some rows, each at most once. */
  rowsBack(gradient: Tensor, rows: Tensor, like: Tensor): Tensor {
    const sheet = this.#sheet
    if (this.#supported.rows) return sheet.rowsBack(gradient, rows, like)
    return sheet.setRows(sheet.scale(like, 0), gradient, rows)
  }
}
