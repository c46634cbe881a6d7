import { open, stat } from 'node:fs/promises'
import { GgmlType, type GgufFileInfo, type GgufTensorInfo } from 'node-llama-cpp'
import { partsOf } from '../../model-files/parts.ts'
import type { Backends } from '../ggml/backends.ts'
import type { Ggml } from '../ggml/library.ts'
import { allocate, openContext, write } from '../ggml/memory.ts'
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

/** A file is read in pieces of so many bytes. */
const PIECE_BYTES = 16 * 1024 * 1024

/** A vector or a matrix. */
const MAX_DIMENSIONS = 2

/** A tensor of the model's file, in memory. */
export interface Weight {
  readonly name: string
  readonly tensor: Tensor
  /** A number of `ggml_type`. */
  readonly type: number
  /** The length of a row, and how many. */
  readonly shape: readonly [number, number]
}

/** A model's weights on the device that computes. */
export interface Weights {
  /** A weight that a graph needs. Throws `Untrainable` when the file lacks it, or has it in another shape. */
  take(name: string, shape: readonly number[]): Weight
  /** The same, where a file may lack it. */
  takeIfThere(name: string, shape: readonly number[]): Weight | undefined
  /** All that were taken. */
  readonly taken: readonly Weight[]
  /** Names of tensors that nobody took. */
  unused(): string[]
  readonly bytes: number
  close(): void
}

interface Described extends Weight {
  part: number
  fileOffset: number
  bytes: number
}

/**
 * Loads the weights of a model. Types, shapes and places are checked before anything is given to ggml, which would end the
 * process over them. Throws `Untrainable` in a sentence that names the tensor. `isDry`: their numbers are not needed.
 */
export async function loadWeights(
  ggml: Ggml,
  backends: Backends,
  { path, info, isDry = false }: { path: string; info: GgufFileInfo; isDry?: boolean },
): Promise<Weights> {
  const infos = info.fullTensorInfo ?? []
  const context = openContext(ggml, infos.length)
  const weights = infos.map((tensor) => describe(ggml, context, tensor))
  const store = allocate(ggml, context, backends.primary)
  try {
    if (!isDry) await readAll(ggml, weights, partsOf(path))
  } catch (thrown) {
    store.close()
    throw thrown
  }
  return new LoadedWeights(weights, store)
}

class LoadedWeights implements Weights {
  readonly #weights: ReadonlyMap<string, Weight>
  readonly #taken = new Map<string, Weight>()
  readonly #store: { bytes: number; close: () => void }

  constructor(weights: readonly Weight[], store: { bytes: number; close: () => void }) {
    this.#weights = new Map(weights.map((weight) => [weight.name, weight]))
    this.#store = store
  }

  get bytes(): number {
    return this.#store.bytes
  }

  get taken(): readonly Weight[] {
    return [...this.#taken.values()]
  }

  take(name: string, shape: readonly number[]): Weight {
    const weight = this.takeIfThere(name, shape)
    if (weight === undefined) throw new Untrainable(`The model's file lacks the tensor "${name}".`)
    return weight
  }

  takeIfThere(name: string, [row, rows = 1]: readonly number[]): Weight | undefined {
    const weight = this.#weights.get(name)
    if (weight === undefined) return undefined
    if (weight.shape[0] !== row || weight.shape[1] !== rows) {
      throw new Untrainable(
        `The tensor "${name}" is ${weight.shape.join(' × ')} and not ${row} × ${rows}, as the model's metadata says.`,
      )
    }
    this.#taken.set(name, weight)
    return weight
  }

  unused(): string[] {
    return [...this.#weights.keys()].filter((name) => !this.#taken.has(name))
  }

  close(): void {
    this.#store.close()
  }
}

function describe(ggml: Ggml, context: bigint, tensor: GgufTensorInfo): Described {
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
  const made = ggml.ggml_new_tensor_2d(context, type, row, rows)
  return {
    name,
    tensor: made,
    type,
    shape: [row, rows],
    part: tensor.filePart,
    fileOffset: Number(tensor.fileOffset),
    bytes: ggml.ggml_nbytes(made),
  }
}

async function readAll(ggml: Ggml, weights: readonly Described[], paths: readonly string[]): Promise<void> {
  // One for all pieces: each of its own would stay in memory until it is collected.
  const memory = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(0, ...weights.map(({ bytes }) => bytes))))
  for (const [index, path] of paths.entries()) {
    const { size } = await stat(path)
    await using file = await open(path)
    for (const { name, tensor, fileOffset, bytes } of weights.filter(({ part }) => part === index + 1)) {
      if (!(fileOffset >= 0) || fileOffset + bytes > size)
        throw new Untrainable(`The tensor "${name}" is cut off: the end of the model's file is missing.`)
      for (let at = 0; at < bytes; at += PIECE_BYTES) {
        const piece = memory.subarray(0, Math.min(PIECE_BYTES, bytes - at))
        const { bytesRead } = await file.read(piece, 0, piece.length, fileOffset + at)
        if (bytesRead < piece.length) throw new Untrainable(`The tensor "${name}" is cut off.`)
        write(ggml, tensor, piece, at)
      }
    }
  }
}

/** Whether every weight is kept in 32 bits, so that all of them can be trained. */
export const areFloats = (weights: readonly Weight[]): boolean =>
  weights.every(({ type }) => type === Type.F32)
