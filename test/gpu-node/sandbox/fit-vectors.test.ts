import { describe, expect, it } from 'vitest'
import { orthonormaliser } from '../../../gpu-node/sandbox/fit/cholesky.ts'
import { fitVectors } from '../../../gpu-node/sandbox/fit/fit-vectors.ts'
import { innerProducts, timesSmall, timesUpper } from '../../../gpu-node/sandbox/fit/products.ts'
import { truncatedSvd } from '../../../gpu-node/sandbox/fit/truncated-svd.ts'
import { encodeMatrix, type SparseMatrix } from '../../../shared/tasks/fit-matrix.ts'
import { keptReport } from './told.ts'

/** A matrix of two topics, of which no row has terms of both. */
function twoTopics(rows: number, columns: number): SparseMatrix {
  const starts = new Uint32Array(rows + 1)
  const indices: number[] = []
  const values: number[] = []
  for (let row = 0; row < rows; row += 1) {
    for (let column = row % 2; column < columns; column += 2)
      if ((row * 31 + column * 17) % 5 < 3) {
        indices.push(column)
        values.push(1 + ((row * 7 + column * 3) % 4) / 4)
      }
    starts[row + 1] = indices.length
  }
  return { rows, columns, starts, indices: new Uint32Array(indices), values: new Float32Array(values) }
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)

describe('the singular vectors of a matrix', () => {
  it('are orthonormal, and those that the definition asks for', () => {
    const matrix = twoTopics(60, 24)
    const { vectors, values } = truncatedSvd(matrix, 4, 1)
    const column = (index: number) => Array.from({ length: 24 }, (_, row) => vectors[row * 4 + index] ?? 0)
    for (let i = 0; i < 4; i += 1)
      for (let j = 0; j < 4; j += 1) expect(dot(column(i), column(j))).toBeCloseTo(i === j ? 1 : 0, 4)
    const { starts, indices, values: entries } = matrix
    for (let index = 0; index < 4; index += 1) {
      const v = column(index)
      const gram = new Float64Array(24)
      for (let row = 0; row < 60; row += 1) {
        let inner = 0
        for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at += 1)
          inner += (entries[at] ?? 0) * (v[indices[at] ?? 0] ?? 0)
        for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at += 1) {
          const term = indices[at] ?? 0
          gram[term] = (gram[term] ?? 0) + (entries[at] ?? 0) * inner
        }
      }
      const eigenvalue = (values[index] ?? 0) ** 2
      for (const [term, value] of gram.entries()) expect(value / eigenvalue).toBeCloseTo(v[term] ?? 0, 2)
    }
    expect([...values]).toEqual([...values].toSorted((a, b) => b - a))
  })

  it('are zero beyond those that the matrix has', () => {
    const { vectors, values } = truncatedSvd(twoTopics(3, 6), 5, 1)
    expect(values[2]).toBeGreaterThan(0)
    expect([values[3], values[4]]).toEqual([0, 0])
    for (let row = 0; row < 6; row += 1) expect([vectors[row * 5 + 3], vectors[row * 5 + 4]]).toEqual([0, 0])
  })
})

describe('the columns of a dense matrix', () => {
  /** Six rows; the third column is made of the first two, the fourth is nothing. */
  const rows = Array.from({ length: 6 }, (_, row) => [row + 1, 1 / (row + 1)] as const)
  const dense = Float32Array.from(rows.flatMap(([one, other]) => [one, other, 2 * one - other, 0]))
  const columns = 4

  it('become orthonormal, and zero where they are made of others', () => {
    const product = timesUpper(dense, orthonormaliser(innerProducts(dense, dense, columns), columns), columns)
    const column = (index: number) =>
      Array.from({ length: 6 }, (_, row) => product[row * columns + index] ?? 0)
    const lengths = [1, 1, 0, 0]
    for (const [i, length] of lengths.entries())
      for (const j of lengths.keys()) expect(dot(column(i), column(j))).toBeCloseTo(i === j ? length : 0, 4)
  })

  it('are multiplied by a small matrix as the definition says, with nothing below its diagonal or with something', () => {
    const upper = Float64Array.from([1, 2, 3, 4, 0, 5, 6, 7, 0, 0, 8, 9, 0, 0, 0, 10])
    const product = timesUpper(dense, upper, columns)
    for (let row = 0; row < 6; row += 1)
      for (let j = 0; j < columns; j += 1) {
        const rowOf = dense.subarray(row * columns, (row + 1) * columns)
        const small = Array.from({ length: columns }, (_, i) => upper[i * columns + j] ?? 0)
        expect(product[row * columns + j]).toBeCloseTo(dot(rowOf, small), 3)
      }
    expect(timesSmall(dense, upper, columns)).toEqual(product)
  })
})

describe('a fit', () => {
  const options = { dimensions: 2, precision: 'float32' as const, seed: 7 }

  it('tells terms apart by their topic, the same way for the same seed', async () => {
    const file = encodeMatrix(twoTopics(40, 20))
    const first = keptReport(['terms', 'rows', 'values'])
    await fitVectors(file.slice(), options, first.report)
    const [terms, rows, values] = [0, 1, 2].map((index) => new Float32Array(first.output(index).buffer))
    expect([terms?.length, rows?.length, values?.length]).toEqual([40, 80, 2])
    const vector = (index: number) => rows?.subarray(index * 2, index * 2 + 2) ?? []
    const cosine = (i: number, j: number) =>
      dot(vector(i), vector(j)) / Math.sqrt(dot(vector(i), vector(i)) * dot(vector(j), vector(j)))
    expect(cosine(0, 2)).toBeGreaterThan(0.9)
    expect(Math.abs(cosine(0, 1))).toBeLessThan(0.1)
    const again = keptReport(['terms'])
    await fitVectors(file.slice(), options, again.report)
    expect(again.output(0)).toEqual(first.output(0))
  })

  it('writes half precision where it is asked to', async () => {
    const { report, output } = keptReport(['terms', 'rows', 'values'])
    await fitVectors(encodeMatrix(twoTopics(40, 20)), { ...options, precision: 'float16' }, report)
    expect([output(0).length, output(1).length, output(2).length]).toEqual([80, 160, 8])
  })

  it('of what is no matrix is refused', async () => {
    const { report } = keptReport(['terms'])
    await expect(fitVectors(new Uint8Array(8), options, report)).rejects.toMatchObject({ code: 'damaged' })
  })
})
