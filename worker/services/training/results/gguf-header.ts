import { MIB } from '../../../../shared/units.ts'

/** Bytes of a file within which an adapter's header ends. That of a model with a large vocabulary may be longer. */
export const MAX_HEADER_BYTES = 8 * MIB

/** Entries and tensors that a header may have, and the longest name. */
const MAX_ENTRIES = 65_536
const MAX_NAME_BYTES = 65_535

const MAGIC = 0x46554747
const ALIGNMENT = 32

/** The strength of an adapter. */
export const ALPHA = 'adapter.lora.alpha'

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
const [UINT32, FLOAT32, STRING, LIST] = [4, 6, 8, 9]

/** A tensor as the header tells of it. */
export interface Tensor {
  name: string
  shape: number[]
  type: number
  offset: number
}

/** The flaw of a file, as part of a sentence. */
export class Garbage extends Error {}

/** The file goes on behind what was read of it. */
export class CutOff extends Garbage {}

/** Texts and numbers of a header, by their keys; undefined for values of other types. */
export type HeaderValues = ReadonlyMap<string, string | number | undefined>

/** Reads a header from its beginning. */
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

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true)
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
    if (from + length > this.#bytes.byteLength) throw new CutOff('its header is cut off')
    this.at = from + length
    return from
  }
}

function readValue(reader: HeaderReader, type: number): string | number | undefined {
  if (type === STRING) return reader.text()
  if (type === UINT32) return reader.u32()
  if (type === FLOAT32) return reader.f32()
  if (type === LIST) return skipList(reader)
  const length = FIXED.get(type)
  if (length === undefined) throw new Garbage('its header has a value of no known type')
  reader.skip(length)
  return undefined
}

/** A vocabulary has more entries than a header may have: what is left to read bounds them. */
function skipList(reader: HeaderReader): undefined {
  const [type, count] = [reader.u32(), reader.u64()]
  const length = FIXED.get(type)
  if (length !== undefined) {
    reader.skip(count * length)
    return
  }
  if (type !== STRING) throw new Garbage('its header has lists of lists')
  for (let index = 0; index < count; index += 1) reader.skip(reader.u64())
}

function readTensor(reader: HeaderReader): Tensor {
  const name = reader.text()
  const dimensions = reader.u32()
  if (dimensions < 1 || dimensions > 4) throw new Garbage(`its tensor "${name}" has no shape`)
  const shape = Array.from({ length: dimensions }, () => reader.u64())
  return { name, shape, type: reader.u32(), offset: reader.u64() }
}

export interface Header {
  values: HeaderValues
  tensors: Tensor[]
  /** Where the numbers of the tensors begin. */
  dataAt: number
  /** Whether all of it was there to be read; otherwise there are fewer values, and no tensors. */
  isWhole: boolean
}

/** The header at the beginning of a file. Throws `Garbage` where there is none; `whole` also for one that goes on behind. */
export function readHeader(head: Uint8Array, { whole }: { whole: boolean }): Header {
  const reader = new HeaderReader(head)
  if (reader.u32() !== MAGIC) throw new Garbage('it is no GGUF file')
  const version = reader.u32()
  if (version < 2 || version > 3) throw new Garbage(`it is GGUF of version ${version}`)
  const [tensorCount, entryCount] = [reader.count(), reader.count()]
  const values = new Map<string, string | number | undefined>()
  try {
    for (let index = 0; index < entryCount; index += 1) {
      const [key, type] = [reader.text(), reader.u32()]
      // Of another type it ends the process of whoever loads the file.
      if (key === ALPHA && type !== FLOAT32) throw new Garbage(`its "${ALPHA}" is not a 32-bit float`)
      values.set(key, readValue(reader, type))
    }
    const tensors = Array.from({ length: tensorCount }, () => readTensor(reader))
    const alignment = Number(values.get('general.alignment') ?? ALIGNMENT)
    if (!Number.isInteger(alignment) || alignment < 1) throw new Garbage('its header has no alignment')
    return { values, tensors, dataAt: Math.ceil(reader.at / alignment) * alignment, isWhole: true }
  } catch (thrown) {
    if (whole || !(thrown instanceof CutOff)) throw thrown
    return { values, tensors: [], dataAt: 0, isWhole: false }
  }
}
