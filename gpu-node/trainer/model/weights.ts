import { GgmlType, type GgufFileInfo, type GgufTensorInfo } from 'node-llama-cpp'
import type { Ggml } from '../ggml/library.ts'
import { Type } from '../ggml/signatures.ts'
import type { Tensor } from '../graph/sheet.ts'
import { Untrainable } from './metadata.ts'

/** Types of weights that every backend multiplies with. */
const TYPES: ReadonlySet<number> = new Set([
  GgmlType.F32,
  GgmlType.F16,
  GgmlType.BF16,
  GgmlType.Q4_0,
  GgmlType.Q4_1,
  GgmlType.Q5_0,
  GgmlType.Q5_1,
  GgmlType.Q8_0,
  GgmlType.Q2_K,
  GgmlType.Q3_K,
  GgmlType.Q4_K,
  GgmlType.Q5_K,
  GgmlType.Q6_K,
  GgmlType.IQ4_NL,
  GgmlType.IQ4_XS,
])

/** A vector or a matrix. */
const MAX_DIMENSIONS = 2

/** The memory of a weight, in the forms that graphs take it in. */
export interface Placed {
  /** As in the file. */
  plain?: Tensor
  /** As a device multiplies with it fastest. */
  packed?: Tensor
  transposed?: Tensor
}

/** A tensor of the model's file. It has no memory until it is placed. */
export class Weight {
  readonly name: string
  /** A number of `ggml_type`. */
  readonly type: number
  /** The length of a row, and how many. */
  readonly shape: readonly [number, number]
  /** Which of the model's files, counted from 0, and where it lies there. */
  readonly source: { part: number; offset: number; bytes: number }
  #placed: Placed = {}

  constructor({ name, type, shape, source }: Pick<Weight, 'name' | 'type' | 'shape' | 'source'>) {
    this.name = name
    this.type = type
    this.shape = shape
    this.source = source
  }

  place(more: Placed): void {
    this.#placed = { ...this.#placed, ...more }
  }

  get isPlain(): boolean {
    return this.#placed.plain !== undefined
  }

  get packed(): Tensor | undefined {
    return this.#placed.packed
  }

  /** As in the file: its numbers can be looked up. */
  get tensor(): Tensor {
    const { plain } = this.#placed
    if (plain === undefined) throw new Error(`"${this.name}" is not in memory as it is in the file.`)
    return plain
  }

  /** To be multiplied with. */
  get factor(): Tensor {
    return this.packed ?? this.tensor
  }

  /** Through which gradients go back; undefined where no copy is kept. */
  get transposed(): Tensor | undefined {
    return this.#placed.transposed
  }
}

/** The content of a model's file. */
export class Weights {
  readonly #weights: ReadonlyMap<string, Weight>
  readonly #taken = new Set<Weight>()

  constructor(weights: readonly Weight[]) {
    this.#weights = new Map(weights.map((weight) => [weight.name, weight]))
  }

  /** All that were taken. */
  get taken(): readonly Weight[] {
    return [...this.#taken]
  }

  /** A weight that a graph needs. Throws `Untrainable` when the file lacks it, or has it in another shape. */
  take(name: string, shape: readonly number[]): Weight {
    const weight = this.takeIfThere(name, shape)
    if (weight === undefined) throw new Untrainable(`The model's file lacks the tensor "${name}".`)
    return weight
  }

  /** The same, where a file may lack it. */
  takeIfThere(name: string, [row, rows = 1]: readonly number[]): Weight | undefined {
    const weight = this.#weights.get(name)
    if (weight === undefined) return undefined
    if (weight.shape[0] !== row || weight.shape[1] !== rows) {
      throw new Untrainable(
        `The tensor "${name}" is ${weight.shape.join(' × ')} and not ${row} × ${rows}, as the model's metadata says.`,
      )
    }
    this.#taken.add(weight)
    return weight
  }

  /** Names of tensors that nobody took. */
  unused(): string[] {
    return [...this.#weights.values()].filter((weight) => !this.#taken.has(weight)).map(({ name }) => name)
  }
}

/**
 * The weights of a model by its file's header. Types and shapes are checked before anything is given to ggml, which would end
 * the process over them. Throws `Untrainable` in a sentence that names the tensor.
 */
export function describeWeights(ggml: Ggml, { fullTensorInfo = [] }: GgufFileInfo): Weights {
  return new Weights(fullTensorInfo.map((tensor) => describe(ggml, tensor)))
}

function describe(ggml: Ggml, tensor: GgufTensorInfo): Weight {
  const { name, ggmlType: type } = tensor
  const [row = 0, rows = 1, ...rest] = tensor.dimensions.map(Number)
  const isPlain = tensor.dimensions.length <= MAX_DIMENSIONS || rest.every((length) => length === 1)
  if (!TYPES.has(type) || !isPlain || !Number.isSafeInteger(row * rows) || row < 1 || rows < 1)
    throw new Untrainable(
      `The tensor "${name}" is of a type or a shape that cannot be trained with.`,
      'precision',
    )
  if (row % ggml.ggml_blck_size(type) !== 0)
    throw new Untrainable(`The tensor "${name}" has rows of a broken length.`)
  const bytes = ggml.ggml_row_size(type, row) * rows
  const source = { part: tensor.filePart - 1, offset: Number(tensor.fileOffset), bytes }
  return new Weight({ name, type, shape: [row, rows], source })
}

/** Whether every weight is kept in 32 bits, so that all of them can be trained. */
export const areFloats = (weights: readonly Weight[]): boolean =>
  weights.every(({ type }) => type === Type.F32)
