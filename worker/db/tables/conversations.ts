import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
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
    /** A caller's own words about it, where there are any. */
    metadata: text('metadata', { mode: 'json' }).$type<Record<string, string>>(),
    /** The weight of the messages that were put into it as they are. */
    addedBytes: integer('added_bytes').notNull().default(0),
    /** The conversation whose beginning it has taken over; it may be gone. */
    branchedFrom: text('branched_from'),
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
    /** Those in the room. */
    sockets: integer('sockets').notNull().default(1),
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

/** The ways in which answers were found, for readers who want to see more than the text. */
export const answerWays = sqliteTable('answer_ways', {
  messageId: text('message_id')
    .primaryKey()
    .references(() => messages.id, { onDelete: 'cascade' }),
  /** JSON: an `AnswerWay`. */
  way: text('way').notNull(),
})

/** The sources that messages of models name, as OpenAI spells them. */
export const messageAnnotations = sqliteTable('message_annotations', {
  messageId: text('message_id')
    .primaryKey()
    .references(() => messages.id, { onDelete: 'cascade' }),
  annotations: text('annotations', { mode: 'json' }).$type<unknown[]>().notNull(),
})

/** Responses that are kept. */
export const responses = sqliteTable(
  'responses',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** The response that it goes on from, which may be gone. */
    previousId: text('previous_id'),
    state: text('state', {
      enum: ['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled'],
    }).notNull(),
    /** Its object without the items. */
    body: text('body').notNull(),
    /** It goes on without its reader. */
    background: integer('background', { mode: 'boolean' }).notNull(),
    /** Its weight, with its items. */
    bytes: integer('bytes').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('responses_account').on(table.accountId, table.createdAt),
    index('responses_age').on(table.createdAt),
    index('responses_open').on(table.accountId).where(sql`state in ('queued', 'in_progress')`),
  ],
)

/** The items that went into responses and came out of them. */
export const responseItems = sqliteTable(
  'response_items',
  {
    id: id(),
    responseId: text('response_id')
      .notNull()
      .references(() => responses.id, { onDelete: 'cascade' }),
    part: text('part', { enum: ['input', 'output'] }).notNull(),
    /** Order within the part, from 0. */
    position: integer('position').notNull(),
    /** The item as OpenAI spells it. */
    item: text('item').notNull(),
  },
  (table) => [index('response_items_response').on(table.responseId, table.part, table.position)],
)

/**
 * Items of conversations that are no messages: calls of tools, and their results. What reads conversations as messages does
 * not see them.
 */
export const conversationItems = sqliteTable(
  'conversation_items',
  {
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    /** The place of the message that it stands behind, and its own place among those that stand there. */
    position: integer('position').notNull(),
    rank: integer('rank').notNull(),
    id: text('id').notNull().unique(),
    item: text('item').notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.conversationId, table.position, table.rank] })],
)
