import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

const accountId = () =>
  text('account_id')
    .notNull()
    .references(() => accounts.id, { onDelete: 'cascade' })

/** The files of accounts' workspaces. The bytes of each version are an object of its own in R2: a row makes one visible. */
export const workspaceFiles = sqliteTable(
  'workspace_files',
  {
    accountId: accountId(),
    /** Without a slash at its beginning. Compared by its UTF-8 bytes. */
    path: text('path').notNull(),
    /** The id of the version that is read, from which its key and its ETag are made. */
    versionId: text('version_id').notNull().unique(),
    sizeBytes: integer('size_bytes').notNull(),
    contentType: text('content_type').notNull(),
    createdAt: createdAt(),
    modifiedAt: integer('modified_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.path] })],
)

/** Files that come in parts, until they are whole, cancelled or forgotten. */
export const workspaceUploads = sqliteTable(
  'workspace_uploads',
  {
    id: id(),
    accountId: accountId(),
    path: text('path').notNull(),
    contentType: text('content_type').notNull(),
    /** Of the whole file, and of every part but the last. */
    sizeBytes: integer('size_bytes').notNull(),
    partBytes: integer('part_bytes').notNull(),
    /** The version that the file becomes. */
    versionId: text('version_id').notNull().unique(),
    /** R2's own name for the upload. */
    uploadId: text('upload_id').notNull(),
    /** When the file was whole; null before. */
    completedAt: integer('completed_at'),
    createdAt: createdAt(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    index('workspace_uploads_account').on(table.accountId, table.id),
    index('workspace_uploads_expiry').on(table.expiresAt),
  ],
)

/** The parts that have come, with the names by which R2 puts them together. */
export const workspaceParts = sqliteTable(
  'workspace_parts',
  {
    uploadId: text('upload_id')
      .notNull()
      .references(() => workspaceUploads.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    etag: text('etag').notNull(),
  },
  (table) => [primaryKey({ columns: [table.uploadId, table.number] })],
)
