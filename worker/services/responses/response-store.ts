import { and, asc, desc, eq, inArray, lt, lte, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { AppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import { responseItems, responses } from '../../db/tables/conversations.ts'
import { limitOf } from '../accounts/plan-rows.ts'
import { createAudit } from '../audit.ts'
import { sweep } from '../sweep.ts'
import { type Item, rowIdOf } from './items.ts'
import { jsonPortions } from './json-portions.ts'
import type { ResponseBody } from './response-body.ts'
import {
  MAX_CHAIN,
  MAX_CONTEXT_BYTES,
  MAX_CONTEXT_ITEMS,
  MAX_KEPT_INPUT_BYTES,
  MAX_RESPONSE_BYTES,
  MAX_RESPONSES,
  RESPONSE_KEPT_MS,
  RESPONSE_OVERHEAD_BYTES,
} from './response-limits.ts'

export type StoredResponse = typeof responses.$inferSelect

/** A page of items, by the row's id of the last one of the page before. */
export interface ItemPage {
  limit: number
  order: 'asc' | 'desc'
  after?: string | undefined
}

/** A response that is to be kept, by its rows' ids. */
export interface KeptResponse {
  id: string
  accountId: string
  previousId: string | null
  body: ResponseBody
  input: readonly Item[]
}

type Statement = BatchItem<'sqlite'>

type ResponsePart = (typeof responseItems.$inferSelect)['part']

/** Throws `too_large` for what cannot be kept. */
export function checkKept(input: readonly Item[], head: object): void {
  const bytes = Buffer.byteLength(JSON.stringify(input)) + Buffer.byteLength(JSON.stringify(head))
  if (bytes <= MAX_KEPT_INPUT_BYTES) return
  throw new AppError(
    'too_large',
    `A response is kept with at most ${MAX_KEPT_INPUT_BYTES.toLocaleString('en')} bytes of input, instructions and tools: send store: false.`,
    { param: 'input' },
  )
}

export type ResponseStore = ReturnType<typeof createResponseStore>

/** The responses that are kept. Those of another account do not exist. */
export function createResponseStore(db: Db, now: () => number = Date.now) {
  const isKept = (accountId: string, id: string) =>
    and(eq(responses.id, id), eq(responses.accountId, accountId))

  /** Adds items to a response that is there. */
  const insertItems = (id: string, items: Partial<Record<ResponsePart, readonly Item[]>>): Statement[] => {
    const rowsOf = (part: ResponsePart) =>
      (items[part] ?? []).map((item, position) => ({ row: rowIdOf(item), part, position, item }))
    return jsonPortions([...rowsOf('input'), ...rowsOf('output')]).map(({ json }) =>
      db.insert(responseItems).select(
        sql`select json_extract(value, '$.row'), ${id}, json_extract(value, '$.part'),
            json_extract(value, '$.position'), json_extract(value, '$.item')
          from json_each(${json}) where exists (select 1 from responses where id = ${id})`,
      ),
    )
  }

  const withoutItems = (body: ResponseBody): string => JSON.stringify({ ...body, output: [] })

  const weigh = ({ body, input }: Pick<KeptResponse, 'body' | 'input'>): number =>
    RESPONSE_OVERHEAD_BYTES +
    Buffer.byteLength(JSON.stringify(body)) +
    Buffer.byteLength(JSON.stringify(input))

  const itemsOf = (id: string, part: 'input' | 'output') =>
    and(eq(responseItems.responseId, id), eq(responseItems.part, part))

  // Our own code wrote it.
  const parse = ({ item }: { item: string }): Item => JSON.parse(item) as Item

  /** The columns of a response that say how it stands. */
  const columnsOf = (kept: Pick<KeptResponse, 'body' | 'input'>) => ({
    state: kept.body.status,
    body: withoutItems(kept.body),
    bytes: weigh(kept),
  })

  /** The statements that keep a response with its items, where it may be. */
  function keeping(kept: KeptResponse, mayBe: SQL = sql`1`): [Statement, ...Statement[]] {
    const { id, accountId, previousId, body, input } = kept
    const columns = columnsOf(kept)
    const createdAt = body.created_at * 1_000
    return [
      db.insert(responses).select(
        sql`select ${id}, ${accountId}, ${previousId}, ${columns.state}, ${columns.body},
          ${body.background ? 1 : 0}, ${columns.bytes}, ${createdAt} where ${mayBe}`,
      ),
      ...insertItems(id, { input, output: body.output }),
    ]
  }

  return {
    keeping,
    columnsOf,
    insertItems,

    /** A response with what came out of it. */
    async find(accountId: string, id: string): Promise<ResponseBody | undefined> {
      const [[row], output] = await db.batch([
        db.select({ body: responses.body }).from(responses).where(isKept(accountId, id)),
        db.select().from(responseItems).where(itemsOf(id, 'output')).orderBy(asc(responseItems.position)),
      ])
      // Our own code wrote it.
      return row && { ...(JSON.parse(row.body) as ResponseBody), output: output.map(parse) }
    },

    /** A page of what went into a response; undefined where there is none, and `not_found` for an item that is not its own. */
    async listInput(accountId: string, id: string, { limit, order, after }: ItemPage) {
      const isDescending = order === 'desc'
      const [[row], [last]] = await db.batch([
        db.select({ id: responses.id }).from(responses).where(isKept(accountId, id)),
        db
          .select({ position: responseItems.position })
          .from(responseItems)
          .where(and(itemsOf(id, 'input'), eq(responseItems.id, after ?? ''))),
      ])
      if (!row) return undefined
      if (after !== undefined && !last)
        throw new AppError('not_found', 'The response has no such item.', { param: 'after' })
      const behind: SQL | undefined =
        last && (isDescending ? lt(responseItems.position, last.position) : sql`position > ${last.position}`)
      const rows = await db
        .select()
        .from(responseItems)
        .where(and(itemsOf(id, 'input'), behind))
        .orderBy((isDescending ? desc : asc)(responseItems.position))
        .limit(limit + 1)
      return { items: rows.slice(0, limit).map(parse), hasMore: rows.length > limit }
    },

    /** False where there is none. */
    async delete(accountId: string, id: string): Promise<boolean> {
      const entry = { actorId: accountId, action: 'response.delete', target: id }
      const [, deleted] = await db.batch([
        createAudit(db, now).rowWhere(entry, responses, isKept(accountId, id)),
        db.delete(responses).where(isKept(accountId, id)).returning({ id: responses.id }),
      ])
      return deleted.length > 0
    },

    /**
     * All that was said up to a response and in it, the oldest first; undefined where there is no such response. Those
     * before it that are gone are left out. Throws `conflict` for one that is not answered yet.
     */
    async chain(accountId: string, id: string): Promise<Item[] | undefined> {
      const chain = sql`
        with recursive chain(id, previous_id, state, bytes, depth) as (
          select id, previous_id, state, bytes, 0 from responses where id = ${id} and account_id = ${accountId}
          union all
          select r.id, r.previous_id, r.state, r.bytes, chain.depth + 1 from chain
          join responses r on r.id = chain.previous_id and r.account_id = ${accountId}
          where chain.depth < ${MAX_CHAIN})`
      const found = await db.all<{ state: string; bytes: number; depth: number }>(
        sql`${chain} select state, bytes, depth from chain order by depth`,
      )
      const [first] = found
      if (!first) return undefined
      if (first.state === 'queued' || first.state === 'in_progress')
        throw new AppError('conflict', 'The previous response is not answered yet.', {
          param: 'previous_response_id',
        })
      const bytes = found.reduce((sum, one) => sum + one.bytes, 0)
      const rows =
        bytes > MAX_CONTEXT_BYTES || found.length > MAX_CHAIN
          ? []
          : await db.all<{ item: string }>(
              sql`${chain} select item from chain join response_items on response_id = chain.id
                order by depth desc, part, position limit ${MAX_CONTEXT_ITEMS + 1}`,
            )
      if (bytes > MAX_CONTEXT_BYTES || found.length > MAX_CHAIN || rows.length > MAX_CONTEXT_ITEMS)
        throw new AppError(
          'context_length_exceeded',
          `At most ${MAX_CHAIN} responses in a row go on from each other, with ${MAX_CONTEXT_ITEMS} items and ${MAX_CONTEXT_BYTES.toLocaleString('en')} bytes: begin anew.`,
          { param: 'previous_response_id' },
        )
      return rows.map(parse)
    },

    /** Items of the account's responses, by their rows' ids. */
    async itemsById(accountId: string, ids: readonly string[]): Promise<Map<string, Item>> {
      if (ids.length === 0) return new Map()
      const rows = await db
        .select({ id: responseItems.id, item: responseItems.item })
        .from(responseItems)
        .innerJoin(responses, eq(responses.id, responseItems.responseId))
        .where(
          and(
            eq(responses.accountId, accountId),
            sql`${responseItems.id} in (select value from json_each(${JSON.stringify(ids)}))`,
          ),
        )
      return new Map(rows.map((row) => [row.id, parse(row)]))
    },

    /** Of more than an account keeps, the oldest go. */
    async trim(accountId: string): Promise<void> {
      await db.run(sql`
        delete from responses where state not in ('queued', 'in_progress') and id in (
          select id from (
            select id, row_number() over newest as rank, sum(bytes) over newest as total
            from responses where account_id = ${accountId}
            window newest as (order by created_at desc, id desc))
          where rank > ${limitOf(accountId, MAX_RESPONSES)} or total > ${limitOf(accountId, MAX_RESPONSE_BYTES)})`)
    },

    /** Deletes what has had its time. */
    sweep: (): Promise<number> =>
      sweep(async (limit) => {
        const old = db
          .select({ id: responses.id })
          .from(responses)
          .where(lte(responses.createdAt, now() - RESPONSE_KEPT_MS))
          .limit(limit)
        const { meta } = await db.delete(responses).where(inArray(responses.id, old))
        return meta.changes
      }),
  }
}
