import { MIB } from '../../../../shared/units.ts'

/** Bytes of a file within which its header ends. */
export const MAX_HEADER_BYTES = 8 * MIB

/** Entries and tensors that a header may have, and the longest name. */
const MAX_ENTRIES = 65_536
const MAX_NAME_BYTES = 65_535

const MAGIC = 0x46554747
const ALIGNMENT = 32

/** GGUF's types of values, by their length in bytes; strings and lists have lengths of their own. */
const FIXED = new Map([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 4],
  [5, 4],
  [6, 4],
  [7, 1],
  [10, 8],
  [11, 8],
  [12, 8],
])
const [UINT32, STRING, LIST] = [4, 8, 9]

/** ggml's types of weights that adapters have, by block. */
const BLOCKS = new Map([
  [0, { weights: 1, bytes: 4 }],
  [1, { weights: 1, bytes: 2 }],
  [30, { weights: 1, bytes: 2 }],
  [8, { weights: 32, bytes: 34 }],
])

interface Tensor {
  name: string
  shape: number[]
  type: number
  offset: number
}

class Garbage extends Error {}

/** Reads a header from its beginning. Throws `Garbage` where there is none. */
class HeaderReader {
  readonly #view: DataView
  readonly #bytes: Uint8Array
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  skip(bytes: number): void {
    this.#take(bytes)
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  u64(): number {
    const value = Number(this.#view.getBigUint64(this.#take(8), true))
    if (!Number.isSafeInteger(value)) throw new Garbage('a number in its header is too large')
    return value
  }

  text(): string {
    const length = this.u64()
    if (length > MAX_NAME_BYTES) throw new Garbage('a text in its header is too long')
    const from = this.#take(length)
    return new TextDecoder().decode(this.#bytes.subarray(from, from + length))
  }

  count(): number {
    const count = this.u64()
    if (count > MAX_ENTRIES) throw new Garbage('its header has too many entries')
    return count
  }

  #take(length: number): number {
    const from = this.at
    if (from + length > this.#bytes.byteLength) throw new Garbage('its header is cut off')
    this.at = from + length
    return from
  }
}

function readValue(reader: HeaderReader, type: number): string | number | undefined {
  if (type === STRING) return reader.text()
  if (type === UINT32) return reader.u32()
  const length = FIXED.get(type)
  if (length !== undefined) {
    reader.skip(length)
    return undefined
  }
  if (type !== LIST) throw new Garbage('its header has a value of no known type')
  const [itemType, count] = [reader.u32(), reader.count()]
  if (itemType === LIST) throw new Garbage('its header has lists of lists')
  for (let index = 0; index < count; index += 1) readValue(reader, itemType)
  return undefined
}

function readTensor(reader: HeaderReader): Tensor {
  const name = reader.text()
  const dimensions = reader.u32()
  if (dimensions < 1 || dimensions > 4) throw new Garbage(`its tensor "${name}" has no shape`)
  const shape = Array.from({ length: dimensions }, () => reader.u64())
  return { name, shape, type: reader.u32(), offset: reader.u64() }
}

function checkTensor({ name, shape, type, offset }: Tensor, dataBytes: number): void {
  const block = BLOCKS.get(type)
  if (!block) throw new Garbage(`its tensor "${name}" has a type of numbers that adapters do not have`)
  const weights = shape.reduce((product, length) => product * length, 1)
  const bytes = (weights / block.weights) * block.bytes
  if (weights <= 0 || (shape[0] ?? 0) % block.weights !== 0)
    throw new Garbage(`its tensor "${name}" has no shape`)
  if (!(offset + bytes <= dataBytes)) throw new Garbage('it is cut off')
}

function checkPairs(tensors: readonly Tensor[]): void {
  const halves = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  if (halves.size < tensors.length) throw new Garbage('a tensor of it is there twice')
  let pairs = 0
  for (const { name, shape } of tensors) {
    const [, base, half] = /^(.+)\.lora_([ab])$/.exec(name) ?? []
    if (base === undefined) throw new Garbage(`its tensor "${name}" is not one of LoRA`)
    const other = halves.get(`${base}.lora_${half === 'a' ? 'b' : 'a'}`)
    if (!other) throw new Garbage(`its tensor "${base}" has only one of its two halves`)
    // `a` is [inputs, rank] and `b` [rank, outputs].
    if (half === 'a' && shape[1] !== other.shape[0])
      throw new Garbage(`the halves of its tensor "${base}" do not fit`)
    pairs += 1
  }
  if (pairs === 0) throw new Garbage('it changes nothing of the model')
}

interface ReadHeader {
  metadata: ReadonlyMap<string, string | number | undefined>
  tensors: Tensor[]
  dataAt: number
}

function readHeader(head: Uint8Array): ReadHeader {
  const reader = new HeaderReader(head)
  if (reader.u32() !== MAGIC) throw new Garbage('it is no GGUF file')
  const version = reader.u32()
  if (version < 2 || version > 3) throw new Garbage(`it is GGUF of version ${version}`)
  const [tensorCount, entryCount] = [reader.count(), reader.count()]
  const metadata = new Map<string, string | number | undefined>()
  for (let index = 0; index < entryCount; index += 1) {
    const key = reader.text()
    metadata.set(key, readValue(reader, reader.u32()))
  }
  const tensors = Array.from({ length: tensorCount }, () => readTensor(reader))
  const alignment = Number(metadata.get('general.alignment') ?? ALIGNMENT)
  if (!Number.isInteger(alignment) || alignment < 1) throw new Garbage('its header has no alignment')
  return { metadata, tensors, dataAt: Math.ceil(reader.at / alignment) * alignment }
}

export interface ResultFile {
  /** How the file begins: all of it, or as much as a header may have. */
  head: Uint8Array
  sizeBytes: number
}

/**
 * Whether a file is a LoRA adapter of an architecture, by its header: the values, the pairs of tensors, and that all of them are
 * within the file. Undefined where it is; a sentence's part where it is not. Whether the shapes are those of the base is the
 * nodes' to say, which have its file.
 */
export function adapterFault(
  { head, sizeBytes }: ResultFile,
  architecture: string | undefined,
): string | undefined {
  try {
    const { metadata, tensors, dataAt } = readHeader(head)
    if (metadata.get('general.type') !== 'adapter' || metadata.get('adapter.type') !== 'lora')
      return 'it is no LoRA adapter'
    const own = metadata.get('general.architecture')
    if (architecture !== undefined && own !== architecture)
      return `it was made for the architecture "${own}", and the model has "${architecture}"`
    for (const tensor of tensors) checkTensor(tensor, sizeBytes - dataAt)
    checkPairs(tensors)
    return undefined
  } catch (thrown) {
    if (thrown instanceof Garbage) return thrown.message
    throw thrown
  }
}

/** The same of a model's file with all its weights. */
export function weightsFault(
  { head }: Pick<ResultFile, 'head'>,
  architecture: string | undefined,
): string | undefined {
  try {
    const reader = new HeaderReader(head)
    if (reader.u32() !== MAGIC) return 'it is no GGUF file'
    if (reader.u32() > 3) return 'it is GGUF of a version that nobody knows'
    if (reader.count() === 0) return 'it has no tensors'
    const entries = reader.count()
    for (let index = 0; index < entries; index += 1) {
      const key = reader.text()
      const value = readValue(reader, reader.u32())
      if (key === 'general.architecture')
        return architecture === undefined || value === architecture
          ? undefined
          : `it is of the architecture "${value}", and the model of "${architecture}"`
    }
    return 'it names no architecture'
  } catch (thrown) {
    if (thrown instanceof Garbage) return thrown.message
    throw thrown
  }
}
