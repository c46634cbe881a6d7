import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** A gpu-node that may dial in. The credential's SHA-256 is kept; a revoked node's row stays for the record. */
export const nodes = sqliteTable('nodes', {
  id: id(),
  name: text('name').notNull(),
  credentialHash: text('credential_hash').notNull().unique(),
  createdAt: createdAt(),
  revokedAt: integer('revoked_at'),
})

/** A region whose directory has nodes; it lists itself, and goes when the last has left. The one without a name is not in here. */
export const regions = sqliteTable('regions', { name: text('name').primaryKey(), createdAt: createdAt() })

/** A single-use invitation for one node, by the SHA-256 of its token. */
export const joinTokens = sqliteTable('join_tokens', {
  hash: text('hash').primaryKey(),
  name: text('name').notNull(),
  createdBy: text('created_by')
    .notNull()
    .references(() => accounts.id),
  createdAt: createdAt(),
  expiresAt: integer('expires_at').notNull(),
  usedAt: integer('used_at'),
})
