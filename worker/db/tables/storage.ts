import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { id } from './columns.ts'

const accountId = () =>
  text('account_id')
    .notNull()
    .references(() => accounts.id, { onDelete: 'cascade' })

/** Everything that an account has stored, of all kinds together. Changes in one batch with the rows of what is stored. */
export const storedFiles = sqliteTable('stored_files', {
  accountId: accountId().primaryKey(),
  bytes: integer('bytes').notNull(),
  files: integer('files').notNull(),
})

/** Room for what an account is storing just now. Counts until its time is over. */
export const storageReservations = sqliteTable(
  'storage_reservations',
  {
    id: id(),
    accountId: accountId(),
    bytes: integer('bytes').notNull(),
    files: integer('files').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    index('storage_reservations_account').on(table.accountId, table.expiresAt),
    index('storage_reservations_expires').on(table.expiresAt),
  ],
)
