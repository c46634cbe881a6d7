import type { DatasetRow } from './dataset-row.ts'

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
