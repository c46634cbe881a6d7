import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** Every id is `makeId` of shared/ids.ts; every time is epoch ms. */
const id = () => text('id').primaryKey()
const createdAt = () => integer('created_at').notNull()

// Accounts

/** A person or service. What was not given at registration stays null and is never invented. */
export const accounts = sqliteTable('accounts', {
  id: id(),
  /** Counts from 1 in order of creation: the integer id that Rajora documents. Every insert gives it. */
  number: integer('number').notNull().default(0).unique(),
  email: text('email').unique(),
  /** Never holds an `@`, so that it cannot be taken for somebody's email. */
  username: text('username').unique(),
  name: text('name'),
  givenName: text('given_name'),
  familyName: text('family_name'),
  /** The subject of an identity provider's tokens (Clerk). */
  subject: text('subject').unique(),
  passwordHash: text('password_hash'),
  roles: text('roles', { mode: 'json' }).$type<string[]>().notNull(),
  plan: text('plan', { enum: ['free', 'pro', 'enterprise'] })
    .notNull()
    .default('free'),
  billingCycle: text('billing_cycle', { enum: ['monthly', 'yearly'] }),
  /** Messages that the account has sent to a model, on any surface, each once. */
  queriesUsed: integer('queries_used').notNull().default(0),
  active: integer('active', { mode: 'boolean' }).notNull().default(true),
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
    /** What the key may do; null is everything that its account may. */
    scopes: text('scopes', { mode: 'json' }).$type<string[]>(),
    /** The one model that the key may use; null is all. */
    modelId: text('model_id').references(() => models.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
    expiresAt: integer('expires_at'),
    lastUsedAt: integer('last_used_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [index('api_keys_prefix').on(table.prefix), index('api_keys_account').on(table.accountId)],
)

/** An account's own record of a model: what it is called, and which model of the pool stands behind it. */
export const models = sqliteTable(
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

// Administration

/** What an administrator changed: who, what, and how it was before and after. Rows are only ever added. */
export const auditLog = sqliteTable(
  'audit_log',
  {
    id: id(),
    actorId: text('actor_id').notNull(),
    action: text('action').notNull(),
    target: text('target').notNull(),
    before: text('before', { mode: 'json' }).$type<unknown>(),
    after: text('after', { mode: 'json' }).$type<unknown>(),
    createdAt: createdAt(),
  },
  (table) => [index('audit_log_target').on(table.target, table.id)],
)

/** Switches that administrators move while the deployment runs, each one JSON value under its name. */
export const settings = sqliteTable('settings', {
  name: text('name').primaryKey(),
  value: text('value', { mode: 'json' }).$type<unknown>().notNull(),
  updatedAt: integer('updated_at').notNull(),
})

/** The first answer to a POST that carried an `Idempotency-Key`, sealed; null while that POST still runs. */
export const idempotentAnswers = sqliteTable(
  'idempotent_answers',
  {
    /** SHA-256 of who asked, the route and the key. */
    id: text('id').primaryKey(),
    /** A keyed hash of the body: the same key with another body is a mistake. */
    bodyHash: text('body_hash').notNull(),
    answer: text('answer'),
    createdAt: createdAt(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('idempotent_answers_expiry').on(table.expiresAt)],
)

// Metering

/** One model run, as it ended. Kept for the measured latencies of the last days; `usage` keeps the sums. */
export const calls = sqliteTable(
  'calls',
  {
    id: id(),
    accountId: text('account_id').notNull(),
    model: text('model').notNull(),
    kind: text('kind', { enum: ['generate', 'embed'] }).notNull(),
    outcome: text('outcome').notNull(),
    promptTokens: integer('prompt_tokens').notNull(),
    cachedPromptTokens: integer('cached_prompt_tokens').notNull(),
    completionTokens: integer('completion_tokens').notNull(),
    attempts: integer('attempts').notNull(),
    /** Until the first token; null when there was none. */
    firstMs: integer('first_ms'),
    totalMs: integer('total_ms').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('calls_model').on(table.model, table.createdAt),
    index('calls_created').on(table.createdAt),
  ],
)

/** What an account used of a model on one day (UTC, `YYYY-MM-DD`). */
export const usage = sqliteTable(
  'usage',
  {
    day: text('day').notNull(),
    accountId: text('account_id').notNull(),
    model: text('model').notNull(),
    kind: text('kind', { enum: ['generate', 'embed'] }).notNull(),
    requests: integer('requests').notNull(),
    promptTokens: integer('prompt_tokens').notNull(),
    cachedPromptTokens: integer('cached_prompt_tokens').notNull(),
    completionTokens: integer('completion_tokens').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.day, table.accountId, table.model, table.kind] }),
    index('usage_account').on(table.accountId, table.day),
  ],
)

/** Requests that a surface answered within one hour (unix hours). */
export const traffic = sqliteTable(
  'traffic',
  {
    hour: integer('hour').notNull(),
    surface: text('surface').notNull(),
    requests: integer('requests').notNull(),
    /** Those answered with a status of 500 or more. */
    failures: integer('failures').notNull(),
    /** Those that passed because the limiter could not be asked. */
    unlimited: integer('unlimited').notNull(),
    totalMs: integer('total_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.hour, table.surface] })],
)

// Conversations

export const conversations = sqliteTable(
  'conversations',
  {
    /** The integer id that Rajora documents; never given again after a deletion. */
    number: integer('number').primaryKey({ autoIncrement: true }),
    id: text('id').notNull().unique(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    title: text('title').notNull(),
    /** A model of the pool. */
    model: text('model'),
    /** A model record of the account. */
    modelId: text('model_id'),
    datasetId: text('dataset_id'),
    profileId: text('profile_id'),
    /** A caller's own name for the conversation, unique in the account. */
    sessionId: text('session_id'),
    createdAt: createdAt(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    index('conversations_account').on(table.accountId, table.updatedAt, table.id),
    uniqueIndex('conversations_session').on(table.accountId, table.sessionId),
  ],
)

export const messages = sqliteTable(
  'messages',
  {
    id: id(),
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    /** Order within the conversation, from 1. */
    position: integer('position').notNull(),
    role: text('role').notNull(),
    content: text('content').notNull(),
    queryType: text('query_type'),
    charts: text('charts', { mode: 'json' }).$type<unknown>(),
    state: text('state', { enum: ['streaming', 'complete', 'cancelled', 'failed'] }).notNull(),
    /** Why an answer failed, for its reader. */
    reason: text('reason'),
    model: text('model'),
    promptTokens: integer('prompt_tokens'),
    completionTokens: integer('completion_tokens'),
    firstMs: integer('first_ms'),
    totalMs: integer('total_ms'),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex('messages_position').on(table.conversationId, table.position)],
)

// Datasets

/** What a file's text may be written in, by the names of the Encoding Standard. */
export const DATASET_ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export type DatasetEncoding = (typeof DATASET_ENCODINGS)[number]

/** A column of a dataset: what it is called, once in its table, and what all of its values are. */
export interface DatasetColumn {
  name: string
  type: 'integer' | 'real' | 'text'
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
    /** What stands between cells; null where it is to be found in the file. */
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

// Advising

/** A student's profile; nested parts are JSON. */
export const profiles = sqliteTable(
  'profiles',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    status: text('status', { enum: ['draft', 'active', 'archived'] }).notNull(),
    academicRecord: text('academic_record', { mode: 'json' }).$type<unknown>(),
    preferences: text('preferences', { mode: 'json' }).$type<unknown>(),
    createdAt: createdAt(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('profiles_account').on(table.accountId, table.id)],
)

/** Recommendations as they were given. */
export const recommendations = sqliteTable(
  'recommendations',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    profileId: text('profile_id')
      .notNull()
      .references(() => profiles.id, { onDelete: 'cascade' }),
    query: text('query').notNull(),
    result: text('result', { mode: 'json' }).$type<unknown>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('recommendations_account').on(table.accountId, table.id)],
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
