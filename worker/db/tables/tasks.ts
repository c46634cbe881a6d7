import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { TASK_KINDS, type TaskFigures, type TaskWork } from '../../../shared/tasks/tasks.ts'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** The states of a task: `queued → running → done | failed | cancelled`, and back to `queued` when its node is lost. */
export const TASK_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const
export type TaskState = (typeof TASK_STATES)[number]

/** Work on files that a node does beside generations. */
export const tasks = sqliteTable(
  'tasks',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** The service that it is for. */
    owner: text('owner').notNull(),
    kind: text('kind', { enum: TASK_KINDS }).notNull(),
    work: text('work', { mode: 'json' }).$type<TaskWork>().notNull(),
    inputs: text('inputs', { mode: 'json' })
      .$type<{ name: string; key: string; bytes: number }[]>()
      .notNull(),
    /** Each under `<key>/<attempt>`. */
    outputs: text('outputs', { mode: 'json' })
      .$type<{ name: string; key: string; maxBytes: number }[]>()
      .notNull(),
    limitMs: integer('limit_ms').notNull(),
    state: text('state', { enum: TASK_STATES }).notNull(),
    /** Counts up with each claim: what an older attempt says or sends changes nothing. */
    attempt: integer('attempt').notNull().default(0),
    /** Attempts whose node or process was lost. */
    losses: integer('losses').notNull().default(0),
    /** The node that holds the lease. */
    nodeId: text('node_id'),
    leaseUntil: integer('lease_until'),
    claimedAt: integer('claimed_at'),
    written: text('written', { mode: 'json' }).$type<{ name: string; key: string; bytes: number }[]>(),
    figures: text('figures', { mode: 'json' }).$type<TaskFigures>(),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    /** When its owner was told of its end. */
    toldAt: integer('told_at'),
    createdAt: createdAt(),
    updatedAt: integer('updated_at').notNull(),
    finishedAt: integer('finished_at'),
  },
  (table) => [
    index('tasks_queue').on(table.state, table.kind, table.createdAt),
    index('tasks_account').on(table.accountId, table.state, table.createdAt),
    index('tasks_node').on(table.nodeId, table.state),
    index('tasks_over').on(table.finishedAt),
  ],
)
