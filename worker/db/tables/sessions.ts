import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts, apiKeys } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** A browser that is signed in. Only the SHA-256 of its cookie's secret is kept. */
export const sessions = sqliteTable(
  'sessions',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    hash: text('hash').notNull().unique(),
    /** The key that it was opened with, which narrows it and ends it; null where a password opened it. */
    keyId: text('key_id').references(() => apiKeys.id, { onDelete: 'cascade' }),
    /** The browser's own word for itself, as its person knows it again. */
    userAgent: text('user_agent'),
    createdAt: createdAt(),
    lastUsedAt: integer('last_used_at').notNull(),
  },
  (table) => [index('sessions_account').on(table.accountId, table.lastUsedAt)],
)

/** A link that signs in once. Only the SHA-256 of its code is kept. */
export const signInLinks = sqliteTable(
  'sign_in_links',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    hash: text('hash').notNull().unique(),
    /** As of a session. */
    keyId: text('key_id').references(() => apiKeys.id, { onDelete: 'cascade' }),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('sign_in_links_account').on(table.accountId)],
)
