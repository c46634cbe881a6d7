import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { createdAt, id } from './columns.ts'

/** Whose runs of which model, of which kind. */
const runColumns = () => ({
  accountId: text('account_id').notNull(),
  model: text('model').notNull(),
  kind: text('kind', { enum: ['generate', 'embed', 'train'] }).notNull(),
})

const tokenColumns = () => ({
  promptTokens: integer('prompt_tokens').notNull(),
  cachedPromptTokens: integer('cached_prompt_tokens').notNull(),
  completionTokens: integer('completion_tokens').notNull(),
})

/** All that runs came to, added up. */
const sumColumns = () => ({
  ...runColumns(),
  requests: integer('requests').notNull(),
  ...tokenColumns(),
  /** The cost of these tokens, each run's at the price of its time. */
  cost: real('cost').notNull().default(0),
})

/** One model run, as it ended. Kept for the measured latencies of the last days; `usage` keeps the sums. */
export const calls = sqliteTable(
  'calls',
  {
    id: id(),
    ...runColumns(),
    outcome: text('outcome').notNull(),
    ...tokenColumns(),
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

/** An account's use of a model on one day (UTC, `YYYY-MM-DD`). */
export const usage = sqliteTable(
  'usage',
  {
    day: text('day').notNull(),
    ...sumColumns(),
  },
  (table) => [
    primaryKey({ columns: [table.day, table.accountId, table.model, table.kind] }),
    index('usage_account').on(table.accountId, table.day),
  ],
)

/** The same within one hour (unix hours), for the last days. */
export const usageHours = sqliteTable(
  'usage_hours',
  {
    hour: integer('hour').notNull(),
    ...sumColumns(),
  },
  (table) => [
    primaryKey({ columns: [table.hour, table.accountId, table.model, table.kind] }),
    index('usage_hours_account').on(table.accountId, table.hour),
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
