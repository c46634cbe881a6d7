import type { SparseMatrix } from '../../../shared/tasks/fit-matrix.ts'
import { orthonormaliser } from './cholesky.ts'
import { type Dense, innerProducts, times, timesSmall, timesUpper, transposedTimes } from './products.ts'
import { eigenOf } from './symmetric.ts'

/**
 * Columns beyond those that are wanted, and rounds: what is left of the error (Halko, Martinsson and Tropp 2011, §4.5). More
 * rounds found no better passages on the collections of the bench.
 */
const OVERSAMPLED = 10
const ROUNDS = 2

/** The first right singular vectors of a matrix as columns, and their singular values. */
export interface Svd {
  vectors: Dense
  values: Dense
}

/** Numbers of a normal distribution, the same ones for the same seed (mulberry32, then Box and Muller). */
function* normals(seed: number): Generator<number, never> {
  let state = seed
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  for (;;) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
    const angle = 2 * Math.PI * uniform()
    yield radius * Math.cos(angle)
    yield radius * Math.sin(angle)
  }
}

/** Eigenvectors over the roots of their values; those of values that are none, within the precision of the numbers, are zero. */
function overRoots(
  { values, vectors }: ReturnType<typeof eigenOf>,
  size: number,
  kept: number,
): Float64Array {
  const smallest = (values[0] ?? 0) * 1e-11
  const scaled = new Float64Array(size * kept)
  for (let column = 0; column < kept; column += 1) {
    const value = values[column] ?? 0
    const factor = value > smallest ? 1 / Math.sqrt(value) : 0
    for (let row = 0; row < size; row += 1)
      scaled[row * kept + column] = (vectors[row * size + column] as number) * factor // the loops' bounds are the matrix's
  }
  return scaled
}

/** Makes the columns orthonormal. Once leaves some rounding, which a second time takes away (CholeskyQR2). */
const orthonormal = (dense: Dense, columns: number): Dense =>
  timesUpper(dense, orthonormaliser(innerProducts(dense, dense, columns), columns), columns)

/**
 * The first `dimensions` singular vectors, by subspace iteration from a random start. Those that there are not are zero. What is
 * made orthonormal, again and again, are vectors of rows: there are seldom more of them than of columns.
 */
export function truncatedSvd(
  matrix: SparseMatrix,
  dimensions: number,
  seed: number,
  onProgress: (done: number, total: number) => void = () => {},
): Svd {
  const { rows, columns } = matrix
  const width = Math.min(dimensions + OVERSAMPLED, rows, columns)
  const random = normals(seed)
  const aTimes = (dense: Dense) => times(matrix, dense, width, 0, rows)
  let basis: Dense = Float32Array.from({ length: rows * width }, () => random.next().value)
  for (let round = 0; round < ROUNDS; round += 1) {
    onProgress(round, ROUNDS)
    basis = orthonormal(aTimes(transposedTimes(matrix, basis, width)), width)
  }
  basis = orthonormal(basis, width)
  // Rayleigh and Ritz: within the space that was found, the directions in which the matrix is largest.
  const image = aTimes(transposedTimes(matrix, basis, width))
  const eigen = eigenOf(innerProducts(basis, image, width), width)
  const kept = Math.min(dimensions, width)
  const left = timesSmall(basis, overRoots(eigen, width, kept), width)
  const right = transposedTimes(matrix, left, kept)
  const vectors = new Float32Array(columns * dimensions)
  for (let row = 0; row < columns; row += 1)
    vectors.set(right.subarray(row * kept, (row + 1) * kept), row * dimensions)
  const values = new Float32Array(dimensions)
  for (let index = 0; index < kept; index += 1)
    values[index] = Math.sqrt(Math.max(0, eigen.values[index] ?? 0))
  return { vectors, values }
}
