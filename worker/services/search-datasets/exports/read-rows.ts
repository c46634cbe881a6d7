import type { DatasetRow } from './dataset-row.ts'

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

/** The rows of lines of JSONL. */
export async function* rowsIn(bytes: ReadableStream<Uint8Array>): AsyncGenerator<DatasetRow, void, void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    // They were written by `lineOf`.
    for (const line of lines) yield JSON.parse(line) as DatasetRow
  }
}
