import { open } from 'node:fs/promises'
import { GgmlType, type GgufFileInfo, type GgufTensorInfo, readGgufFileInfo } from 'node-llama-cpp'

/** Weights of an adapter: what llama.cpp's converter writes, by block. */
const BLOCKS: Partial<Record<GgmlType, { weights: number; bytes: number }>> = {
  [GgmlType.F32]: { weights: 1, bytes: 4 },
  [GgmlType.F16]: { weights: 1, bytes: 2 },
  [GgmlType.BF16]: { weights: 1, bytes: 2 },
  [GgmlType.Q8_0]: { weights: 32, bytes: 34 },
}

const EMBEDDINGS = 'token_embd.weight'
const OUTPUT = 'output.weight'

/** A GGUF tensor has at most so many dimensions; those that are not told are 1. */
const DIMENSIONS = 4

interface AdapterFile {
  /** The header in front of the tensors' data. */
  head: Uint8Array
  info: GgufFileInfo
  sizeBytes: number
}

const shapeOf = ({ dimensions }: GgufTensorInfo): number[] =>
  Array.from({ length: DIMENSIONS }, (_, index) => Number(dimensions[index] ?? 1))

const isEqual = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((value, index) => value === b[index])

function refuse(sentence: string): never {
  throw new Error(sentence)
}

/** The header in front of the tensors' data. One that is made up can hang or end the process that reads it. */
export const readHeader = (path: string): Promise<GgufFileInfo> =>
  readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })

/**
 * The size and time of an adapter's file. Throws one sentence when it is not a LoRA adapter for this model. llama.cpp finds
 * most of that as well, but only when it loads the file, and some of it by ending the process: where a value has another
 * type than it expects, and where shapes do not fit that it does not compare.
 */
export async function checkAdapter(
  path: string,
  model: GgufFileInfo,
): Promise<{ sizeBytes: number; modifiedAt: number }> {
  const info = await readHeader(path)
  await using file = await open(path)
  const { size: sizeBytes, mtimeMs: modifiedAt } = await file.stat()
  const head = Buffer.alloc(Math.min(info.infoEndOffset ?? sizeBytes, sizeBytes))
  await file.read(head, 0, head.length, 0)
  const adapter = { head, info, sizeBytes }
  checkMetadata(adapter, model)
  checkTensors(adapter, model)
  return { sizeBytes, modifiedAt }
}

function checkTensors(adapter: AdapterFile, model: GgufFileInfo): void {
  const ofModel = new Map((model.fullTensorInfo ?? []).map((tensor) => [tensor.name, tensor]))
  const pairs = pairsOf(adapter.info)
  if (pairs.size === 0) refuse('It changes nothing of the model: it has no LoRA tensors.')
  for (const [name, { a, b }] of pairs) {
    if (a === undefined || b === undefined) refuse(`Its tensor "${name}" has only one of its two halves.`)
    const changed = ofModel.get(name)
    if (changed === undefined) refuse(`It changes the tensor "${name}", which the model does not have.`)
    if (name === EMBEDDINGS && !ofModel.has(OUTPUT)) {
      // The output layer would look the same tensors up, in which they lie the other way round, and fail an assertion.
      refuse(
        'It changes the embeddings of a model whose output layer are its embeddings: that cannot be computed.',
      )
    }
    if (!fits({ name, a: shapeOf(a), b: shapeOf(b), model: shapeOf(changed) })) {
      refuse(`Its tensor "${name}" has another shape than the model's: was it made for another model?`)
    }
    for (const half of [a, b]) checkData(half, adapter)
  }
}

function checkMetadata({ head, info }: AdapterFile, model: GgufFileInfo): void {
  const { general, adapter } = readMetadata(info)
  if (general.type !== 'adapter') refuse('It is not an adapter: a model is served with --model.')
  if (adapter?.type !== 'lora')
    refuse(`It is an adapter of the type "${adapter?.type}": only "lora" is served.`)
  if (general.architecture !== model.metadata.general.architecture) {
    refuse(
      `It was made for the architecture "${general.architecture}", and the model has "${model.metadata.general.architecture}".`,
    )
  }
  if (adapter.alora !== undefined) refuse('It works only behind certain tokens (aLoRA): that is not served.')
  const alphaType = typeOfValue(head, 'adapter.lora.alpha')
  if (alphaType !== undefined && alphaType !== FLOAT32)
    refuse('Its "adapter.lora.alpha" is not a 32-bit float.')
}

interface AdapterMetadata {
  general: { type?: unknown; architecture?: unknown }
  adapter?: { type?: unknown; alora?: unknown }
}

// The library's types know the metadata of models only.
const readMetadata = ({ metadata }: GgufFileInfo): AdapterMetadata => metadata as unknown as AdapterMetadata

/** `GGUF_TYPE_FLOAT32`. */
const FLOAT32 = 6

/** The type of a metadata value, which the library's reader does not tell: it follows the key. */
function typeOfValue(head: Uint8Array, key: string): number | undefined {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(key.length))
  const bytes = Buffer.from(head)
  const at = bytes.indexOf(Buffer.concat([length, Buffer.from(key)]))
  return at < 0 ? undefined : bytes.readUInt32LE(at + length.length + key.length)
}

interface Pair {
  a?: GgufTensorInfo
  b?: GgufTensorInfo
}

function pairsOf({ tensorInfo = [] }: GgufFileInfo): Map<string, Pair> {
  const pairs = new Map<string, Pair>()
  for (const tensor of tensorInfo) {
    const [, name, half] = /^(.+)\.lora_([ab])$/.exec(tensor.name) ?? []
    if (name !== undefined) pairs.set(name, { ...pairs.get(name), [half === 'a' ? 'a' : 'b']: tensor })
    // llama.cpp skips those.
    else if (!tensor.name.endsWith('_norm.weight')) refuse(`Its tensor "${tensor.name}" is not one of LoRA.`)
  }
  return pairs
}

interface Shapes {
  name: string
  a: readonly number[]
  b: readonly number[]
  model: readonly number[]
}

function fits({ name, a, b, model }: Shapes): boolean {
  const [aRow, aRows, ...aRest] = a
  const [bRow, bRows, ...bRest] = b
  const [row, rows, ...rest] = model
  if (!isEqual(aRest, rest) || !isEqual(bRest, rest)) return false
  // Embeddings are looked up and not multiplied, so their first half lies the other way round.
  if (name === EMBEDDINGS) return aRows === rows && bRows === row && aRow === bRow
  return aRow === row && bRows === rows && aRows === bRow
}

function checkData(tensor: GgufTensorInfo, { sizeBytes }: AdapterFile): void {
  const { name, ggmlType, fileOffset } = tensor
  const shape = shapeOf(tensor)
  const block = BLOCKS[ggmlType]
  if (block === undefined) refuse(`Its tensor "${name}" has a type of numbers that adapters do not have.`)
  if ((shape[0] ?? 0) % block.weights !== 0) refuse(`Its tensor "${name}" has rows of a broken length.`)
  const bytes = (shape.reduce((product, length) => product * length, 1) / block.weights) * block.bytes
  if (bytes <= 0 || !(Number(fileOffset) + bytes <= sizeBytes))
    refuse('It is cut off: the end of the file is missing.')
}
