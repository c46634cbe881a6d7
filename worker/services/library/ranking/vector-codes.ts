/** Bytes in front of a stored vector: its scale, a little-endian float32. */
const SCALE_BYTES = 4

/** A vector of length one (or of zeros) in a byte for each dimension, behind their common scale. */
export function toStored(vector: Float32Array): Uint8Array<ArrayBuffer> {
  let highest = 0
  for (const value of vector) highest = Math.max(highest, Math.abs(value))
  const bytes = new Uint8Array(SCALE_BYTES + vector.length)
  new DataView(bytes.buffer).setFloat32(0, highest / 127, true)
  if (highest === 0) return bytes
  const values = new Int8Array(bytes.buffer, SCALE_BYTES)
  for (const [at, value] of vector.entries()) values[at] = Math.round((value / highest) * 127)
  return bytes
}

/** How alike the vector that is stored at a place and a question's are. */
export function similarity(stored: Uint8Array<ArrayBuffer>, at: number, question: Float32Array): number {
  const from = stored.byteOffset + at
  const values = new Int8Array(stored.buffer, from + SCALE_BYTES, question.length)
  const scale = new DataView(stored.buffer, from, SCALE_BYTES).getFloat32(0, true)
  let sum = 0
  for (let dimension = 0; dimension < question.length; dimension += 1) {
    sum += (values[dimension] ?? 0) * (question[dimension] ?? 0)
  }
  return sum * scale
}

/** How alike each of some stored vectors that lie one behind the other is to a question. */
export function similarities(
  stored: Uint8Array<ArrayBuffer>,
  count: number,
  question: Float32Array,
): Float32Array {
  const bytes = storedBytes(question.length)
  const values = new Int8Array(stored.buffer, stored.byteOffset)
  const scales = new DataView(stored.buffer, stored.byteOffset)
  const scores = new Float32Array(count)
  for (let index = 0, at = 0; index < count; index += 1, at += bytes) {
    let sum = 0
    for (let dimension = 0, from = at + SCALE_BYTES; dimension < question.length; dimension += 1) {
      sum += (values[from + dimension] ?? 0) * (question[dimension] ?? 0)
    }
    scores[index] = sum * scales.getFloat32(at, true)
  }
  return scores
}

/** Adds a stored vector, so many times, to a sum. */
export function addStored(sum: Float32Array, stored: Uint8Array<ArrayBuffer>, times: number): void {
  const values = new Int8Array(stored.buffer, stored.byteOffset + SCALE_BYTES, sum.length)
  const scale = times * new DataView(stored.buffer, stored.byteOffset, SCALE_BYTES).getFloat32(0, true)
  for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + scale * (values[at] ?? 0)
}

/** The same direction with length one; undefined of a vector without any. */
export function toUnit(vector: Float32Array): Float32Array<ArrayBuffer> | undefined {
  let squares = 0
  for (const value of vector) squares += value * value
  if (!(squares > 0) || !Number.isFinite(squares)) return undefined
  const length = Math.sqrt(squares)
  return Float32Array.from(vector, (value) => value / length)
}

export const storedBytes = (dimensions: number): number => SCALE_BYTES + dimensions

/** Bytes of a code: a bit for each dimension. */
export const codeBytes = (dimensions: number): number => Math.ceil(dimensions / 8)

/** The signs of a vector, a bit each: what the first pass of a search looks at. */
export function toCode(vector: Float32Array): Uint8Array<ArrayBuffer> {
  const code = new Uint8Array(codeBytes(vector.length))
  for (const [at, value] of vector.entries())
    if (value > 0) code[at >> 3] = (code[at >> 3] ?? 0) | (1 << (at & 7))
  return code
}

const BYTE_VALUES = 256

/**
 * For each byte of a code and each value that it can have, the sum of the question's dimensions with the signs that it says:
 * a code is judged by one look for each of its bytes, and the question is not coarsened.
 */
export function codeTable(question: Float32Array): Float32Array {
  const bytes = codeBytes(question.length)
  const table = new Float32Array(bytes * BYTE_VALUES)
  for (let byte = 0; byte < bytes; byte += 1) {
    for (let value = 0; value < BYTE_VALUES; value += 1) {
      let sum = 0
      for (let bit = 0; bit < 8; bit += 1) {
        const part = question[byte * 8 + bit] ?? 0
        sum += value & (1 << bit) ? part : -part
      }
      table[byte * BYTE_VALUES + value] = sum
    }
  }
  return table
}

/** The scores of codes that lie one behind the other. */
export function codeScores(codes: Uint8Array, count: number, table: Float32Array): Float32Array {
  const scores = new Float32Array(count)
  for (let index = 0, at = 0; index < count; index += 1) {
    let sum = 0
    for (let byte = 0; byte < table.length; byte += BYTE_VALUES, at += 1) {
      sum += table[byte + (codes[at] ?? 0)] ?? 0
    }
    scores[index] = sum
  }
  return scores
}
