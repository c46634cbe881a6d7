import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** Sentences that an account wants its agents to remember. */
export const agentNotes = sqliteTable(
  'agent_notes',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    text: text('text').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('agent_notes_account').on(table.accountId, table.id)],
)

/** A run of an agent, as lists show it; its steps are in its object. */
export const agentRuns = sqliteTable(
  'agent_runs',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** The way in which it decides. */
    loop: text('loop').notNull(),
    model: text('model').notNull(),
    /** The question as lists show it, cut where it is long. */
    question: text('question').notNull(),
    state: text('state', {
      enum: ['running', 'waiting_approval', 'completed', 'failed', 'cancelled'],
    }).notNull(),
    /** The limit that it came to. */
    stopReason: text('stop_reason'),
    promptTokens: integer('prompt_tokens').notNull().default(0),
    completionTokens: integer('completion_tokens').notNull().default(0),
    createdAt: createdAt(),
    endedAt: integer('ended_at'),
  },
  (table) => [
    index('agent_runs_account').on(table.accountId, table.createdAt, table.id),
    index('agent_runs_state').on(table.state, table.createdAt),
  ],
)
