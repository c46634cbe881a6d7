import { open, stat } from 'node:fs/promises'
import { partsOf } from '../../model-files/parts.ts'
import type { Backends } from '../ggml/backends.ts'
import type { Ggml } from '../ggml/library.ts'
import { allocate, openContext, type Store, write } from '../ggml/memory.ts'
import { allocatePacked, packedKinds } from '../ggml/packing.ts'
import { Type } from '../ggml/signatures.ts'
import type { Tensor } from '../graph/sheet.ts'
import { Untrainable } from './metadata.ts'
import { transpose } from './transposed.ts'
import type { Weight } from './weights.ts'

/** A file is read in pieces of so many bytes. */
const PIECE_BYTES = 4 * 1024 * 1024

/** Types that are packed: of floats the plain form is as fast. */
const FLOATS: ReadonlySet<number> = new Set([Type.F32, Type.F16, Type.BF16])

export interface PlacingOptions {
  ggml: Ggml
  backends: Backends
  /** The model's file; of one in parts, the first. */
  path: string
  weights: readonly Weight[]
  /** Those that are only multiplied with, and of which transposed copies are kept. */
  turned: readonly Weight[]
  /** Those whose rows are looked up, whatever else is done with them. */
  lookedUp: readonly Weight[]
  /** Their numbers are not needed. */
  isDry: boolean
}

/**
 * Gives weights their memory on the device that computes, and reads them from the file. Of those that are turned the plain
 * form is given up where a faster one is known. Throws `Untrainable` in a sentence that names the tensor.
 */
export async function placeWeights(options: PlacingOptions): Promise<Pick<Store, 'bytes' | 'close'>> {
  const stores = [...placePacked(options), placePlain(options), ...placeTransposed(options)]
  const close = () => {
    for (const store of stores) store.close()
  }
  try {
    if (!options.isDry) await readAll(options)
  } catch (thrown) {
    close()
    throw thrown
  }
  return { bytes: stores.reduce((sum, { bytes }) => sum + bytes, 0), close }
}

function placePacked({ ggml, backends, turned }: PlacingOptions): Store[] {
  const kinds = packedKinds(ggml, backends)
  return turned.flatMap((weight) => {
    if (FLOATS.has(weight.type)) return []
    const packed = allocatePacked(ggml, backends, kinds, weight)
    if (packed !== undefined) weight.place({ packed: packed.tensor })
    return packed ?? []
  })
}

function placePlain({ ggml, backends, weights, lookedUp }: PlacingOptions): Store {
  const plain = weights.filter((weight) => weight.packed === undefined || lookedUp.includes(weight))
  const context = openContext(ggml, plain.length)
  for (const weight of plain)
    weight.place({ plain: ggml.ggml_new_tensor_2d(context, weight.type, ...weight.shape) })
  return allocate(ggml, context, backends.primary)
}

function placeTransposed({ ggml, backends, turned }: PlacingOptions): Store[] {
  if (turned.length === 0) return []
  const context = openContext(ggml, turned.length)
  for (const weight of turned) {
    const [inputs, outputs] = weight.shape
    weight.place({ transposed: ggml.ggml_new_tensor_2d(context, Type.BF16, outputs, inputs) })
  }
  return [allocate(ggml, context, backends.primary)]
}

async function readAll(options: PlacingOptions): Promise<void> {
  const { path, weights } = options
  // One for all pieces: each of its own would stay in memory until it is collected.
  const memory = Buffer.allocUnsafeSlow(PIECE_BYTES)
  for (const [part, partPath] of partsOf(path).entries()) {
    const { size } = await stat(partPath)
    await using file = await open(partPath)
    for (const weight of weights.filter(({ source }) => source.part === part)) {
      const { name, source } = weight
      if (!(source.offset >= 0) || source.offset + source.bytes > size)
        throw new Untrainable(`The tensor "${name}" is cut off: the end of the model's file is missing.`)
      await fill(options, weight, async (use) => {
        for (let at = 0; at < source.bytes; at += PIECE_BYTES) {
          const piece = memory.subarray(0, Math.min(PIECE_BYTES, source.bytes - at))
          const { bytesRead } = await file.read(piece, 0, piece.length, source.offset + at)
          if (bytesRead < piece.length) throw new Untrainable(`The tensor "${name}" is cut off.`)
          use(piece, at)
        }
      })
    }
  }
}

type Read = (use: (piece: Buffer, at: number) => void) => Promise<void>

/** Reads one weight into all of its forms. */
async function fill({ ggml, backends }: PlacingOptions, weight: Weight, read: Read): Promise<void> {
  const { isPlain, packed, transposed, type, shape, source } = weight
  const passing = isPlain ? undefined : passingMemory(ggml, backends, weight)
  const plain = passing?.tensor ?? weight.tensor
  try {
    await read((piece, at) => write(ggml, plain, piece, at))
    if (packed) ggml.ggml_backend_tensor_set(packed, ggml.ggml_get_data(plain), 0, source.bytes)
    if (transposed) await transpose(ggml, backends, { tensor: plain, type, shape }, transposed)
  } finally {
    passing?.close()
  }
}

/** Memory for the plain form of a weight that is not kept in it. */
function passingMemory(ggml: Ggml, backends: Backends, { type, shape }: Weight): Store & { tensor: Tensor } {
  const context = openContext(ggml, 1)
  const tensor = ggml.ggml_new_tensor_2d(context, type, ...shape)
  return { ...allocate(ggml, context, backends.primary), tensor }
}
