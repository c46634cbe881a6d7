/** Below this share of the largest, what is left of a column is rounding. */
const SMALLEST = 1e-11

/**
 * The matrix by which columns with these inner products become orthonormal: the inverse of their Cholesky factor, which has
 * nothing below its diagonal. Columns that lie within the space of those before them become zero.
 */
export function orthonormaliser(products: Float64Array, size: number): Float64Array {
  const upper = new Float64Array(size * size)
  const inverse = new Float64Array(size * size)
  const at = (matrix: Float64Array, row: number, column: number): number =>
    matrix[row * size + column] as number // both are below size
  let largest = 0
  for (let i = 0; i < size; i += 1) largest = Math.max(largest, at(products, i, i))
  for (let i = 0; i < size; i += 1) {
    let rest = at(products, i, i)
    for (let k = 0; k < i; k += 1) rest -= at(upper, k, i) ** 2
    if (rest <= largest * SMALLEST) continue
    const pivot = Math.sqrt(rest)
    upper[i * size + i] = pivot
    for (let j = i + 1; j < size; j += 1) {
      let sum = at(products, i, j)
      for (let k = 0; k < i; k += 1) sum -= at(upper, k, i) * at(upper, k, j)
      upper[i * size + j] = sum / pivot
    }
    // The inverse's column: what takes the parts of the columns before it away.
    inverse[i * size + i] = 1 / pivot
    for (let row = i - 1; row >= 0; row -= 1) {
      let sum = 0
      for (let k = row; k < i; k += 1) sum += at(inverse, row, k) * at(upper, k, i)
      inverse[row * size + i] = -sum / pivot
    }
  }
  return inverse
}
