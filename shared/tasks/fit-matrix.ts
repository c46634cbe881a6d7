/** A sparse matrix of passages (rows) by terms (columns), in compressed rows. */
export interface SparseMatrix {
  rows: number
  columns: number
  /** Where each row begins in the two below; `rows + 1` numbers. */
  starts: Uint32Array<ArrayBuffer>
  /** The columns of the entries of a row, without repetition. */
  indices: Uint32Array<ArrayBuffer>
  values: Float32Array<ArrayBuffer>
}

/** "SYFM", and the version of the form. */
const MAGIC = 0x4d_46_59_53
const VERSION = 1
const HEADER_BYTES = 20

/** A file that is no such matrix, or breaks off. */
export class BadMatrix extends Error {}

/**
 * The file `matrix` that `fit` reads: five little-endian uint32 (magic, version, rows, columns, entries), then `starts`,
 * `indices` (uint32) and `values` (float32). Every machine that this runs on is little-endian.
 */
export function encodeMatrix({
  rows,
  columns,
  starts,
  indices,
  values,
}: SparseMatrix): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(HEADER_BYTES + starts.byteLength + indices.byteLength + values.byteLength)
  new Uint32Array(file.buffer, 0, 5).set([MAGIC, VERSION, rows, columns, indices.length])
  let at = HEADER_BYTES
  for (const part of [starts, indices, values]) {
    file.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
    at += part.byteLength
  }
  return file
}

/** Reads such a file, without copying it. Throws `BadMatrix` in one sentence. */
export function decodeMatrix(file: Uint8Array<ArrayBuffer>): SparseMatrix {
  if (file.byteLength < HEADER_BYTES) throw new BadMatrix('The matrix breaks off in its header.')
  // A view of numbers begins at a multiple of their size.
  const aligned = file.byteOffset % 4 === 0 ? file : file.slice()
  const { buffer, byteOffset } = aligned
  const [magic, version, rows = 0, columns = 0, entries = 0] = new Uint32Array(buffer, byteOffset, 5)
  if (magic !== MAGIC || version !== VERSION) throw new BadMatrix('This is no matrix of this version.')
  const startsAt = byteOffset + HEADER_BYTES
  const indicesAt = startsAt + (rows + 1) * 4
  const valuesAt = indicesAt + entries * 4
  if (valuesAt + entries * 4 !== byteOffset + file.byteLength)
    throw new BadMatrix('The matrix has another length than its header says.')
  const matrix = {
    rows,
    columns,
    starts: new Uint32Array(buffer, startsAt, rows + 1),
    indices: new Uint32Array(buffer, indicesAt, entries),
    values: new Float32Array(buffer, valuesAt, entries),
  }
  const fault = faultOf(matrix)
  if (fault) throw new BadMatrix(fault)
  return matrix
}

function faultOf({ rows, columns, starts, indices, values }: SparseMatrix): string | undefined {
  if (rows === 0 || columns === 0) return 'The matrix has no rows or no columns.'
  if (starts[0] !== 0 || starts[rows] !== indices.length)
    return 'The rows of the matrix do not cover its entries.'
  for (let row = 0; row < rows; row += 1)
    if ((starts[row] ?? 0) > (starts[row + 1] ?? 0)) return `Row ${row} of the matrix ends before it begins.`
  if (indices.some((column) => column >= columns))
    return 'An entry of the matrix is in a column beyond the last.'
  if (values.some((value) => !Number.isFinite(value))) return 'An entry of the matrix is no number.'
  return undefined
}
