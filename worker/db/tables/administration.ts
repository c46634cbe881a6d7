import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { createdAt, id } from './columns.ts'

/** A change: who, what, from where, and how it was before and after. Rows are added, and deleted when their time is over. */
export const auditLog = sqliteTable(
  'audit_log',
  {
    id: id(),
    actorId: text('actor_id').notNull(),
    action: text('action').notNull(),
    target: text('target').notNull(),
    before: text('before', { mode: 'json' }).$type<unknown>(),
    after: text('after', { mode: 'json' }).$type<unknown>(),
    /** Where the request came from; null where none did. */
    address: text('address'),
    createdAt: createdAt(),
  },
  (table) => [
    index('audit_log_target').on(table.target, table.id),
    index('audit_log_time').on(table.createdAt, table.id),
    index('audit_log_actor').on(table.actorId, table.createdAt, table.id),
  ],
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
