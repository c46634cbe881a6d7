import { and, desc, eq, lt, or, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { showsSomething, visibleOf } from '../../../shared/visible-text.ts'
import { type Db, newId } from '../../db/client.ts'
import { conversations } from '../../db/tables/conversations.ts'
import { limitOf, MAX_CONVERSATIONS, readLimit } from '../accounts/plan-rows.ts'
import { createAudit } from '../audit.ts'
import type { WebhookEvents } from '../webhooks/events.ts'
import { createAnswers } from './answers.ts'
import { createMessages } from './messages.ts'

export type Conversation = typeof conversations.$inferSelect

export interface NewConversation {
  /** Given where the id was handed out before the conversation began. */
  id?: string
  accountId: string
  title: string
  model?: string | null
  modelId?: string | null
  datasetId?: string | null
  profileId?: string | null
  sessionId?: string | null
  metadata?: Record<string, string> | null
  branchedFrom?: string | null
}

export type ConversationPatch = Partial<
  Pick<Conversation, 'title' | 'model' | 'modelId' | 'datasetId' | 'metadata'>
>

/** A page of a list: by offset where a contract says so, or after the last item of the page before. */
export interface Page {
  limit: number
  offset?: number
  after?: { updatedAt: number; id: string }
}

/** Characters of a title that is made from a conversation's first message. */
export const TITLE_LENGTH = 60

/** The title of a conversation in which nothing was said that could name it. */
export const UNTITLED = 'Untitled'

/** A title for a conversation that was given none: how its first message begins. */
export function titleOf(message: string): string {
  const line = visibleOf(message.replaceAll(/\s+/g, ' ')).trim()
  if (!showsSomething(line)) return UNTITLED
  const characters = [...line]
  return characters.length > TITLE_LENGTH ? `${characters.slice(0, TITLE_LENGTH - 1).join('')}…` : line
}

/** Digits of an id. */
const ID_HEX_LENGTH = 24

export type Conversations = ReturnType<typeof createConversations>

/**
 * Conversations and their messages. Whatever belongs to another account does not exist. Without `webhookEvents`, nobody is told
 * of completions.
 */
export function createConversations(db: Db, webhookEvents?: Pick<WebhookEvents, 'emit'>) {
  const messages = createMessages(db)
  const answers = createAnswers(db, webhookEvents)

  const one = async (
    accountId: string,
    condition: ReturnType<typeof eq>,
  ): Promise<Conversation | undefined> => {
    const [row] = await db
      .select()
      .from(conversations)
      .where(and(eq(conversations.accountId, accountId), condition))
    return row
  }

  return {
    messages,
    answers,

    /** An id for a conversation that begins later. */
    newId,

    /** Throws `conflict` for one that is there already, and for more than the account's plan keeps. */
    async create(given: NewConversation): Promise<Conversation> {
      const { accountId, id = newId() } = given
      const now = Date.now()
      const others = db.$count(conversations, eq(conversations.accountId, accountId))
      // In one transaction: of many at once, no more are left than may be.
      const [[created], [removed]] = await db.batch([
        db
          .insert(conversations)
          .values({ ...given, id, createdAt: now, updatedAt: now })
          .onConflictDoNothing()
          .returning(),
        db
          .delete(conversations)
          .where(
            and(
              eq(conversations.id, id),
              eq(conversations.createdAt, now),
              sql`(${others}) > ${limitOf(accountId, MAX_CONVERSATIONS)}`,
              sql`not exists (select 1 from messages where conversation_id = ${id})`,
            ),
          )
          .returning({ id: conversations.id }),
      ])
      if (!created) throw new AppError('conflict', 'The conversation exists already.')
      if (!removed) return created
      const limit = await readLimit(db, accountId, MAX_CONVERSATIONS)
      throw new AppError('conflict', `Your plan keeps at most ${limit} conversations: delete one first.`)
    },

    /** Whether there is such a conversation, whoever it belongs to. */
    exists: async (id: string): Promise<boolean> =>
      (await db.$count(conversations, eq(conversations.id, id))) > 0,

    find: (accountId: string, id: string) => one(accountId, eq(conversations.id, id)),
    findByNumber: (accountId: string, number: number) => one(accountId, eq(conversations.number, number)),

    /** The conversation that a caller calls `sessionId`, begun where there is none. Safe to race. */
    async ofSession(accountId: string, sessionId: string, title: string): Promise<Conversation> {
      const now = Date.now()
      await db
        .insert(conversations)
        .values({ id: newId(), accountId, sessionId, title, createdAt: now, updatedAt: now })
        .onConflictDoNothing()
      const found = await one(accountId, eq(conversations.sessionId, sessionId))
      if (!found) throw new AppError('internal', 'Something went wrong on our side.')
      return found
    },

    /**
     * The id of the conversation with this number; where there is none, one that no conversation has and that is always the
     * same: who has not said who they are must not learn by any difference which numbers there are.
     */
    async idOfNumber(number: number): Promise<string> {
      const [row] = await db
        .select({ id: conversations.id })
        .from(conversations)
        .where(eq(conversations.number, number))
      // Ids begin with the seconds since 1970: none is of its first.
      return row?.id ?? number.toString(16).padStart(ID_HEX_LENGTH, '0')
    },

    /** Newest activity first. */
    list: (accountId: string, { limit, offset = 0, after }: Page): Promise<Conversation[]> =>
      db
        .select()
        .from(conversations)
        .where(
          and(
            eq(conversations.accountId, accountId),
            after &&
              or(
                lt(conversations.updatedAt, after.updatedAt),
                and(eq(conversations.updatedAt, after.updatedAt), lt(conversations.id, after.id)),
              ),
          ),
        )
        .orderBy(desc(conversations.updatedAt), desc(conversations.id))
        .limit(limit)
        .offset(offset),

    /** Undefined where the conversation does not exist. */
    async update(accountId: string, id: string, patch: ConversationPatch): Promise<Conversation | undefined> {
      const [updated] = await db
        .update(conversations)
        .set({ ...patch, updatedAt: Date.now() })
        .where(and(eq(conversations.id, id), eq(conversations.accountId, accountId)))
        .returning()
      return updated
    },

    /** With its messages. False where the conversation does not exist. */
    async delete(accountId: string, id: string): Promise<boolean> {
      const condition = and(eq(conversations.id, id), eq(conversations.accountId, accountId))
      const [, deleted] = await db.batch([
        createAudit(db).rowWhere(
          { actorId: accountId, action: 'conversation.delete', target: id },
          conversations,
          condition,
        ),
        db.delete(conversations).where(condition).returning({ id: conversations.id }),
      ])
      return deleted.length > 0
    },
  }
}
