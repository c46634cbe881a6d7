import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { createdAt, id } from './columns.ts'

/** A person or service. What was not given at registration stays null and is never invented. */
export const accounts = sqliteTable('accounts', {
  id: id(),
  /** Counts from 1 in order of creation: the integer id that Rajora documents. Every insert gives it. */
  number: integer('number').notNull().default(0).unique(),
  /** A name to log in with. */
  email: text('email').unique(),
  /** The email that a person says is theirs, which nobody has proved: it lets nobody in, and others may say the same. */
  contactEmail: text('contact_email'),
  /** Never holds an `@`, so that it cannot be taken for somebody's email. */
  username: text('username').unique(),
  /**
   * The username as it is compared with others. Null beside a username in accounts that are older than the comparison, and that
   * another account's name reads like: they are found by their own spelling alone.
   */
  usernameKey: text('username_key').unique(),
  name: text('name'),
  givenName: text('given_name'),
  familyName: text('family_name'),
  /** The subject of an identity provider's tokens (Clerk). */
  subject: text('subject').unique(),
  passwordHash: text('password_hash'),
  /** Access tokens that were issued before are over. */
  passwordChangedAt: integer('password_changed_at'),
  roles: text('roles', { mode: 'json' }).$type<string[]>().notNull(),
  plan: text('plan', { enum: ['free', 'pro', 'enterprise'] })
    .notNull()
    .default('free'),
  billingCycle: text('billing_cycle', { enum: ['monthly', 'yearly'] }),
  /** Messages that the account has sent to a model, on any surface, each once. */
  queriesUsed: integer('queries_used').notNull().default(0),
  active: integer('active', { mode: 'boolean' }).notNull().default(true),
  /** One of the documented accounts of a development machine, whose passwords everybody knows: nobody elsewhere. */
  isSeeded: integer('is_seeded', { mode: 'boolean' }).notNull().default(false),
  createdAt: createdAt(),
  lastSeenAt: integer('last_seen_at'),
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
    /** The operations that the key is narrowed to; null is everything that its account may do. */
    scopes: text('scopes', { mode: 'json' }).$type<string[]>(),
    /** The one model that the key may use; null is all. */
    modelId: text('model_id').references(() => modelRecords.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
    expiresAt: integer('expires_at'),
    lastUsedAt: integer('last_used_at'),
    revokedAt: integer('revoked_at'),
    /** The key that made it, with which it is revoked; null where a person did. */
    parentId: text('parent_id'),
  },
  (table) => [index('api_keys_prefix').on(table.prefix), index('api_keys_account').on(table.accountId)],
)

/** An account's own record of a model: what it is called, and which model of the pool stands behind it. */
export const modelRecords = sqliteTable(
  'models',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    baseModel: text('base_model').notNull(),
    version: text('version').notNull(),
    accuracy: text('accuracy'),
    f1Score: text('f1_score'),
    loss: text('loss'),
    status: text('status').notNull(),
    datasetId: text('dataset_id'),
    createdAt: createdAt(),
  },
  (table) => [index('models_account').on(table.accountId, table.id)],
)
