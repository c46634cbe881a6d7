import { and, desc, eq, gt, inArray, lt, ne, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { answerWays, messages } from '../../db/tables/conversations.ts'
import type { AnswerWay } from './answer-steps.ts'
import type { StoredMessage } from './messages.ts'
import { readMessages } from './read-messages.ts'

/** A message with the way in which it was found. */
export interface ToldMessage extends StoredMessage {
  way: AnswerWay
}

/** Messages that an export reads at once. */
const EXPORT_PAGE = 100

export type ToldMessages = ReturnType<typeof createToldMessages>

/** The messages of a conversation as their reader sees them, with ways and figures. Callers have checked whose conversation it is. */
export function createToldMessages(db: Db) {
  async function withWays(rows: readonly StoredMessage[]): Promise<ToldMessage[]> {
    const ids = rows.filter(({ role }) => role === 'assistant').map(({ id }) => id)
    const found =
      ids.length === 0 ? [] : await db.select().from(answerWays).where(inArray(answerWays.messageId, ids))
    const ways = new Map(found.map(({ messageId, way }) => [messageId, way]))
    return rows.map((row) => {
      const way = ways.get(row.id)
      // Our own code wrote it.
      return { ...row, way: way === undefined ? {} : (JSON.parse(way) as AnswerWay) }
    })
  }

  return {
    /** The last ones before a position, oldest first, and whether there are more before them. */
    async before(
      conversationId: string,
      { position, limit }: { position?: number | undefined; limit: number },
    ) {
      const where = position === undefined ? undefined : lt(messages.position, position)
      const read = await readMessages(db, conversationId, { where, direction: 'backwards', limit })
      return { messages: await withWays(read.messages.toReversed()), hasMore: read.hasMore }
    },

    /** All of them, the oldest first, read a portion at a time; without those that are still being said. */
    async *all(conversationId: string): AsyncGenerator<ToldMessage[], void, void> {
      let position = 0
      for (;;) {
        const where = and(gt(messages.position, position), ne(messages.state, 'streaming'))
        const read = await readMessages(db, conversationId, {
          where,
          direction: 'onwards',
          limit: EXPORT_PAGE,
        })
        yield await withWays(read.messages)
        position = read.messages.at(-1)?.position ?? position
        if (!read.hasMore) return
      }
    },

    /** The position of a message of the conversation. */
    async positionOf(conversationId: string, messageId: string): Promise<number | undefined> {
      const [row] = await db
        .select({ position: messages.position })
        .from(messages)
        .where(and(eq(messages.conversationId, conversationId), eq(messages.id, messageId)))
      return row?.position
    },

    /** The instructions that hold in the conversation; null where there are none. */
    async instructions(conversationId: string): Promise<string | null> {
      const [row] = await db
        .select({ content: messages.content })
        .from(messages)
        .where(and(eq(messages.conversationId, conversationId), sql`${messages.role} = 'system'`))
        .orderBy(desc(messages.position))
        .limit(1)
      return row === undefined || row.content === '' ? null : row.content
    },
  }
}
