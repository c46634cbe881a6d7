import { type AttentionInput, drawAttention } from './attention.ts'
import { Derivatives, type SupportedDerivatives } from './derivatives.ts'
import type { Rotation, Sheet, Tensor } from './sheet.ts'
import type { Value } from './value.ts'

/** A low-rank change of a frozen matrix: `strength` times `up` times `down`. */
export interface LowRank {
  /** [inputs, rank]. */
  readonly down: Tensor
  /** [rank, outputs]. */
  readonly up: Tensor
  readonly strength: number
}

/** A frozen matrix. */
export interface Frozen {
  /** [inputs, outputs], of any type. */
  readonly matrix: Tensor
  /** [outputs, inputs], of a float type: gradients go back through it. Absent: nothing below it is trained. */
  readonly transposed: Tensor | undefined
}

type Back = (gradient: Tensor) => void

const constant = (tensor: Tensor): Value => ({ tensor, isTrained: false, gradient: undefined })

/**
 * Draws a forward pass, remembers its steps, and draws the backward pass by going back over them (reverse-mode automatic
 * differentiation). By hand and not by ggml: ggml multiplies by outer products (`OUT_PROD`), which is slow on a CPU, slower
 * with quantised weights, and missing on most GPUs. Here each gradient is a product of transposed operands: an ordinary
 * product, which every backend computes fast.
 */
export class Tape {
  readonly #sheet: Sheet
  readonly #derivatives: Derivatives
  #steps: { value: Value; back: Back }[] = []
  #transposed = new Map<Tensor, Tensor>()
  #isRecording: boolean
  /** Gradients of weights, summed over where they are used. */
  readonly weightGradients = new Map<Tensor, Tensor>()

  /** `isRecording` false: a forward pass alone. */
  constructor(sheet: Sheet, supported: SupportedDerivatives, isRecording: boolean) {
    this.#sheet = sheet
    this.#derivatives = new Derivatives(sheet, supported)
    this.#isRecording = isRecording
  }

  /** Something that is not trained: token embeddings, say. */
  constant(tensor: Tensor): Value {
    return constant(tensor)
  }

