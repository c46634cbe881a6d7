import { BadMatrix, decodeMatrix, type SparseMatrix } from '../../../shared/tasks/fit-matrix.ts'
import type { TaskWork } from '../../../shared/tasks/tasks.ts'
import { Unreadable } from '../file-fault.ts'
import type { Report } from '../report.ts'
import { times } from './products.ts'
import { truncatedSvd } from './truncated-svd.ts'

type FitOptions = Extract<TaskWork, { kind: 'fit' }>['options']

/** Rows of an output that are made at a time. */
const BLOCK_ROWS = 1_024

function opened(file: Uint8Array<ArrayBuffer>): SparseMatrix {
  try {
    return decodeMatrix(file)
  } catch (thrown) {
    throw thrown instanceof BadMatrix ? new Unreadable('damaged', thrown.message) : thrown
  }
}

const bytesOf = (numbers: Float32Array, precision: FitOptions['precision']): Uint8Array => {
  const { buffer, byteOffset, byteLength } = precision === 'float16' ? new Float16Array(numbers) : numbers
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Fits vectors to the rows of a sparse matrix: its first right singular vectors, and the rows in the space that these span. */
export async function fitVectors(
  file: Uint8Array<ArrayBuffer>,
  options: FitOptions,
  report: Report,
): Promise<void> {
  const matrix = opened(file)
  const { dimensions, precision, seed } = options
  const { vectors, values } = truncatedSvd(matrix, dimensions, seed, (done, total) =>
    report.progress(done, total),
  )
  report.output('terms', bytesOf(vectors, precision))
  report.output('values', bytesOf(values, 'float32'))
  for (let from = 0; from < matrix.rows; from += BLOCK_ROWS) {
    const to = Math.min(from + BLOCK_ROWS, matrix.rows)
    report.output('rows', bytesOf(times(matrix, vectors, dimensions, from, to), precision))
  }
}
