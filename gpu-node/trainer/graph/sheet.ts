import type { Ggml } from '../ggml/library.ts'
import { type Pointer, Type } from '../ggml/signatures.ts'

/** A tensor of ggml. */
export type Tensor = Pointer

/** How positions are turned into rotations: what `ggml_rope_ext` takes besides its input, positions and factors. */
export interface Rotation {
  dimensions: number
  /** 0 turns neighbours (llama), 2 turns halves (NeoX). */
  mode: number
  originalContext: number
  base: number
  scale: number
  /** YaRN's mix of stretched and plain angles: 1 or 0. */
  extension: number
  attention: number
  betaFast: number
  betaSlow: number
}

/** `GGML_PREC_F32`: products are summed in 32 bits also where a GPU would take 16. */
const PRECISE = 10

/** Bytes of an F32. */
export const FLOAT_BYTES = 4
const BF16_BYTES = 2

/**
 * How factors are multiplied. `BF16`: rounded to 16 bits, of the range of F32; products are summed in 32. Where a processor
 * has instructions for it that is about twice as fast; weights, gradients and all that is added stay F32 (arXiv 1905.12322).
 */
export type Factors = 'F32' | 'BF16'

/** The operations of ggml on one context. Nothing is computed here: each adds a node to the graph that is being drawn. */
export class Sheet {
  readonly #ggml: Ggml
  readonly #context: Pointer
  readonly #isNarrow: boolean
  /** The rounded copy of each factor, made once a graph. */
  readonly #narrowed = new Map<Tensor, Tensor>()

  constructor(ggml: Ggml, context: Pointer, factors: Factors = 'F32') {
    this.#ggml = ggml
    this.#context = context
    this.#isNarrow = factors === 'BF16'
  }

  shapeOf(tensor: Tensor): [number, number, number, number] {
    return this.#ggml.shapeOf(tensor)
  }

