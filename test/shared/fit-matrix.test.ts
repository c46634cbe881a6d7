import { describe, expect, it } from 'vitest'
import { BadMatrix, decodeMatrix, encodeMatrix, type SparseMatrix } from '../../shared/tasks/fit-matrix.ts'

const matrix: SparseMatrix = {
  rows: 2,
  columns: 3,
  starts: new Uint32Array([0, 1, 3]),
  indices: new Uint32Array([2, 0, 1]),
  values: new Float32Array([1, -0.5, 2]),
}

describe('a matrix of passages by terms', () => {
  it('is read as it was written, wherever in a buffer it lies', () => {
    const file = encodeMatrix(matrix)
    expect(decodeMatrix(file)).toEqual(matrix)
    const moved = new Uint8Array(file.length + 3)
    moved.set(file, 3)
    expect(decodeMatrix(moved.subarray(3))).toEqual(matrix)
  })

  it.each<[string, (file: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>, RegExp]>([
    ['breaks off in its header', (file) => file.slice(0, 19), /header/],
    ['breaks off in its entries', (file) => file.slice(0, -1), /another length/],
    ['is something else', (file) => file.fill(1, 0, 4), /no matrix/],
    ['has more columns than it says', () => encodeMatrix({ ...matrix, columns: 2 }), /beyond the last/],
    ['has no rows', () => encodeMatrix({ ...matrix, rows: 0, starts: new Uint32Array(1) }), /no rows/],
    [
      'has rows that overlap',
      () => encodeMatrix({ ...matrix, starts: new Uint32Array([0, 4, 3]) }),
      /ends before/,
    ],
    [
      'has rows that leave entries out',
      () => encodeMatrix({ ...matrix, starts: new Uint32Array([0, 1, 2]) }),
      /cover/,
    ],
    [
      'holds what is no number',
      () => encodeMatrix({ ...matrix, values: new Float32Array([1, Number.NaN, 1]) }),
      /no number/,
    ],
  ])('that %s is refused', (_, change, message) => {
    const refused = () => decodeMatrix(change(encodeMatrix(matrix)))
    expect(refused).toThrow(BadMatrix)
    expect(refused).toThrow(message)
  })
})
