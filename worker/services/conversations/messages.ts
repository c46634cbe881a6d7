import { and, desc, eq, gte, ne, or, type SQL, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { type Db, newId } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import { conversations, messages } from '../../db/tables/conversations.ts'
import { limitOf, MAX_ADDED_BYTES, MESSAGE_OVERHEAD_BYTES, readLimit } from '../accounts/plan-rows.ts'
import type { History } from './chat-prompt.ts'
import { readMessages } from './read-messages.ts'

export type StoredMessage = typeof messages.$inferSelect
export type MessageState = StoredMessage['state']

/** Characters of a message that somebody sends: a row of the database holds 2 MB, and a character is up to 3 bytes. */
export const MAX_MESSAGE_LENGTH = 500_000

export interface NewMessage {
  role: string
  content: string
  queryType?: string | null
  charts?: unknown
}

/** How many user's turns stand together at the end, an answer that was begun for the model left aside. */
function lastAsked(turns: readonly NewMessage[]): number {
  const asked = turns.slice(0, turns.findLastIndex(({ role }) => role === 'user') + 1)
  const answered = asked.findLastIndex(({ role }) => role === 'assistant') + 1
  return asked.slice(answered).filter(({ role }) => role === 'user').length
}

const addQueries = (db: Db, accountId: string, queries: number | SQL) =>
  db
    .update(accounts)
    .set({ queriesUsed: sql`${accounts.queriesUsed} + ${queries}` })
    .where(eq(accounts.id, accountId))

/** Counts queries: messages of the account's own to a model. Those that were answered before were counted then. */
export const countQueries = (db: Db, accountId: string, added: readonly NewMessage[]) =>
  addQueries(db, accountId, lastAsked(added))

/** Counts a message to a model that no conversation keeps. */
export const countingQuery = (db: Db, accountId: string) => addQueries(db, accountId, 1)

const lastPosition = (conversationId: string): SQL =>
  sql`select coalesce(max(${messages.position}), 0) from ${messages} where ${messages.conversationId} = ${conversationId}`

/** A message behind the last one of its conversation. */
export const insertMessage = (
  db: Db,
  conversationId: string,
  message: NewMessage & { state: MessageState; model?: string },
) => {
  return db.insert(messages).values({
    ...message,
    id: newId(),
    conversationId,
    position: sql`(${lastPosition(conversationId)}) + 1`,
    createdAt: Date.now(),
  })
}

export type Messages = ReturnType<typeof createMessages>

/** The messages of conversations, in order. Callers have checked whose conversation it is. */
export function createMessages(db: Db) {
  return {
    /** Counts a message to a model that no conversation keeps. */
    async countQuery(accountId: string): Promise<void> {
      await countingQuery(db, accountId)
    },

    /** Adds one message as it is. Throws `storage_full` where those that were added so come to more than the account's plan keeps. */
    async add(
      { accountId, conversationId }: { accountId: string; conversationId: string },
      { role, content, queryType = null, charts = null }: NewMessage,
    ): Promise<StoredMessage> {
      const [id, now] = [newId(), Date.now()]
      const shown = charts === null ? null : JSON.stringify(charts)
      const bytes =
        Buffer.byteLength(content) + (shown === null ? 0 : Buffer.byteLength(shown)) + MESSAGE_OVERHEAD_BYTES
      const known = sql`(select coalesce(sum(added_bytes), 0) from conversations where account_id = ${accountId} and added_bytes > 0)`
      const isAdded = sql`exists (select 1 from messages where id = ${id})`
      const [[added]] = await db.batch([
        db
          .insert(messages)
          .select(
            sql`select ${id}, ${conversationId}, (${lastPosition(conversationId)}) + 1, ${role}, ${content}, ${queryType}, ${shown},
              'complete', null, null, null, null, null, null, ${now}
              where ${known} + ${bytes} <= ${limitOf(accountId, MAX_ADDED_BYTES)}`,
          )
          .returning(),
        db
          .update(conversations)
          .set({ updatedAt: now, addedBytes: sql`${conversations.addedBytes} + ${bytes}` })
          .where(and(eq(conversations.id, conversationId), isAdded)),
        addQueries(
          db,
          accountId,
          sql`case when ${isAdded} then ${lastAsked([{ role, content }])} else 0 end`,
        ),
      ])
      if (added) return added
      const limit = await readLimit(db, accountId, MAX_ADDED_BYTES)
      throw new AppError(
        'storage_full',
        `Your plan keeps at most ${limit} bytes of messages that no model has answered: delete a conversation.`,
      )
    },

    /** Oldest first. A page that ends before its limit has come to `MAX_READ_BYTES`. */
    page: (conversationId: string, { limit, offset }: { limit: number; offset: number }) =>
      readMessages(db, conversationId, { where: undefined, direction: 'onwards', limit, offset }),

    /** The last turns that a model may be shown: no answer that has not ended, failed, or was stopped before it said anything. */
    async history(conversationId: string, limit: number): Promise<History<StoredMessage>> {
      const isShown = and(
        ne(messages.role, 'system'),
        ne(messages.state, 'streaming'),
        ne(messages.state, 'failed'),
        or(ne(messages.state, 'cancelled'), ne(messages.content, '')),
      )
      const [read, [system]] = await Promise.all([
        readMessages(db, conversationId, { where: isShown, direction: 'backwards', limit }),
        db
          .select()
          .from(messages)
          .where(and(eq(messages.conversationId, conversationId), eq(messages.role, 'system')))
          .orderBy(desc(messages.position))
          .limit(1),
      ])
      return { turns: read.messages.toReversed(), system, isWhole: !read.hasMore }
    },

    /** A message of any of the account's conversations. */
    async find(accountId: string, messageId: string): Promise<StoredMessage | undefined> {
      const [row] = await db
        .select({ message: messages })
        .from(messages)
        .innerJoin(conversations, eq(conversations.id, messages.conversationId))
        .where(and(eq(messages.id, messageId), eq(conversations.accountId, accountId)))
      return row?.message
    },

    /** A conversation's answers from a place on, oldest first, as many as `MAX_READ_BYTES` hold. */
    async answersFrom(conversationId: string, position: number, limit: number): Promise<StoredMessage[]> {
      const where = and(eq(messages.role, 'assistant'), gte(messages.position, position))
      return (await readMessages(db, conversationId, { where, direction: 'onwards', limit })).messages
    },

    /** The last message of a conversation. */
    async last(conversationId: string): Promise<StoredMessage | undefined> {
      const [row] = await db
        .select()
        .from(messages)
        .where(eq(messages.conversationId, conversationId))
        .orderBy(desc(messages.position))
        .limit(1)
      return row
    },

    /** The message at a place of a conversation. */
    async at(conversationId: string, position: number): Promise<StoredMessage | undefined> {
      const [row] = await db
        .select()
        .from(messages)
        .where(and(eq(messages.conversationId, conversationId), eq(messages.position, position)))
      return row
    },
  }
}
