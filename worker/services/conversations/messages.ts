import { and, asc, desc, eq, gte, ne, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { Usage } from '../../../shared/generation.ts'
import { type Db, newId } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import { conversations, messages } from '../../db/tables/conversations.ts'

export type StoredMessage = typeof messages.$inferSelect
export type MessageState = StoredMessage['state']

export interface NewMessage {
  role: string
  content: string
  queryType?: string | null
  charts?: unknown
}

/** How an answer ended. */
export interface AnswerEnd {
  state: Exclude<MessageState, 'streaming'>
  content: string
  charts?: unknown
  /** Why it failed, for its reader. */
  reason?: string | null
  usage: Usage | null
  firstMs: number | null
  totalMs: number
}

/** An answer that has begun: its row, which will hold what is generated. */
export interface BegunAnswer {
  messageId: string
  position: number
}

/** How many user's turns stand together at the end, an answer that was begun for the model left aside. */
function lastAsked(turns: readonly NewMessage[]): number {
  const asked = turns.slice(0, turns.findLastIndex(({ role }) => role === 'user') + 1)
  const answered = asked.findLastIndex(({ role }) => role === 'assistant') + 1
  return asked.slice(answered).filter(({ role }) => role === 'user').length
}

export type Messages = ReturnType<typeof createMessages>

/** The messages of conversations, in order. Callers have checked whose conversation it is. */
export function createMessages(db: Db) {
  const addQueries = (accountId: string, queries: number) =>
    db
      .update(accounts)
      .set({ queriesUsed: sql`${accounts.queriesUsed} + ${queries}` })
      .where(eq(accounts.id, accountId))

  /** What the account itself has said to a model is a query. What was answered before was counted then. */
  const countQueries = (accountId: string, added: readonly NewMessage[]) =>
    addQueries(accountId, lastAsked(added))

  const touch = (conversationId: string, now: number) =>
    db.update(conversations).set({ updatedAt: now }).where(eq(conversations.id, conversationId))

  const next = (conversationId: string) =>
    sql`(select coalesce(max(${messages.position}), 0) + 1 from ${messages} where ${messages.conversationId} = ${conversationId})`

  const insert = (conversationId: string, message: NewMessage & { state: MessageState; model?: string }) =>
    db
      .insert(messages)
      .values({
        ...message,
        id: newId(),
        conversationId,
        position: next(conversationId),
        createdAt: Date.now(),
      })
      .returning()

  return {
    /** Counts a message to a model that no conversation keeps. */
    async countQuery(accountId: string): Promise<void> {
      await addQueries(accountId, 1)
    },

    /** Adds one message as it is. */
    async add(
      owner: { accountId: string; conversationId: string },
      message: NewMessage,
    ): Promise<StoredMessage> {
      const [[added]] = await db.batch([
        insert(owner.conversationId, { ...message, state: 'complete' }),
        touch(owner.conversationId, Date.now()),
        countQueries(owner.accountId, [message]),
      ])
      if (!added) throw new Error('The message was not stored.')
      return added
    },

    /** Adds what was asked and the row of the answer to it, all or nothing. */
    async beginAnswer(
      owner: { accountId: string; conversationId: string },
      asked: readonly NewMessage[],
      answer: { model: string; queryType?: string | null },
    ): Promise<BegunAnswer> {
      const { accountId, conversationId } = owner
      const statements: [BatchItem<'sqlite'>, ...BatchItem<'sqlite'>[]] = [
        touch(conversationId, Date.now()),
        countQueries(accountId, asked),
        ...asked.map((message) => insert(conversationId, { ...message, state: 'complete' })),
        insert(conversationId, { role: 'assistant', content: '', state: 'streaming', ...answer }),
      ]
      const results = await db.batch(statements)
      const [row] = results.at(-1) as StoredMessage[]
      if (!row) throw new Error('The answer was not stored.')
      return { messageId: row.id, position: row.position }
    },

    /** The one end of an answer; false when it has ended before. */
    async endAnswer(messageId: string, { usage, ...end }: AnswerEnd): Promise<boolean> {
      const ended = await db
        .update(messages)
        .set({
          ...end,
          promptTokens: usage?.promptTokens ?? null,
          completionTokens: usage?.completionTokens ?? null,
        })
        .where(and(eq(messages.id, messageId), eq(messages.state, 'streaming')))
        .returning({ id: messages.id })
      return ended.length > 0
    },

    /** Oldest first. */
    list: (conversationId: string, { limit, offset }: { limit: number; offset: number }) =>
      db
        .select()
        .from(messages)
        .where(eq(messages.conversationId, conversationId))
        .orderBy(asc(messages.position))
        .limit(limit)
        .offset(offset),

    /** The last messages that a model may be shown, oldest first: no answer that has not ended, none that failed. */
    async recent(conversationId: string, limit: number): Promise<StoredMessage[]> {
      const rows = await db
        .select()
        .from(messages)
        .where(
          and(
            eq(messages.conversationId, conversationId),
            ne(messages.state, 'streaming'),
            ne(messages.state, 'failed'),
          ),
        )
        .orderBy(desc(messages.position))
        .limit(limit)
      return rows.toReversed()
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

    /** A conversation's answers from a place on, oldest first. */
    answersFrom: (conversationId: string, position: number, limit: number) =>
      db
        .select()
        .from(messages)
        .where(
          and(
            eq(messages.conversationId, conversationId),
            eq(messages.role, 'assistant'),
            gte(messages.position, position),
          ),
        )
        .orderBy(asc(messages.position))
        .limit(limit),

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
