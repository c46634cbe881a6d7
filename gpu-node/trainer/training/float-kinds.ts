import { GgmlType } from 'node-llama-cpp'
import { Q8_0_BLOCK } from '../../model-files/gguf-writer.ts'

/** A kind in which adapters keep their numbers. */
export interface FloatKind {
  /** The length of so many. */
  bytesOf: (count: number) => number
  /** Exactly what they stand for, in 32 bits. */
  read: (data: Buffer) => Float32Array
}

const numbersOf = (count: number, read: (index: number) => number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => read(index))

function readBrainFloats(data: Buffer): Float32Array {
  const upper = new Uint32Array(data.length / 2)
  for (const index of upper.keys()) upper[index] = data.readUInt16LE(index * 2) << 16
  return new Float32Array(upper.buffer)
}

function readBlocks(data: Buffer): Float32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  return numbersOf((data.length / Q8_0_BLOCK.bytes) * Q8_0_BLOCK.weights, (index) => {
    const block = Math.floor(index / Q8_0_BLOCK.weights) * Q8_0_BLOCK.bytes
    return view.getFloat16(block, true) * view.getInt8(block + 2 + (index % Q8_0_BLOCK.weights))
  })
}

/** Those that llama.cpp's converter of adapters writes. */
const KINDS: ReadonlyMap<number, FloatKind> = new Map([
  [
    GgmlType.F32,
    {
      bytesOf: (count) => count * 4,
      read: (data) => numbersOf(data.length / 4, (at) => data.readFloatLE(at * 4)),
    },
  ],
  [
    GgmlType.F16,
    {
      bytesOf: (count) => count * 2,
      read: (data) => {
        const view = new DataView(data.buffer, data.byteOffset, data.length)
        return numbersOf(data.length / 2, (index) => view.getFloat16(index * 2, true))
      },
    },
  ],
  [GgmlType.BF16, { bytesOf: (count) => count * 2, read: readBrainFloats }],
  [GgmlType.Q8_0, { bytesOf: (count) => (count / Q8_0_BLOCK.weights) * Q8_0_BLOCK.bytes, read: readBlocks }],
])

/** Undefined for a type that adapters do not have. */
export const floatsIn = (ggmlType: number | undefined): FloatKind | undefined =>
  ggmlType === undefined ? undefined : KINDS.get(ggmlType)