  add(a: Value, b: Value): Value {
    return this.#step(this.#sheet.add(a.tensor, b.tensor), [a, b], (gradient) => {
      this.#give(a, gradient)
      this.#give(b, gradient)
    })
  }

  /** Plus the same vector in each row, which is frozen unless `isTrained`. */
  bias(a: Value, bias: Tensor, isTrained = false): Value {
    return this.#step(
      this.#sheet.add(a.tensor, bias),
      [a],
      (gradient) => {
        if (isTrained) this.#giveWeight(bias, this.#derivatives.sumToRow(gradient))
        this.#give(a, gradient)
      },
      isTrained,
    )
  }

  scale(a: Value, factor: number): Value {
    const { scale } = this.#methods
    return this.#step(scale(a.tensor, factor), [a], (gradient) => this.#give(a, scale(gradient, factor)))
  }

  /** Each row divided by its root mean square, times `weights`, which are frozen unless `isTrained`. */
  rmsNorm(a: Value, weights: Tensor, epsilon: number, isTrained = false): Value {
    const sheet = this.#sheet
    const normed = sheet.rmsNorm(a.tensor, epsilon)
    return this.#step(
      sheet.multiply(normed, weights),
      [a],
      (gradient) => {
        if (isTrained) this.#giveWeight(weights, this.#derivatives.sumToRow(sheet.multiply(gradient, normed)))
        if (a.isTrained)
          this.#give(
            a,
            this.#derivatives.rmsNormBack(sheet.multiply(gradient, weights), a.tensor, normed, epsilon),
          )
      },
      isTrained,
    )
  }

  /** Through a frozen matrix. */
  frozen(a: Value, { matrix, transposed }: Frozen): Value {
    const { product } = this.#methods
    return this.#step(product(matrix, a.tensor), [a], (gradient) => {
      if (!a.isTrained) return
      if (transposed === undefined) throw new Error('A gradient reached a matrix without a transposed copy.')
      this.#give(a, product(transposed, gradient))
    })
  }

  /** Through a matrix of floats that is itself trained. */
  trained(a: Value, matrix: Tensor): Value {
    const { product } = this.#methods
    return this.#step(
      product(matrix, a.tensor),
      [a],
      (gradient) => {
        this.#giveWeight(matrix, product(this.#transpose(a.tensor), this.#transpose(gradient)))
        if (a.isTrained) this.#give(a, product(this.#transpose(matrix), gradient))
      },
      true,
    )
  }

  /** `output` of a frozen matrix for `a`, with the low-rank change of that matrix (arXiv 2106.09685). */
  lowRank(output: Value, a: Value, { down, up, strength }: LowRank): Value {
    const { product, scale } = this.#methods
    // Scaled where it is narrow: that is what least is to be done to.
    const narrow = scale(product(down, a.tensor), strength)
    const changed = this.#sheet.add(output.tensor, product(up, narrow))
    return this.#step(
      changed,
      [output, a],
      (gradient) => {
        this.#give(output, gradient)
        const narrowGradient = scale(product(this.#transpose(up), gradient), strength)
        this.#giveWeight(up, product(this.#transpose(narrow), this.#transpose(gradient)))
        this.#giveWeight(down, product(this.#transpose(a.tensor), this.#transpose(narrowGradient)))
        if (a.isTrained) this.#give(a, product(this.#transpose(down), narrowGradient))
      },
      true,
    )
  }

  /** The embeddings of `rows`, of a table that is trained. */
  embedded(table: Tensor, rows: Tensor): Value {
    return this.#step(
      this.#sheet.rowsOf(table, rows),
      [],
      (gradient) => this.#giveWeight(table, this.#sheet.rowsBack(gradient, rows, table)),
      true,
    )
  }

  /** Some rows of `a`; each is asked for at most once. */
  rows(a: Value, rows: Tensor): Value {
    return this.#step(this.#sheet.rowsOf(a.tensor, rows), [a], (gradient) => {
      this.#give(a, this.#derivatives.rowsBack(gradient, rows, a.tensor))
    })
  }

  /** The columns of each row in parts of these widths: one matrix computed several at once. All parts must be used. */
  split(a: Value, widths: readonly number[]): Value[] {
    const sheet = this.#sheet
    let from = 0
    const parts = widths.map((width) => {
      const part: Value = {
        isTrained: a.isTrained,
        tensor: sheet.copy(sheet.columns(a.tensor, from, width)),
        gradient: undefined,
      }
      from += width
      return part
    })
    const [first] = parts
    const join = () => {
      const gradients = parts.flatMap(({ gradient }) => gradient ?? [])
      if (gradients.length < parts.length) throw new Error('A part of a split matrix was not used.')
      this.#give(
        a,
        gradients.reduce((joined, gradient) => sheet.join(joined, gradient)),
      )
    }
    // Before every use of a part, and so behind them all on the way back.
    if (this.#isRecording && a.isTrained && first !== undefined)
      this.#steps.push({ value: first, back: join })
    return parts
  }

  /** [size × count, tokens] as [size, count, tokens]. */
  heads(a: Value, size: number, count: number): Value {
    const sheet = this.#sheet
    const [, tokens] = sheet.shapeOf(a.tensor)
    return this.#step(sheet.reshape(a.tensor, size, count, tokens), [a], (gradient) =>
      this.#give(a, sheet.reshape(gradient, size * count, tokens)),
    )
  }

  /** Rotary positions (arXiv 2104.09864). */
  rotate(a: Value, positions: Tensor, factors: Tensor | null, rotation: Rotation): Value {
    const sheet = this.#sheet
    return this.#step(sheet.rotate(a.tensor, positions, factors, rotation), [a], (gradient) =>
      this.#give(a, sheet.rotateBack(gradient, positions, factors, rotation)),
    )
  }

  /** SwiGLU's middle: `silu(gate) × up`. */
  siluGated(gate: Value, up: Value): Value {
    const sheet = this.#sheet
    const opened = sheet.silu(gate.tensor)
    return this.#step(sheet.multiply(opened, up.tensor), [gate, up], (gradient) => {
      this.#give(gate, this.#derivatives.siluBack(sheet.multiply(gradient, up.tensor), gate.tensor))
      this.#give(up, sheet.multiply(gradient, opened))
    })
  }

  /** GeGLU's middle: `gelu(gate) × up`, with the approximation by tanh. */
  geluGated(gate: Value, up: Value): Value {
    const sheet = this.#sheet
    const opened = sheet.gelu(gate.tensor)
    return this.#step(sheet.multiply(opened, up.tensor), [gate, up], (gradient) => {
      this.#give(gate, this.#derivatives.geluBack(sheet.multiply(gradient, up.tensor), gate.tensor))
      this.#give(up, sheet.multiply(gradient, opened))
    })
  }

  /** `cap × tanh(a / cap)`: no value beyond `cap`. */
  softCap(a: Value, cap: number): Value {
    const sheet = this.#sheet
    const bent = sheet.hyperbolicTangent(sheet.scale(a.tensor, 1 / cap))
    return this.#step(sheet.scale(bent, cap), [a], (gradient) =>
      this.#give(a, sheet.multiply(gradient, sheet.scale(sheet.square(bent), -1, 1))),
    )
  }

  /** Queries [size, queries, tokens], keys and values [size, keys, tokens] → [size × queries, tokens]. */
  attention(input: AttentionInput): Value {
    return drawAttention(
      {
        sheet: this.#sheet,
        derivatives: this.#derivatives,
        step: (tensor, inputs, back) => this.#step(tensor, inputs, back),
        give: (value, gradient) => this.#give(value, gradient),
        transpose: (tensor) => this.#transpose(tensor),
      },
      input,
    )
  }

  /**
   * A part of the forward pass of which only the input is kept: it is drawn once more for the backward pass (arXiv
   * 1604.06174). Costs a forward pass, saves all that is inside.
   */
  recomputed(a: Value, part: (input: Value) => Value): Value {
    if (!this.#isRecording) return part(a)
    this.#isRecording = false
    const output = part(constant(a.tensor))
    this.#isRecording = true
    return this.#step(
      output.tensor,
      [a],
      (gradient) => {
        const outer = { steps: this.#steps, transposed: this.#transposed }
        this.#steps = []
        this.#transposed = new Map()
        const input: Value = { tensor: a.tensor, isTrained: a.isTrained, gradient: undefined }
        const again = part(input)
        again.gradient = gradient
        this.#goBack()
        this.#steps = outer.steps
        this.#transposed = outer.transposed
        if (input.gradient !== undefined) this.#give(a, input.gradient)
      },
      true,
    )
  }

  /** A gradient of weights that the caller has drawn. */
  addWeightGradient(weight: Tensor, gradient: Tensor): void {
    this.#giveWeight(weight, gradient)
  }

  /** Draws the backward pass from a value whose gradient the caller knows; `weightGradients` hold its outcome. */
  backward(from: Value, gradient: Tensor): void {
    this.#give(from, gradient)
    this.#goBack()
  }

  get #methods() {
    const sheet = this.#sheet
    return {
      product: (a: Tensor, b: Tensor) => sheet.product(a, b),
      scale: (a: Tensor, factor: number) => sheet.scale(a, factor),
    }
  }

  #step(tensor: Tensor, inputs: readonly Value[], back: Back, isTrained = false): Value {
    const value: Value = {
      tensor,
      isTrained: isTrained || inputs.some((input) => input.isTrained),
      gradient: undefined,
    }
    if (this.#isRecording && value.isTrained) this.#steps.push({ value, back })
    return value
  }

  #goBack(): void {
    for (const { value, back } of this.#steps.toReversed()) {
      if (value.gradient !== undefined) back(value.gradient)
    }
  }

  #give(value: Value, gradient: Tensor): void {
    if (!value.isTrained) return
    value.gradient = value.gradient === undefined ? gradient : this.#sheet.add(value.gradient, gradient)
  }

  #giveWeight(weight: Tensor, gradient: Tensor): void {
    const before = this.weightGradients.get(weight)
    this.weightGradients.set(weight, before === undefined ? gradient : this.#sheet.add(before, gradient))
  }

  #transpose(tensor: Tensor): Tensor {
    const known = this.#transposed.get(tensor)
    if (known !== undefined) return known
    const made = this.#sheet.transposedFactor(tensor)
    this.#transposed.set(tensor, made)
    return made
  }
}
