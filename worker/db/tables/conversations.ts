import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

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
    /** The weight of the messages that were put into it as they are. */
    addedBytes: integer('added_bytes').notNull().default(0),
    createdAt: createdAt(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    index('conversations_account').on(table.accountId, table.updatedAt, table.id),
    uniqueIndex('conversations_session').on(table.accountId, table.sessionId),
    index('conversations_added').on(table.accountId, table.addedBytes).where(sql`added_bytes > 0`),
  ],
)

/** Rooms with sockets of an account: they are told when a credential of it ends. */
export const openRooms = sqliteTable(
  'open_rooms',
  {
    conversationId: text('conversation_id').primaryKey(),
    accountId: text('account_id').notNull(),
  },
  (table) => [index('open_rooms_account').on(table.accountId)],
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
