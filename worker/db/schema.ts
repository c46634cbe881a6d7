import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Every id is `makeId` of shared/ids.ts; every time is epoch ms. */
const id = () => text('id').primaryKey()
const createdAt = () => integer('created_at').notNull()

// Accounts

/** A person or service. What was not given at registration stays null and is never invented. */
export const accounts = sqliteTable('accounts', {
  id: id(),
  email: text('email').unique(),
  username: text('username').unique(),
  passwordHash: text('password_hash'),
  roles: text('roles', { mode: 'json' }).$type<string[]>().notNull(),
  active: integer('active', { mode: 'boolean' }).notNull().default(true),
  createdAt: createdAt(),
})

/** A secret that stands for its account. Only the SHA-256 of the secret is kept; `prefix` finds the row. */
export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    prefix: text('prefix').notNull(),
    hash: text('hash').notNull().unique(),
    createdAt: createdAt(),
    revokedAt: integer('revoked_at'),
  },
  (table) => [index('api_keys_prefix').on(table.prefix), index('api_keys_account').on(table.accountId)],
)

// Nodes

/** A gpu-node that may dial in. The credential's SHA-256 is kept; a revoked node's row stays for the record. */
export const nodes = sqliteTable('nodes', {
  id: id(),
  name: text('name').notNull(),
  credentialHash: text('credential_hash').notNull().unique(),
  createdAt: createdAt(),
  revokedAt: integer('revoked_at'),
})

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
