import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { createdAt, id } from './columns.ts'

/** A change by an administrator: who, what, and how it was before and after. Rows are only ever added. */
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

/** Beginnings of system prompts that an administrator wrote: what nodes computed of them serves every account. */
export const sharedPrompts = sqliteTable('shared_prompts', {
  name: text('name').primaryKey(),
  text: text('text').notNull(),
  createdAt: createdAt(),
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
    /** Who asked. */
    caller: text('caller').notNull().default(''),
    /** The weight of the answer; 0 while its POST runs. */
    bytes: integer('bytes').notNull().default(0),
    createdAt: createdAt(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    index('idempotent_answers_expiry').on(table.expiresAt),
    index('idempotent_answers_caller').on(table.caller, table.expiresAt, table.bytes),
  ],
)
