import { open } from 'node:fs/promises'

/** A value of a GGUF file's metadata, in the format's own types. */
export type MetadataValue =
  | { type: 'uint32' | 'float32'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'string'; value: string }
  | { type: 'strings'; value: readonly string[] }
  | { type: 'float32s' | 'int32s'; value: readonly number[] }

/** A tensor, computed when it is written. */
export interface Tensor {
  name: string
  /** ggml's order: the length of a row first. */
  shape: readonly number[]
  type: keyof typeof TENSOR_TYPES
  data: () => Uint8Array
}

// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
const MAGIC = 'GGUF'
const VERSION = 3
const ALIGNMENT = 32
const ARRAY = 9
const VALUE_TYPES = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8 } as const
/** How weights are written: the format's number, and what a block of them takes. */
const TENSOR_TYPES = {
  F32: { number: 0, weights: 1, bytes: 4 },
  F16: { number: 1, weights: 1, bytes: 2 },
  Q4_0: { number: 2, weights: 32, bytes: 18 },
  Q8_0: { number: 8, weights: 32, bytes: 34 },
  BF16: { number: 30, weights: 1, bytes: 2 },
} as const

/** Q8_0: 32 signed bytes behind the half-precision number that scales them. */
export const Q8_0_BLOCK = TENSOR_TYPES.Q8_0

/** Q4_0: 32 numbers of four bits behind it. */
export const Q4_0_BLOCK = TENSOR_TYPES.Q4_0

const uint32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32LE(value)
  return buffer
}
const uint64 = (value: number): Buffer => {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64LE(BigInt(value))
  return buffer
}
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint64(bytes.length), bytes])
}
const numbers = (type: 'float32s' | 'int32s', value: readonly number[]): Buffer => {
  const typed = type === 'float32s' ? Float32Array.from(value) : Int32Array.from(value)
  return Buffer.from(typed.buffer) // little-endian on every platform that Node runs on
}
const arrayHead = (type: number, length: number): Buffer[] => [uint32(ARRAY), uint32(type), uint64(length)]

function encodeValue(metadata: MetadataValue): Buffer[] {
  const { type } = metadata
  switch (type) {
    case 'uint32':
      return [uint32(VALUE_TYPES.uint32), uint32(metadata.value)]
    case 'float32':
      return [uint32(VALUE_TYPES.float32), numbers('float32s', [metadata.value])]
    case 'bool':
      return [uint32(VALUE_TYPES.bool), Buffer.from([metadata.value ? 1 : 0])]
    case 'string':
      return [uint32(VALUE_TYPES.string), text(metadata.value)]
    case 'strings':
      return [...arrayHead(VALUE_TYPES.string, metadata.value.length), ...metadata.value.map(text)]
    case 'float32s':
    case 'int32s': {
      const element = type === 'float32s' ? VALUE_TYPES.float32 : VALUE_TYPES.int32
      return [...arrayHead(element, metadata.value.length), numbers(type, metadata.value)]
    }
    default:
      return metadata satisfies never
  }
}

const sizeOf = ({ shape, type }: Tensor): number => {
  const { weights, bytes } = TENSOR_TYPES[type]
  return (shape.reduce((product, length) => product * length, 1) / weights) * bytes
}
const aligned = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT
const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes], aligned(bytes.length))

/** Everything in front of the tensors' data. */
export function encodeHead(metadata: Record<string, MetadataValue>, tensors: readonly Tensor[]): Buffer {
  let offset = 0
  const infos = tensors.flatMap((tensor) => {
    const { name, shape, type } = tensor
    const at = offset
    offset += aligned(sizeOf(tensor))
    return [
      text(name),
      uint32(shape.length),
      ...shape.map(uint64),
      uint32(TENSOR_TYPES[type].number),
      uint64(at),
    ]
  })
  const entries = Object.entries(metadata)
  return padded(
    Buffer.concat([
      Buffer.from(MAGIC),
      uint32(VERSION),
      uint64(tensors.length),
      uint64(entries.length),
      ...entries.flatMap(([key, value]) => [text(key), ...encodeValue(value)]),
      ...infos,
    ]),
  )
}

/** Writes a GGUF file. */
export async function writeGguf(
  path: string,
  metadata: Record<string, MetadataValue>,
  tensors: readonly Tensor[],
): Promise<void> {
  await using file = await open(path, 'w')
  await file.writeFile(encodeHead(metadata, tensors))
  for (const tensor of tensors) {
    const data = tensor.data()
    if (data.length !== sizeOf(tensor)) throw new RangeError(`${tensor.name} has ${data.length} bytes.`)
    await file.writeFile(padded(data))
  }
}
