import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MIB } from '../../shared/units.ts'
import { type DatasetRow, lineOf } from '../../worker/services/search-datasets/exports/dataset-row.ts'
import { parquetPiece } from '../../worker/services/search-datasets/exports/parquet-bytes.ts'
import { rowsIn } from '../../worker/services/search-datasets/exports/row-lines.ts'
import { csvBytes, jsonBytes } from '../../worker/services/search-datasets/exports/text-bytes.ts'
import type { Bench, Figure } from './bench.ts'

const ROWS = 100_000
const MAX_MIB = 64

/** Rows between two looks at the memory, before each of which garbage is collected. */
const LOOK_ROWS = 5_000

const WORDS = 'a report of the year and its figures as they were told to all that have to do with them'.split(
  ' ',
)

const wordAt = (at: number): string => WORDS[at % WORDS.length] ?? ''

/** A row with 200 words of its own. */
const rowAt = (index: number): DatasetRow => ({
  text: Array.from(
    { length: 200 },
    (_, at) => `${wordAt(index * 7 + at * at)}${(index * 31 + at) % 97}`,
  ).join(' '),
  title: `Report ${index}`,
  filename: `report-${index}.txt`,
  source_id: index.toString(16).padStart(24, '0'),
  part: 1,
  parts: 1,
  pages: index % 40,
  tokens: 400,
  quality: (index % 24) / 24,
})

/** The rows as they come out of storage: lines of JSONL. */
function storedRows(look: () => void): ReadableStream<Uint8Array> {
  let index = 0
  return new ReadableStream({
    pull(controller) {
      if (index === ROWS) return controller.close()
      if (index % LOOK_ROWS === 0) look()
      controller.enqueue(lineOf(rowAt(index)))
      index += 1
    },
  })
}

const WRITERS = {
  json: jsonBytes,
  csv: csvBytes,
  parquet: (rows: AsyncIterable<DatasetRow>) => parquetPiece(rows).bytes,
}

/** The collector of garbage, which Node keeps to itself unless it is asked. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

/** The bench of writing a dataset's rows in every format but JSONL, whose stored rows are the export. */
export const exports: Bench = {
  name: 'exports',
  summary: 'memory and time of writing 100,000 rows of a dataset as JSON, CSV and Parquet',
  async run({ note, signal }) {
    const collect = collector()
    const used = () => {
      collect()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return (heapUsed + arrayBuffers) / MIB
    }
    const figures: Figure[] = []
    for (const [format, write] of Object.entries(WRITERS)) {
      note(format)
      const before = used()
      let peak = before
      let bytes = 0
      const began = performance.now()
      const stored = storedRows(() => {
        signal.throwIfAborted()
        peak = Math.max(peak, used())
      })
      for await (const chunk of write(rowsIn(stored))) bytes += chunk.length
      const seconds = (performance.now() - began) / 1_000
      figures.push(
        { name: `${format}, memory`, value: peak - before, unit: 'MiB', target: { atMost: MAX_MIB } },
        { name: `${format}, written`, value: bytes / MIB, unit: 'MiB' },
        { name: `${format}, time`, value: seconds, unit: 's' },
      )
    }
    return figures
  },
}
