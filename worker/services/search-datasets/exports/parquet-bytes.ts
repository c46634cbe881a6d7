import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { MIB } from '../../../../shared/units.ts'
import type { DatasetRow } from './dataset-row.ts'

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

/** Rows as a Parquet file, in row groups that are compressed one by one. */
export async function* parquetBytes(rows: AsyncIterable<DatasetRow>): AsyncGenerator<Uint8Array, void, void> {
  const writer = new TakenBytes()
  const parquet = new ParquetWriter({ writer, schema: SCHEMA, createdBy: 'switchyard' })
  let group: DatasetRow[] = []
  let characters = 0

  function writeGroup(): Uint8Array {
    const columnData: Column[] = COLUMNS.map(({ name }) => ({ name, data: group.map((row) => row[name]) }))
    parquet.write({ columnData, rowGroupSize: group.length })
    group = []
    characters = 0
    return writer.take()
  }

  for await (const row of rows) {
    group.push(row)
    characters += row.text.length
    if (group.length >= GROUP_ROWS || characters >= GROUP_CHARACTERS) yield writeGroup()
  }
  if (group.length > 0) yield writeGroup()
  parquet.finish()
  yield writer.take()
}
