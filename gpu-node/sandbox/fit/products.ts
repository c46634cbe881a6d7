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
    const at = (row - from) * columns
    for (let entry = starts[row] ?? 0; entry < (starts[row + 1] ?? 0); entry += 1)
      addScaled(product, at, dense, (indices[entry] ?? 0) * columns, values[entry] ?? 0, columns)
  }
  return product
}

/** A sparse matrix's transpose, times a dense one of so many columns. */
export function transposedTimes(
  { rows, columns: terms, starts, indices, values }: SparseMatrix,
  dense: Dense,
  columns: number,
): Dense {
  const product = new Float32Array(terms * columns)
  for (let row = 0; row < rows; row += 1)
    for (let entry = starts[row] ?? 0; entry < (starts[row + 1] ?? 0); entry += 1)
      addScaled(product, (indices[entry] ?? 0) * columns, dense, row * columns, values[entry] ?? 0, columns)
  return product
}

function addScaled(
  target: Dense,
  to: number,
  source: Dense,
  from: number,
  factor: number,
  count: number,
): void {
  const whole = count & ~3
  let at = 0
  for (; at < whole; at += 4) {
    const t = to + at
    const s = from + at
    target[t] = (target[t] as number) + factor * (source[s] as number) // both are within their lengths
    target[t + 1] = (target[t + 1] as number) + factor * (source[s + 1] as number) // as above
    target[t + 2] = (target[t + 2] as number) + factor * (source[s + 2] as number) // as above
    target[t + 3] = (target[t + 3] as number) + factor * (source[s + 3] as number) // as above
  }
  for (; at < count; at += 1)
    target[to + at] = (target[to + at] as number) + factor * (source[from + at] as number) // both are within their lengths
}

/** Rows of a dense matrix that are looked at together: one pass over the small product serves all of them. */
const BLOCK = 4

/**
 * The inner products of the columns of a dense matrix with those of another, where these are symmetric: `columns × columns`, in
 * double precision.
 */
export function innerProducts(a: Dense, b: Dense, columns: number): Float64Array {
  const products = new Float64Array(columns * columns)
  const rows = a.length / columns
  // A row that is not there counts as zeros.
  const [p, q] = [new Float64Array(BLOCK * columns), new Float64Array(BLOCK * columns)]
  for (let first = 0; first < rows; first += BLOCK) {
    const [at, end] = [first * columns, Math.min(rows, first + BLOCK) * columns]
    p.fill(0)
    q.fill(0)
    p.set(a.subarray(at, end))
    q.set(b.subarray(at, end))
    addProducts(products, p, q, columns)
  }
  for (let i = 0; i < columns; i += 1)
    for (let j = 0; j < i; j += 1) products[i * columns + j] = products[j * columns + i] as number // within it
  return products
}

/** Adds the upper half of the inner products of four rows. */
function addProducts(products: Float64Array, p: Float64Array, q: Float64Array, columns: number): void {
  const [two, three, four] = [columns, 2 * columns, 3 * columns]
  for (let i = 0; i < columns; i += 1) {
    const [p1, p2] = [p[i] as number, p[two + i] as number] // all indices are below four times the columns
    const [p3, p4] = [p[three + i] as number, p[four + i] as number] // as above
    const at = i * columns
    for (let j = i; j < columns; j += 1)
      products[at + j] =
        (products[at + j] as number) + // as above
        p1 * (q[j] as number) + // as above
        p2 * (q[two + j] as number) + // as above
        p3 * (q[three + j] as number) + // as above
        p4 * (q[four + j] as number) // as above
  }
}

/** A dense matrix times a small one of as many rows as it has columns. */
export function timesSmall(dense: Dense, small: Float64Array, columns: number): Dense {
  return multiplied(dense, small, columns, false)
}

/** The same with a square one that has nothing below its diagonal. */
export function timesUpper(dense: Dense, upper: Float64Array, columns: number): Dense {
  return multiplied(dense, upper, columns, true)
}

function multiplied(dense: Dense, small: Float64Array, columns: number, isUpper: boolean): Dense {
  const to = small.length / columns
  const rows = dense.length / columns
  const product = new Float32Array(rows * to)
  const sum = new Float64Array(to)
  for (let row = 0; row < rows; row += 1) {
    sum.fill(0)
    for (let i = 0; i < columns; i += 1) {
      const factor = dense[row * columns + i] as number // below its length
      const at = i * to
      for (let j = isUpper ? i : 0; j < to; j += 1)
        sum[j] = (sum[j] as number) + factor * (small[at + j] as number) // as above
    }
    product.set(sum, row * to)
  }
  return product
}
