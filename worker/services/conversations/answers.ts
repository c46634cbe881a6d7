import { and, between, eq, ne, notExists, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { Usage } from '../../../shared/generation.ts'
import type { Db } from '../../db/client.ts'
import { answerWays, conversations, messages } from '../../db/tables/conversations.ts'
import type { NewWebhookEvent, WebhookEvents } from '../webhooks/events.ts'
import { type AnswerWay, writtenWay } from './answer-steps.ts'
import { countQueries, insertMessage, type MessageState, type NewMessage } from './messages.ts'

/** Turns that are asked in a conversation, and who is to answer. */
export interface AskedTurns {
  accountId: string
  conversationId: string
  /** The turns that the conversation does not have yet. */
  turns: readonly NewMessage[]
  model: string
  queryType?: string | null | undefined
  /** The conversation as it was begun for this question: it stays only with something in it. */
  begins?: typeof conversations.$inferSelect | undefined
  /** The conversation goes on with this model where none is named. */
  isModelKept?: boolean | undefined
  /** The answer that this one takes the place of. */
  replaces?: string | undefined
}

/** The row of an answer, which will hold what is generated. */
export interface BegunAnswer {
  messageId: string
  position: number
}

/** How an answer ended. */
export interface AnswerEnd {
  state: Exclude<MessageState, 'streaming'>
  content: string
  charts?: unknown
  way?: AnswerWay | undefined
  /** Why it failed, for its reader. */
  reason?: string | null
  usage: Usage | null
  firstMs: number | null
  totalMs: number
  /** The event that it is to webhooks, if it is one. */
  event?: NewWebhookEvent | undefined
}

export type Answers = ReturnType<typeof createAnswers>

/**
 * The life of an answer in the database: it begins together with what it answers, is accepted with its first word, and ends
 * once. One that was refused before is withdrawn, and nothing is left of the question.
 */
export function createAnswers(db: Db, webhookEvents?: Pick<WebhookEvents, 'emit'>) {
  return {
    /** All or nothing. */
    async begin({
      conversationId,
      turns,
      begins,
      model,
      queryType = null,
    }: AskedTurns): Promise<BegunAnswer> {
      const answer = { role: 'assistant', content: '', state: 'streaming', model, queryType } as const
      // Another question of the conversation may have been refused meanwhile, and have taken it along.
      const conversation = begins ? [db.insert(conversations).values(begins).onConflictDoNothing()] : []
      const asked = turns.map((turn) => insertMessage(db, conversationId, { ...turn, state: 'complete' }))
      const row = insertMessage(db, conversationId, answer)
      const place = row.returning({ messageId: messages.id, position: messages.position })
      const [first = place, ...others]: BatchItem<'sqlite'>[] = [...conversation, ...asked, place]
      const results = await db.batch([first, ...others])
      // The last statement answers with the place alone.
      const [begun] = results.at(-1) as BegunAnswer[]
      if (!begun) throw new Error('The answer was not stored.')
      return begun
    },

    /** The question counts from here on, and its conversation is the account's newest. */
    async accept({
      accountId,
      conversationId,
      turns,
      model,
      isModelKept,
      replaces,
    }: AskedTurns): Promise<void> {
      const news = { updatedAt: Date.now(), ...(isModelKept ? { model } : {}) }
      await db.batch([
        db.update(conversations).set(news).where(eq(conversations.id, conversationId)),
        countQueries(db, accountId, turns),
        ...(replaces === undefined
          ? []
          : [
              db
                .delete(messages)
                .where(
                  and(
                    eq(messages.id, replaces),
                    eq(messages.conversationId, conversationId),
                    ne(messages.state, 'streaming'),
                  ),
                ),
            ]),
      ])
    },

    /** Nothing is left of what `begin` has added. */
    async withdraw({ conversationId, turns }: AskedTurns, { position }: BegunAnswer): Promise<void> {
      const added = between(messages.position, position - turns.length, position)
      await db.delete(messages).where(and(eq(messages.conversationId, conversationId), added))
    },

    /** Nor of a conversation that was begun for a question, unless it holds something else. */
    async abandon({ id }: { id: string }): Promise<void> {
      const held = db.select().from(messages).where(eq(messages.conversationId, id))
      await db.delete(conversations).where(and(eq(conversations.id, id), notExists(held)))
    },

    /** False when it has ended before. */
    async end(messageId: string, { usage, event, way, ...end }: AnswerEnd): Promise<boolean> {
      const isUnfinished = and(eq(messages.id, messageId), eq(messages.state, 'streaming'))
      const emitted =
        event && webhookEvents?.emit(event, sql`exists (select 1 from ${messages} where ${isUnfinished})`)
      const change = db
        .update(messages)
        .set({
          ...end,
          promptTokens: usage?.promptTokens ?? null,
          completionTokens: usage?.completionTokens ?? null,
        })
        .where(isUnfinished)
        .returning({ id: messages.id })
      const written = way && writtenWay(way)
      const kept =
        written === undefined
          ? []
          : [
              db.insert(answerWays).select(
                // Of a message that was deleted meanwhile, nothing is kept.
                sql`select ${messageId}, ${written} where exists (select 1 from ${messages} where ${isUnfinished})`,
              ),
            ]
      if (!emitted && kept.length === 0) return (await change).length > 0
      const [first = change, ...others] = [...kept, ...(emitted?.statements ?? []), change]
      const results = await db.batch([first, ...others])
      emitted?.deliver()
      // The last statement answers with the message alone.
      return (results.at(-1) as { id: string }[]).length > 0
    },
  }
}
