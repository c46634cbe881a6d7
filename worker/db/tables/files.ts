import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { ROW_TYPES } from '../../../shared/training-rows.ts'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** The ends that files serve. */
export const FILE_PURPOSES = ['fine-tune', 'fine-tune-results', 'user_data', 'assistants'] as const
export type FilePurpose = (typeof FILE_PURPOSES)[number]

/** Those of files that are read as documents. */
export const DOCUMENT_PURPOSES = ['user_data', 'assistants'] as const satisfies readonly FilePurpose[]
export type DocumentPurpose = (typeof DOCUMENT_PURPOSES)[number]

/** A mistake in a file of rows: on which line (from 1), in which field of the row, if in one. */
export interface LineFault {
  line: number
  field: string
  message: string
}

/** The findings about lines of rows. */
export interface Findings {
  rows: number
  /** The forms of rows by their first lines, and the first lines of each. */
  forms: { type: (typeof ROW_TYPES)[number]; lines: number[] }[]
  faults: LineFault[]
}

/**
 * The findings about the whole lines of a piece of a file, counted from its beginning, and how many bytes before and after them are
 * parts of lines.
 */
export interface PieceSurvey extends Findings {
  /** Up to and with the first end of a line; all of the piece where none ends in it. */
  headBytes: number
  /** After the last end of a line. */
  tailBytes: number
  /** Ends of lines. */
  lineEnds: number
}

const accountId = () =>
  text('account_id')
    .notNull()
    .references(() => accounts.id, { onDelete: 'cascade' })

/** Files of `/v1/files`, whole and checked. Their bytes are those of their parts, in R2. */
export const files = sqliteTable(
  'files',
  {
    id: id(),
    accountId: accountId(),
    name: text('name').notNull(),
    purpose: text('purpose', { enum: FILE_PURPOSES }).notNull(),
    contentType: text('content_type').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    /** Of a file of rows to train on: their form, and how many there are. */
    rowType: text('row_type', { enum: ROW_TYPES }),
    rowCount: integer('row_count'),
    createdAt: createdAt(),
    expiresAt: integer('expires_at'),
    /** Of a document: the SHA-256 of its bytes, in hex. */
    sha256: text('sha256'),
    /** Of a document: its name in Agentic's contract, eight characters that no other file of the deployment has. */
    shortId: text('short_id').unique(),
    /** Of a document: the one of its account's library that has these bytes; null until it has been taken in there. */
    documentId: text('document_id'),
  },
  (table) => [
    index('files_account').on(table.accountId, table.id),
    index('files_expiry').on(table.expiresAt),
    index('files_document').on(table.documentId),
  ],
)

/** Accounts that have had documents: their libraries are compared with their files, one after the other. */
export const libraries = sqliteTable(
  'libraries',
  {
    accountId: text('account_id')
      .primaryKey()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    checkedAt: integer('checked_at').notNull(),
  },
  (table) => [index('libraries_checked').on(table.checkedAt)],
)

/** Tasks of nodes that read documents. */
export const documentTasks = sqliteTable(
  'document_tasks',
  {
    id: id(),
    accountId: accountId(),
    documentId: text('document_id').notNull(),
    /** Of the document. */
    attempt: integer('attempt').notNull(),
    /** Of one that reads pictures of pages: where the other pages are, in R2. */
    pagesKey: text('pages_key'),
    createdAt: createdAt(),
  },
  (table) => [
    index('document_tasks_document').on(table.documentId),
    index('document_tasks_age').on(table.createdAt),
  ],
)

/** Files that come in parts. One that is completed becomes the file of the same id. */
export const uploads = sqliteTable(
  'uploads',
  {
    id: id(),
    accountId: accountId(),
    name: text('name').notNull(),
    purpose: text('purpose', { enum: FILE_PURPOSES }).notNull(),
    contentType: text('content_type').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    /** How long the file is to live; null is for ever. */
    fileLifetimeSeconds: integer('file_lifetime_seconds'),
    status: text('status', { enum: ['pending', 'completed', 'cancelled'] })
      .notNull()
      .default('pending'),
    /** Until when nobody else may put the parts of a document together; null: nobody does. */
    assemblingUntil: integer('assembling_until'),
    createdAt: createdAt(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('uploads_expiry').on(table.expiresAt)],
)

/** Pieces of files, each an object in R2 whose key is made from the id: of a file in order, or of an upload in none. */
export const fileParts = sqliteTable(
  'file_parts',
  {
    id: id(),
    fileId: text('file_id').references(() => files.id, { onDelete: 'cascade' }),
    uploadId: text('upload_id').references(() => uploads.id, { onDelete: 'cascade' }),
    position: integer('position').notNull().default(0),
    sizeBytes: integer('size_bytes').notNull(),
    survey: text('survey', { mode: 'json' }).$type<PieceSurvey>(),
    createdAt: createdAt(),
  },
  (table) => [
    index('file_parts_file').on(table.fileId, table.position),
    index('file_parts_upload').on(table.uploadId),
  ],
)

/** Files that came into a vector store together. */
export const vectorStoreBatches = sqliteTable(
  'vector_store_batches',
  {
    id: id(),
    accountId: accountId(),
    storeId: text('store_id').notNull(),
    fileIds: text('file_ids', { mode: 'json' }).$type<string[]>().notNull(),
    /** How many of them it took back; null where nobody did. */
    cancelled: integer('cancelled'),
    createdAt: createdAt(),
  },
  (table) => [index('vector_store_batches_store').on(table.storeId)],
)
