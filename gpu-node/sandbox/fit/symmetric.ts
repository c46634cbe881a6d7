/** The eigenvalues of a symmetric matrix, the largest first, and its eigenvectors as the columns of a matrix. */
export interface Eigen {
  values: Float64Array
  vectors: Float64Array
}

const MAX_SWEEPS = 30

/** Jacobi's method, by rounds over all pairs (Golub and Van Loan, Matrix Computations, §8.5). For a few hundred rows. */
export function eigenOf(symmetric: Float64Array, size: number): Eigen {
  const a = symmetric.slice()
  const v = new Float64Array(size * size)
  for (let index = 0; index < size; index += 1) v[index * size + index] = 1
  const at = (row: number, column: number): number => a[row * size + column] as number // both are below size
  const scale = Math.sqrt(a.reduce((sum, value) => sum + value * value, 0)) || 1
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep += 1) {
    let off = 0
    for (let p = 0; p < size; p += 1)
      for (let q = p + 1; q < size; q += 1) {
        const apq = at(p, q)
        off += apq * apq
        if (Math.abs(apq) < scale * 1e-14) continue
        const theta = (at(q, q) - at(p, p)) / (2 * apq)
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const cosine = 1 / Math.sqrt(t * t + 1)
        rotate(a, v, size, p, q, cosine, t * cosine)
      }
    if (Math.sqrt(off) < scale * 1e-10) break
  }
  const order = Array.from({ length: size }, (_, index) => index).toSorted((i, j) => at(j, j) - at(i, i))
  const vectors = new Float64Array(size * size)
  for (const [column, from] of order.entries())
    for (let row = 0; row < size; row += 1) vectors[row * size + column] = v[row * size + from] as number // below size
  return { values: Float64Array.from(order, (index) => at(index, index)), vectors }
}

function rotate(
  a: Float64Array,
  v: Float64Array,
  size: number,
  p: number,
  q: number,
  cosine: number,
  sine: number,
): void {
  const turn = (matrix: Float64Array, first: number, second: number): void => {
    const [x, y] = [matrix[first] as number, matrix[second] as number] // the callers' indices are within it
    matrix[first] = cosine * x - sine * y
    matrix[second] = sine * x + cosine * y
  }
  for (let k = 0; k < size; k += 1) turn(a, k * size + p, k * size + q)
  for (let k = 0; k < size; k += 1) turn(a, p * size + k, q * size + k)
  for (let k = 0; k < size; k += 1) turn(v, k * size + p, k * size + q)
}
