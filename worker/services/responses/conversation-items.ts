import { and, eq, ne, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { AppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import {
  conversationItems,
  conversations,
  messageAnnotations,
  messages,
} from '../../db/tables/conversations.ts'
import { limitOf, MAX_ADDED_BYTES, MESSAGE_OVERHEAD_BYTES, readLimit } from '../accounts/plan-rows.ts'
import { createAudit } from '../audit.ts'
import { MAX_READ_BYTES } from '../conversations/read-messages.ts'
import { type AddedTo, addingItems } from './adding-items.ts'
import { type Annotation, type Item, spellItemId } from './items.ts'
import { MAX_CONTEXT_BYTES, MAX_CONTEXT_ITEMS } from './response-limits.ts'
import type { ItemPage } from './response-store.ts'

type MessageRow = typeof messages.$inferSelect

const STATUS = {
  streaming: 'in_progress',
  complete: 'completed',
  cancelled: 'incomplete',
  failed: 'incomplete',
} as const

/** A message of a conversation, whichever surface it came through, as an item. */
function toItem(
  { id: rowId, role, content: text, state }: MessageRow,
  named: ReadonlyMap<string, Annotation[]>,
): Item {
  const head = { id: spellItemId('message', rowId), type: 'message', status: STATUS[state] } as const
  if (role === 'assistant')
    return {
      ...head,
      role,
      content: [{ type: 'output_text', text, annotations: named.get(rowId) ?? [], logprobs: [] }],
    }
  return { ...head, role: role === 'system' ? role : 'user', content: [{ type: 'input_text', text }] }
}

/** The sources that messages name, by the messages' ids. */
const namedIn = (rows: readonly (typeof messageAnnotations.$inferSelect)[]): Map<string, Annotation[]> =>
  // Our own code wrote it.
  new Map(rows.map(({ messageId, annotations }) => [messageId, annotations as Annotation[]]))

/** Where an item stands: behind which message, and how far behind; a message itself stands at 0. */
interface Place {
  id: string
  position: number
  rank: number
  bytes: number
}

export type ConversationItems = ReturnType<typeof createConversationItems>

/** Conversations as items: their messages, and between those the calls of tools. Callers have checked whose conversation it is. */
export function createConversationItems(db: Db) {
  /** The places of items that fit a condition; `where` may speak of `position` and `rank`, `said` of messages. */
  const placesOf = (
    conversationId: string,
    {
      where = sql`1`,
      said = sql`1`,
      order,
      limit,
    }: { where?: SQL; said?: SQL; order: 'asc' | 'desc'; limit: number },
  ) => {
    const towards = order === 'desc' ? sql`desc` : sql`asc`
    return db.all<Place>(sql`
      select id, position, rank, bytes from (
        select id, position, 0 as rank, octet_length(content) as bytes from messages
        where conversation_id = ${conversationId} and ${said}
        union all
        select id, position, rank, octet_length(item) as bytes from conversation_items
        where conversation_id = ${conversationId})
      where ${where} order by position ${towards}, rank ${towards} limit ${limit}`)
  }

  /** The items at places, in their order. */
  async function itemsAt(conversationId: string, places: readonly Pick<Place, 'id'>[]): Promise<Item[]> {
    const ids = sql`(select value from json_each(${JSON.stringify(places.map(({ id }) => id))}))`
    const [said, named, others] = await db.batch([
      db
        .select()
        .from(messages)
        .where(and(eq(messages.conversationId, conversationId), sql`${messages.id} in ${ids}`)),
      db.select().from(messageAnnotations).where(sql`${messageAnnotations.messageId} in ${ids}`),
      db
        .select()
        .from(conversationItems)
        .where(
          and(eq(conversationItems.conversationId, conversationId), sql`${conversationItems.id} in ${ids}`),
        ),
    ])
    const sources = namedIn(named)
    const found = new Map<string, Item>([
      ...said.map((row): [string, Item] => [row.id, toItem(row, sources)]),
      // Our own code wrote it.
      ...others.map(({ id, item }): [string, Item] => [id, JSON.parse(item) as Item]),
    ])
    return places.flatMap(({ id }) => found.get(id) ?? [])
  }

  return {
    /** A page of items. One that ends before its limit has come to `MAX_READ_BYTES`. */
    async list(conversationId: string, { limit, order, after }: ItemPage) {
      let where: SQL = sql`1`
      if (after !== undefined) {
        const [last] = await placesOf(conversationId, { where: sql`id = ${after}`, order, limit: 1 })
        if (!last) throw new AppError('not_found', 'The conversation has no such item.', { param: 'after' })
        const beyond = order === 'desc' ? sql`<` : sql`>`
        where = sql`(position, rank) ${beyond} (${last.position}, ${last.rank})`
      }
      const places = await placesOf(conversationId, { where, order, limit: limit + 1 })
      let bytes = 0
      const shown = places.slice(0, limit).filter((place, index) => {
        bytes += place.bytes
        return index === 0 || bytes <= MAX_READ_BYTES
      })
      return { items: await itemsAt(conversationId, shown), hasMore: places.length > shown.length }
    },

    /** One item. */
    async find(conversationId: string, id: string): Promise<Item | undefined> {
      return (await itemsAt(conversationId, [{ id }]))[0]
    },

    /** Items of any of the account's conversations, by their rows' ids. */
    async byId(accountId: string, wanted: readonly string[]): Promise<Map<string, Item>> {
      if (wanted.length === 0) return new Map()
      const ids = sql`(select value from json_each(${JSON.stringify(wanted)}))`
      const own = sql`(select id from conversations where account_id = ${accountId})`
      const [said, named, others] = await db.batch([
        db
          .select()
          .from(messages)
          .where(sql`${messages.id} in ${ids} and ${messages.conversationId} in ${own}`),
        db.select().from(messageAnnotations).where(sql`${messageAnnotations.messageId} in ${ids}`),
        db
          .select()
          .from(conversationItems)
          .where(sql`${conversationItems.id} in ${ids} and ${conversationItems.conversationId} in ${own}`),
      ])
      const sources = namedIn(named)
      return new Map<string, Item>([
        ...said.map((row): [string, Item] => [row.id, toItem(row, sources)]),
        // Our own code wrote it.
        ...others.map(({ id, item }): [string, Item] => [id, JSON.parse(item) as Item]),
      ])
    },

    /** False where there is none, or where it is still being said. */
    async delete(
      { accountId, conversationId }: Pick<AddedTo, 'accountId' | 'conversationId'>,
      id: string,
    ): Promise<boolean> {
      const message = and(
        eq(messages.conversationId, conversationId),
        eq(messages.id, id),
        ne(messages.state, 'streaming'),
      )
      const other = and(eq(conversationItems.conversationId, conversationId), eq(conversationItems.id, id))
      const audit = createAudit(db)
      const entry = {
        ...{ actorId: accountId, action: 'conversation.delete_item', target: conversationId },
        after: { item: id },
      }
      const [, , said, others] = await db.batch([
        audit.rowWhere(entry, messages, message),
        audit.rowWhere(entry, conversationItems, other),
        db.delete(messages).where(message).returning({ id: messages.id }),
        db.delete(conversationItems).where(other).returning({ id: conversationItems.id }),
      ])
      return said.length + others.length > 0
    },

    /**
     * The items that a model may be shown, the oldest first: no answer that has not ended, failed, or was stopped before it
     * said anything. Of more than may be read, the newest where they may be cut, and otherwise `context_length_exceeded`.
     */
    async context(conversationId: string, mayBeCut: boolean): Promise<Item[]> {
      const said = sql`state not in ('streaming', 'failed') and (state <> 'cancelled' or content <> '')`
      const places = await placesOf(conversationId, { said, order: 'desc', limit: MAX_CONTEXT_ITEMS + 1 })
      let bytes = 0
      const fitting = places.slice(0, MAX_CONTEXT_ITEMS).filter((place) => {
        bytes += place.bytes
        return bytes <= MAX_CONTEXT_BYTES
      })
      if (fitting.length < places.length && !mayBeCut)
        throw new AppError(
          'context_length_exceeded',
          `At most ${MAX_CONTEXT_ITEMS} items and ${MAX_CONTEXT_BYTES.toLocaleString('en')} bytes of a conversation are shown to a model: send truncation: 'auto'.`,
          { param: 'conversation' },
        )
      return itemsAt(conversationId, fitting.toReversed())
    },

    /** The statements that add what was asked and answered. */
    adding: (to: AddedTo, items: readonly Item[]): BatchItem<'sqlite'>[] => addingItems(db, to, items),

    /** Adds items as they are. Throws `storage_full` where those that were added so come to more than the account's plan keeps. */
    async add(
      { accountId, conversationId }: { accountId: string; conversationId: string },
      items: readonly Item[],
    ) {
      if (items.length === 0) return
      const bytes = items.reduce(
        (sum, item) => sum + Buffer.byteLength(JSON.stringify(item)) + MESSAGE_OVERHEAD_BYTES,
        0,
      )
      const known = sql`(select coalesce(sum(added_bytes), 0) from conversations where account_id = ${accountId} and added_bytes > 0)`
      const mayBe = sql`${known} + ${bytes} <= ${limitOf(accountId, MAX_ADDED_BYTES)}`
      const update = db
        .update(conversations)
        .set({ updatedAt: Date.now(), addedBytes: sql`${conversations.addedBytes} + ${bytes}` })
        .where(and(eq(conversations.id, conversationId), mayBe))
        .returning({ id: conversations.id })
      const added = addingItems(
        db,
        { accountId, conversationId, model: null, ended: 'completed', mayBe },
        items,
      )
      const [first = update, ...others] = [...added, update]
      const results = await db.batch([first, ...others])
      // The last statement answers with the conversation alone.
      if ((results.at(-1) as { id: string }[]).length > 0) return
      const limit = await readLimit(db, accountId, MAX_ADDED_BYTES)
      throw new AppError(
        'storage_full',
        `Your plan keeps at most ${limit} bytes of messages that no model has answered: delete a conversation.`,
      )
    },
  }
}
