import type { DatasetRow } from './dataset-row.ts'
import { rowsIn } from './row-lines.ts'

/** The rows of pieces in R2, in order, with one line of them in memory. The pieces are ours: they are whole lines. */
export async function* readRows(
  bucket: R2Bucket,
  keys: readonly string[],
): AsyncGenerator<DatasetRow, void, void> {
  for (const key of keys) {
    const object = await bucket.get(key)
    if (!object) throw new Error('The rows of a dataset are not there.')
    yield* rowsIn(object.body)
  }
}
