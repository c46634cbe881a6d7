import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { ROW_TYPES } from '../../../shared/training-rows.ts'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** The ends that files serve. */
export const FILE_PURPOSES = ['fine-tune', 'fine-tune-results'] as const
export type FilePurpose = (typeof FILE_PURPOSES)[number]

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
  },
  (table) => [
    index('files_account').on(table.accountId, table.id),
    index('files_expiry').on(table.expiresAt),
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
