import { and, asc, desc, eq, lte, or, type SQL, sql } from 'drizzle-orm'
import { MIB } from '../../../shared/units.ts'
import type { Db } from '../../db/client.ts'
import { messages } from '../../db/tables/conversations.ts'

/**
 * Bytes of messages that are read at once: of a page, of a history, of what a socket has missed. A count alone bounds nothing:
 * a message may have two megabytes, which is as much as a row holds.
 */
export const MAX_READ_BYTES = 2 * MIB

/** From the first message on, or from the last one back. */
export type Direction = 'onwards' | 'backwards'

export interface Reading {
  where: SQL | undefined
  direction: Direction
  limit: number
  offset?: number
}

/**
 * Messages of a conversation, as many as are wanted and `MAX_READ_BYTES` hold, but one at least, in the order in which they
 * are read; and whether there are more of them. They are weighed in the database, which knows the length of a text without
 * reading it.
 */
export async function readMessages(
  db: Db,
  conversationId: string,
  { where, direction, limit, offset = 0 }: Reading,
) {
  const ordered = direction === 'onwards' ? asc : desc
  const found = db
    .select({
      position: messages.position,
      bytes:
        sql<number>`octet_length(${messages.content}) + coalesce(octet_length(${messages.charts}), 0)`.as(
          'bytes',
        ),
    })
    .from(messages)
    .where(and(eq(messages.conversationId, conversationId), where))
    .orderBy(ordered(messages.position))
    // One more than is wanted tells whether there are more.
    .limit(limit + 1)
    .offset(offset)
    .as('found')
  const inOrder = sql`order by ${ordered(found.position)}`
  const weighed = db
    .select({
      position: sql<number>`${found.position}`.as('at'),
      sum: sql<number>`sum(${found.bytes}) over (${inOrder})`.as('sum'),
      rank: sql<number>`row_number() over (${inOrder})`.as('rank'),
      next: sql<number | null>`lead(${found.position}) over (${inOrder})`.as('next'),
    })
    .from(found)
    .as('weighed')
  const rows = await db
    .select({ message: messages, next: weighed.next })
    .from(messages)
    .innerJoin(weighed, eq(messages.position, weighed.position))
    .where(
      and(
        eq(messages.conversationId, conversationId),
        lte(weighed.rank, limit),
        or(lte(weighed.sum, MAX_READ_BYTES), eq(weighed.rank, 1)),
      ),
    )
    .orderBy(ordered(messages.position))
  return { messages: rows.map(({ message }) => message), hasMore: (rows.at(-1)?.next ?? null) !== null }
}
