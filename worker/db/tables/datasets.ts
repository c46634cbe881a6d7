import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** The encodings that a file's text may have, by the names of the Encoding Standard. */
export const DATASET_ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export type DatasetEncoding = (typeof DATASET_ENCODINGS)[number]

/** A column of a dataset: what it is called, once in its table, and what its values are. */
export interface DatasetColumn {
  name: string
  type: 'integer' | 'real' | 'text'
  /** Of numbers: what stands before their fractions. Missing where they are as JavaScript writes them, as they once had to be. */
  decimal?: '.' | ','
  /** The unit of the numbers, and whether it is written before them. */
  unit?: { symbol: string; isBefore: boolean }
  /** Cells of a column of numbers that hold something else. */
  leftOut?: number
  /** Of text: `NA` is one of its codes, and not an empty cell. */
  keepsNa?: true
}

/** Rows that an account has uploaded, whole: the file itself is in R2, under a key made from the id. */
export const datasets = sqliteTable(
  'datasets',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    fileName: text('file_name').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    encoding: text('encoding', { enum: DATASET_ENCODINGS }).notNull().default('utf-8'),
    /** The character between cells; null where it is to be found in the file. */
    delimiter: text('delimiter'),
    rowCount: integer('row_count').notNull(),
    /** Rows that lacked cells at their end. */
    shortRows: integer('short_rows').notNull().default(0),
    columns: text('columns', { mode: 'json' }).$type<DatasetColumn[]>().notNull(),
    /** How the file begins, as it is written there. */
    preview: text('preview', { mode: 'json' }).$type<{ headers: string[]; rows: string[][] }>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('datasets_account').on(table.accountId, table.createdAt, table.id)],
)
