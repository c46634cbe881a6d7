import type { SparseMatrix } from '../../../shared/tasks/fit-matrix.ts'
import { type Dense, gramTimes, innerProducts, timesSmall } from './products.ts'
import { eigenOf } from './symmetric.ts'

/** Columns beyond those that are wanted, and rounds: what is left of the error (Halko, Martinsson and Tropp 2011, §4.5). */
const OVERSAMPLED = 10
const ROUNDS = 3

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

/**
 * Makes the columns orthonormal by the eigenvectors of their inner products. Those that are none, within the precision of
 * the numbers, become zero. Once leaves some rounding, which a second time takes away.
 */
function orthonormalise(dense: Dense, columns: number, times: number): void {
  for (let time = 0; time < times; time += 1) {
    const { values, vectors } = eigenOf(innerProducts(dense, dense, columns), columns)
    const smallest = (values[0] ?? 0) * 1e-11
    for (let column = 0; column < columns; column += 1) {
      const value = values[column] ?? 0
      const factor = value > smallest ? 1 / Math.sqrt(value) : 0
      for (let row = 0; row < columns; row += 1) {
        const at = row * columns + column
        vectors[at] = (vectors[at] as number) * factor // the loops' bounds are the matrix's
      }
    }
    timesSmall(dense, vectors, columns)
  }
}

/** The first `dimensions` singular vectors, by subspace iteration from a random start. Those that there are not are zero. */
export function truncatedSvd(
  matrix: SparseMatrix,
  dimensions: number,
  seed: number,
  onProgress: (done: number, total: number) => void = () => {},
): Svd {
  const width = Math.min(dimensions + OVERSAMPLED, matrix.rows, matrix.columns)
  const random = normals(seed)
  let basis: Dense = Float32Array.from({ length: matrix.columns * width }, () => random.next().value)
  for (let round = 0; round < ROUNDS; round += 1) {
    onProgress(round, ROUNDS)
    basis = gramTimes(matrix, basis, width)
    orthonormalise(basis, width, round === ROUNDS - 1 ? 2 : 1)
  }
  // Rayleigh and Ritz: within the space that was found, the directions in which the matrix is largest.
  const { values, vectors } = eigenOf(innerProducts(basis, gramTimes(matrix, basis, width), width), width)
  timesSmall(basis, vectors, width)
  const kept = Math.min(dimensions, width)
  const first = new Float32Array(matrix.columns * dimensions)
  for (let row = 0; row < matrix.columns; row += 1)
    first.set(basis.subarray(row * width, row * width + kept), row * dimensions)
  const singular = new Float32Array(dimensions)
  for (let index = 0; index < kept; index += 1) singular[index] = Math.sqrt(Math.max(0, values[index] ?? 0))
  return { vectors: first, values: singular }
}
