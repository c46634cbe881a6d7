import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

export const DATASET_STATUSES = ['pending', 'processing', 'completed', 'failed'] as const
export type DatasetStatus = (typeof DATASET_STATUSES)[number]

/** The forms in which a dataset is exported. */
export const EXPORT_FORMATS = ['jsonl', 'parquet', 'csv', 'json'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** A document whose rows are being written. */
export interface OpenDocument {
  id: string
  /** Rows in all, and those that are there. */
  parts: number
  written: number
  /** Characters of its text in all, and those that are in rows. */
  characters: number
  at: number
  quality: number
}

/** Datasets that are made of the documents that a query finds. */
export const searchDatasets = sqliteTable(
  'search_datasets',
  {
    id: id(),
    /** Whose documents they are, and whose workspace the exports are written to. */
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    createdBy: text('created_by').notNull(),
    name: text('name').notNull(),
    description: text('description'),
    query: text('query').notNull(),
    status: text('status', { enum: DATASET_STATUSES }).notNull(),
    /** Documents that were still being read when it was asked for. */
    waitsFor: text('waits_for', { mode: 'json' }).$type<string[]>().notNull(),
    /** The documents that the query found, in order; null before it has looked. */
    documents: text('documents', { mode: 'json' }).$type<string[]>(),
    /** Of them, those that are done with, in order, … */
    taken: integer('taken').notNull().default(0),
    /** The one of them that is written now, if its rows are not all there yet. */
    openDocument: text('open_document', { mode: 'json' }).$type<OpenDocument>(),
    /** … and of those, the ones that were still there. */
    documentCount: integer('document_count').notNull().default(0),
    rowCount: integer('row_count').notNull().default(0),
    totalTokens: integer('total_tokens').notNull().default(0),
    characters: integer('characters').notNull().default(0),
    qualitySum: real('quality_sum').notNull().default(0),
    /** Formats that are still to be written, and those that are, with the path of each in the workspace. */
    exporting: text('exporting', { mode: 'json' }).$type<ExportFormat[]>().notNull(),
    exports: text('exports', { mode: 'json' }).$type<{ format: ExportFormat; path: string }[]>().notNull(),
    /** Why it failed, or its last export did; why it waits. One sentence each. */
    error: text('error'),
    waitingFor: text('waiting_for'),
    attempts: integer('attempts').notNull().default(0),
    /** Who works on it, and until when nobody else may; null: nobody. */
    leaseId: text('lease_id'),
    leaseUntil: integer('lease_until'),
    /** When there is something to do; null: nothing is. */
    nextAt: integer('next_at'),
    createdAt: createdAt(),
    startedAt: integer('started_at'),
    completedAt: integer('completed_at'),
  },
  (table) => [
    index('search_datasets_age').on(table.createdAt, table.id),
    index('search_datasets_account').on(table.accountId, table.status),
    index('search_datasets_due').on(table.nextAt),
  ],
)

/**
 * The rows of a dataset in order, a piece of lines of JSONL each, whose bytes are an object in R2; and while they are exported,
 * what each piece is in that format.
 */
export const searchDatasetPieces = sqliteTable(
  'search_dataset_pieces',
  {
    id: id(),
    datasetId: text('dataset_id')
      .notNull()
      .references(() => searchDatasets.id, { onDelete: 'cascade' }),
    /** Null for the rows themselves. */
    format: text('format', { enum: EXPORT_FORMATS }),
    position: integer('position').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    /** Facts of it that the end of the exported file says. */
    memo: text('memo'),
    createdAt: createdAt(),
  },
  (table) => [index('search_dataset_pieces_dataset').on(table.datasetId, table.position)],
)
