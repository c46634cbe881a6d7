import type { SparseMatrix } from '../../../shared/tasks/fit-matrix.ts'

/** A dense matrix, row by row. */
export type Dense = Float32Array<ArrayBuffer>

/** The rows `from` to `to` of a sparse matrix, times a dense one of so many columns. */
export function times(
  { starts, indices, values }: SparseMatrix,
  dense: Dense,
  columns: number,
  from: number,
  to: number,
): Dense {
  const product = new Float32Array((to - from) * columns)
  for (let row = from; row < to; row += 1) {
    const target = product.subarray((row - from) * columns, (row - from + 1) * columns)
    for (let entry = starts[row] ?? 0; entry < (starts[row + 1] ?? 0); entry += 1)
      addScaled(target, dense, (indices[entry] ?? 0) * columns, values[entry] ?? 0)
  }
  return product
}

/** Aᵀ A times a dense matrix, row of A by row of A: no matrix of all rows is made. */
export function gramTimes(matrix: SparseMatrix, dense: Dense, columns: number): Dense {
  const { rows, starts, indices, values } = matrix
  const product = new Float32Array(matrix.columns * columns)
  const inner = new Float32Array(columns)
  for (let row = 0; row < rows; row += 1) {
    const [first, end] = [starts[row] ?? 0, starts[row + 1] ?? 0]
    inner.fill(0)
    for (let entry = first; entry < end; entry += 1)
      addScaled(inner, dense, (indices[entry] ?? 0) * columns, values[entry] ?? 0)
    for (let entry = first; entry < end; entry += 1) {
      const at = (indices[entry] ?? 0) * columns
      addScaledTo(product, at, inner, values[entry] ?? 0)
    }
  }
  return product
}

function addScaled(target: Dense, source: Dense, at: number, factor: number): void {
  for (let column = 0; column < target.length; column += 1)
    target[column] = (target[column] as number) + factor * (source[at + column] as number) // both are within their lengths
}

function addScaledTo(target: Dense, at: number, source: Dense, factor: number): void {
  for (let column = 0; column < source.length; column += 1)
    target[at + column] = (target[at + column] as number) + factor * (source[column] as number) // as above
}

/**
 * The inner products of the columns of a dense matrix with those of another, where these are symmetric: `columns × columns`, in
 * double precision.
 */
export function innerProducts(a: Dense, b: Dense, columns: number): Float64Array {
  const products = new Float64Array(columns * columns)
  for (let at = 0; at < a.length; at += columns)
    for (let i = 0; i < columns; i += 1) {
      const factor = a[at + i] as number // at is a multiple of columns below the length
      if (factor === 0) continue
      for (let j = i; j < columns; j += 1)
        products[i * columns + j] = (products[i * columns + j] as number) + factor * (b[at + j] as number) // as above
    }
  for (let i = 0; i < columns; i += 1)
    for (let j = 0; j < i; j += 1) products[i * columns + j] = products[j * columns + i] as number // as above
  return products
}

/** A dense matrix times a small square one, in place. */
export function timesSmall(dense: Dense, small: Float64Array, columns: number): void {
  const row = new Float64Array(columns)
  for (let at = 0; at < dense.length; at += columns) {
    row.fill(0)
    for (let i = 0; i < columns; i += 1) {
      const factor = dense[at + i] as number // at is a multiple of columns below the length
      for (let j = 0; j < columns; j += 1)
        row[j] = (row[j] as number) + factor * (small[i * columns + j] as number) // as above
    }
    dense.set(row, at)
  }
}