  add(a: Tensor, b: Tensor): Tensor {
    return this.#ggml.ggml_add(this.#context, a, b)
  }
  addInPlace(sum: Tensor, more: Tensor): Tensor {
    return this.#ggml.ggml_add_inplace(this.#context, sum, more)
  }
  subtract(a: Tensor, b: Tensor): Tensor {
    return this.#ggml.ggml_sub(this.#context, a, b)
  }
  multiply(a: Tensor, b: Tensor): Tensor {
    return this.#ggml.ggml_mul(this.#context, a, b)
  }
  divide(a: Tensor, b: Tensor): Tensor {
    return this.#ggml.ggml_div(this.#context, a, b)
  }
  scale(a: Tensor, factor: number, bias = 0): Tensor {
    return bias === 0
      ? this.#ggml.ggml_scale(this.#context, a, factor)
      : this.#ggml.ggml_scale_bias(this.#context, a, factor, bias)
  }
  square(a: Tensor): Tensor {
    return this.#ggml.ggml_sqr(this.#context, a)
  }
  squareRoot(a: Tensor): Tensor {
    return this.#ggml.ggml_sqrt(this.#context, a)
  }
  logarithm(a: Tensor): Tensor {
    return this.#ggml.ggml_log(this.#context, a)
  }
  hyperbolicTangent(a: Tensor): Tensor {
    return this.#ggml.ggml_tanh(this.#context, a)
  }
  sigmoid(a: Tensor): Tensor {
    return this.#ggml.ggml_sigmoid(this.#context, a)
  }
  silu(a: Tensor): Tensor {
    return this.#ggml.ggml_silu(this.#context, a)
  }
  siluBack(gradient: Tensor, a: Tensor): Tensor {
    return this.#ggml.ggml_silu_back(this.#context, gradient, a)
  }
  gelu(a: Tensor): Tensor {
    return this.#ggml.ggml_gelu(this.#context, a)
  }
  sum(a: Tensor): Tensor {
    return this.#ggml.ggml_sum(this.#context, a)
  }
  sumRows(a: Tensor): Tensor {
    return this.#ggml.ggml_sum_rows(this.#context, a)
  }
  /** `a` transposed, times `b`: ggml's product, over the rows of both. */
  product(a: Tensor, b: Tensor): Tensor {
    const product = this.#ggml.ggml_mul_mat(this.#context, this.#factor(a), b)
    this.#ggml.ggml_mul_mat_set_prec(product, PRECISE)
    return product
  }
  /** ggml rounds the second factor as the first one is. */
  #factor(a: Tensor): Tensor {
    if (!this.#isNarrow || this.#ggml.typeOf(a) !== Type.F32) return a
    const made = this.#narrowed.get(a) ?? this.#ggml.ggml_cast(this.#context, a, Type.BF16)
    this.#narrowed.set(a, made)
    return made
  }
  rmsNorm(a: Tensor, epsilon: number): Tensor {
    return this.#ggml.ggml_rms_norm(this.#context, a, epsilon)
  }
  rmsNormBack(gradient: Tensor, a: Tensor, epsilon: number): Tensor {
    return this.#ggml.ggml_rms_norm_back(this.#context, gradient, a, epsilon)
  }
  softMax(a: Tensor): Tensor {
    return this.#ggml.ggml_soft_max(this.#context, a)
  }
  maskedSoftMax(a: Tensor, mask: Tensor, scale: number): Tensor {
    return this.#ggml.ggml_soft_max_ext(this.#context, a, mask, scale, 0)
  }
  softMaxBack(gradient: Tensor, probabilities: Tensor, scale: number): Tensor {
    return this.#ggml.ggml_soft_max_ext_back(this.#context, gradient, probabilities, scale, 0)
  }
  rotate(a: Tensor, positions: Tensor, factors: Tensor | null, rotation: Rotation): Tensor {
    const { dimensions, mode, originalContext, base, scale, extension, attention, betaFast, betaSlow } =
      rotation
    const angles = [base, scale, extension, attention, betaFast, betaSlow] as const
    return this.#ggml.ggml_rope_ext(
      this.#context,
      ...[a, positions, factors],
      ...[dimensions, mode, originalContext],
      ...angles,
    )
  }
  rotateBack(gradient: Tensor, positions: Tensor, factors: Tensor | null, rotation: Rotation): Tensor {
    const { dimensions, mode, originalContext, base, scale, extension, attention, betaFast, betaSlow } =
      rotation
    const angles = [base, scale, extension, attention, betaFast, betaSlow] as const
    return this.#ggml.ggml_rope_ext_back(
      this.#context,
      ...[gradient, positions, factors],
      ...[dimensions, mode, originalContext],
      ...angles,
    )
  }
  rowsOf(a: Tensor, rows: Tensor): Tensor {
    return this.#ggml.ggml_get_rows(this.#context, a, rows)
  }
  rowsBack(gradient: Tensor, rows: Tensor, like: Tensor): Tensor {
    return this.#ggml.ggml_get_rows_back(this.#context, gradient, rows, like)
  }
  setRows(into: Tensor, values: Tensor, rows: Tensor): Tensor {
    return this.#ggml.ggml_set_rows(this.#context, into, values, rows)
  }
  /** Rows made longer: those of `b` behind those of `a`. */
  join(a: Tensor, b: Tensor): Tensor {
    return this.#ggml.ggml_concat(this.#context, a, b, 0)
  }
  /** More rows: those of `b` behind those of `a`. */
  stack(a: Tensor, b: Tensor): Tensor {
    return this.#ggml.ggml_concat(this.#context, a, b, 1)
  }
  /** The place of each row's largest number. */
  largest(a: Tensor): Tensor {
    return this.#ggml.ggml_argmax(this.#context, a)
  }
  reshape(a: Tensor, row: number, rows: number, planes?: number): Tensor {
    return planes === undefined
      ? this.#ggml.ggml_reshape_2d(this.#context, a, row, rows)
      : this.#ggml.ggml_reshape_3d(this.#context, a, row, rows, planes)
  }
  /** A matrix in the memory of another, its rows `rowBytes` apart, `offset` bytes behind its beginning. */
  view(a: Tensor, row: number, rows: number, rowBytes: number, offset: number): Tensor {
    return this.#ggml.ggml_view_2d(this.#context, a, row, rows, rowBytes, offset)
  }
  /** Columns `from` and following of each row, of a matrix of F32. */
  columns(a: Tensor, from: number, count: number): Tensor {
    const [row, rows] = this.shapeOf(a)
    return this.view(a, count, rows, row * FLOAT_BYTES, from * FLOAT_BYTES)
  }
  /** Rows `from` and following, of a matrix of F32. */
  rowRange(a: Tensor, from: number, count: number): Tensor {
    const [row] = this.shapeOf(a)
    const rowBytes = row * FLOAT_BYTES
    return this.view(a, row, count, rowBytes, from * rowBytes)
  }
  /** Every `step`th plane from the `from`th on, of F32. */
  everyPlane(a: Tensor, from: number, step: number, count: number): Tensor {
    const [row, rows] = this.shapeOf(a)
    const rowBytes = row * FLOAT_BYTES
    const planeBytes = rowBytes * rows
    return this.view3(a, [row, rows, count], [rowBytes, planeBytes * step], planeBytes * from)
  }
  /** Planes `from` and following, of F32 whose rows and planes lie behind each other. */
  planes(a: Tensor, from: number, count: number): Tensor {
    const [row, rows] = this.shapeOf(a)
    const rowBytes = row * FLOAT_BYTES
    const planeBytes = rowBytes * rows
    return this.view3(a, [row, rows, count], [rowBytes, planeBytes], from * planeBytes)
  }
  /** The first columns of each row, in all planes. */
  firstColumns(a: Tensor, count: number): Tensor {
    const [row, rows, planes] = this.shapeOf(a)
    const rowBytes = row * (this.#ggml.typeOf(a) === Type.BF16 ? BF16_BYTES : FLOAT_BYTES)
    return this.view3(a, [count, rows, planes], [rowBytes, rowBytes * rows], 0)
  }
  /** Rows `from` and following, in all planes. */
  middleRows(a: Tensor, from: number, count: number): Tensor {
    const [row, rows, planes] = this.shapeOf(a)
    const rowBytes = row * FLOAT_BYTES
    return this.view3(a, [row, count, planes], [rowBytes, rowBytes * rows], from * rowBytes)
  }
  view3(
    a: Tensor,
    shape: readonly [number, number, number],
    steps: readonly [number, number],
    offset: number,
  ): Tensor {
    return this.#ggml.ggml_view_3d(this.#context, ...([a, ...shape, ...steps, offset] as const))
  }
  permute(a: Tensor, axes: readonly [number, number, number, number]): Tensor {
    return this.#ggml.ggml_permute(this.#context, a, ...axes)
  }
  /** `a` in memory as its shape says. */
  copy(a: Tensor): Tensor {
    return this.#ggml.ggml_cont(this.#context, a)
  }
  copyAs(a: Tensor, row: number, rows: number): Tensor {
    return this.#ggml.ggml_cont_2d(this.#context, a, row, rows)
  }
  transposed(a: Tensor): Tensor {
    return this.copy(this.#ggml.ggml_transpose(this.#context, a))
  }
  /** The same for a factor of a product. */
  transposedFactor(a: Tensor): Tensor {
    if (!this.#isNarrow) return this.transposed(a)
    return this.#ggml.ggml_cast(this.#context, this.#ggml.ggml_transpose(this.#context, a), Type.BF16)
  }
  asFloats(a: Tensor): Tensor {
    return this.#ggml.ggml_cast(this.#context, a, Type.F32)
  }
  copyInto(from: Tensor, into: Tensor): Tensor {
    return this.#ggml.ggml_cpy(this.#context, from, into)
  }
  adamW(weights: Tensor, gradient: Tensor, mean: Tensor, variance: Tensor, parameters: Tensor): Tensor {
    return this.#ggml.ggml_opt_step_adamw(this.#context, weights, gradient, mean, variance, parameters)
  }
}
