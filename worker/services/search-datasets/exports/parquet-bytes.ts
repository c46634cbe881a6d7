import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { MIB } from '../../../../shared/units.ts'
import type { DatasetRow } from './dataset-row.ts'
import { type FilePlace, WHOLE_FILE } from './file-place.ts'

/** A row group ends with so many rows or so many characters of text, whichever comes first. */
const GROUP_ROWS = 10_000
const GROUP_CHARACTERS = 4 * MIB

type Column = Parameters<ParquetWriter['write']>[0]['columnData'][number]

/** Names and types of the columns, in their order. */
const COLUMNS = [
  { name: 'text', type: 'STRING', isNullable: false },
  { name: 'title', type: 'STRING', isNullable: true },
  { name: 'filename', type: 'STRING', isNullable: false },
  { name: 'source_id', type: 'STRING', isNullable: false },
  { name: 'part', type: 'INT32', isNullable: false },
  { name: 'parts', type: 'INT32', isNullable: false },
  { name: 'pages', type: 'INT32', isNullable: true },
  { name: 'tokens', type: 'INT32', isNullable: false },
  { name: 'quality', type: 'DOUBLE', isNullable: false },
] as const satisfies readonly { name: keyof DatasetRow; type: string; isNullable: boolean }[]

const SCHEMA: ParquetWriter['schema'] = [
  { name: 'root', num_children: COLUMNS.length },
  ...COLUMNS.map(({ name, type, isNullable }) => ({
    name,
    ...(type === 'STRING' ? ({ type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const) : { type }),
    repetition_type: isNullable ? ('OPTIONAL' as const) : ('REQUIRED' as const),
  })),
]

/** A writer whose bytes are taken away as they come: `offset` goes on counting the file's, as the format's footer needs. */
class TakenBytes extends ByteWriter {
  take(): Uint8Array {
    const bytes = this.getBytes().slice()
    this.index = 0
    return bytes
  }
}

/** Numbers of 64 bits in JSON, which has none. */
const INTEGER = /^\d+n$/
const written = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)
const read = (key: string, value: unknown) =>
  key !== 'max_value' && key !== 'min_value' && typeof value === 'string' && INTEGER.test(value)
    ? BigInt(value.slice(0, -1))
    : value

/** A piece of a Parquet file. */
export interface ParquetPiece {
  bytes: AsyncIterable<Uint8Array>
  /** When all bytes are there: its row groups, for the footer of the file. */
  memo: () => string
}

/**
 * Rows as a Parquet file, in row groups that are compressed one by one; or a piece of one, of which the last needs to know the
 * groups of all before it.
 */
export function parquetPiece(
  rows: AsyncIterable<DatasetRow>,
  { at, isLast }: FilePlace = WHOLE_FILE,
  memos: readonly string[] = [],
): ParquetPiece {
  const writer = new TakenBytes()
  const parquet = new ParquetWriter({ writer, schema: SCHEMA, createdBy: 'switchyard' })
  if (at > 0) {
    // The mark at the beginning of the file, which is there.
    writer.take()
    writer.offset = at
  }

  function writeGroup(group: readonly DatasetRow[]): Uint8Array {
    const columnData: Column[] = COLUMNS.map(({ name }) => ({
      name,
      data: group.map((row) => row[name]),
      // Where pages lie and how a text begins and ends nobody asks, and it would be kept until the footer.
      offsetIndex: false,
      statistics: name !== 'text',
    }))
    parquet.write({ columnData, rowGroupSize: group.length })
    return writer.take()
  }

  async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
    let group: DatasetRow[] = []
    let characters = 0
    for await (const row of rows) {
      group.push(row)
      characters += row.text.length
      if (group.length < GROUP_ROWS && characters < GROUP_CHARACTERS) continue
      yield writeGroup(group)
      group = []
      characters = 0
    }
    if (group.length > 0) yield writeGroup(group)
    if (isLast) {
      // They were written by `memo`.
      const before = memos.flatMap((memo) => JSON.parse(memo, read) as typeof parquet.row_groups)
      parquet.row_groups.unshift(...before)
      for (const { num_rows: count } of before) parquet.num_rows += count
      parquet.finish()
    }
    yield writer.take()
  }
  return { bytes: bytes(), memo: () => JSON.stringify(parquet.row_groups, written) }
}
