import { type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { Db } from '../../db/client.ts'
import { conversationItems, messageAnnotations, messages } from '../../db/tables/conversations.ts'
import { type Annotation, type Item, rowIdOf } from './items.ts'
import { jsonPortions } from './json-portions.ts'
import { textOf } from './prompt.ts'
import type { ResponseStatus } from './response-body.ts'

/** Where items are added, and how the answer among them has ended. */
export interface AddedTo {
  accountId: string
  conversationId: string
  /** Of what the model said; null where no model has. */
  model: string | null
  ended: ResponseStatus
  /** They are added only where this holds. */
  mayBe?: SQL
}

interface AddedMessage {
  id: string
  /** From 1. */
  at: number
  role: string
  content: string
  state: string
  model: string | null
  /** The sources that it names. */
  annotations: Annotation[]
}

interface AddedCall {
  id: string
  /** The messages that are added before it. */
  behind: number
  rank: number
  item: Item
}

const stateOf = (item: Item, ended: ResponseStatus): string => {
  if (item.type !== 'message' || item.status === 'completed') return 'complete'
  if (ended === 'failed') return 'failed'
  return ended === 'cancelled' ? 'cancelled' : 'complete'
}

function sorted(items: readonly Item[], { model, ended }: AddedTo) {
  const said: AddedMessage[] = []
  const calls: AddedCall[] = []
  for (const item of items) {
    const id = rowIdOf(item)
    if (item.type !== 'message') {
      const behind = said.length
      const rank = calls.filter((call) => call.behind === behind).length + 1
      calls.push({ id, behind, rank, item })
      continue
    }
    const isAnswer = item.role === 'assistant'
    said.push({
      id,
      at: said.length + 1,
      // The newer name of a system turn, which other surfaces do not know.
      role: item.role === 'developer' ? 'system' : item.role,
      content: textOf(item.content),
      state: stateOf(item, ended),
      model: isAnswer ? model : null,
      annotations: item.content.flatMap((part) => (part.type === 'output_text' ? part.annotations : [])),
    })
  }
  return { said, calls }
}

/**
 * The statements that add items behind the last message of a conversation, for one batch: all are added, or none, and none
 * where the conversation is no more.
 */
export function addingItems(db: Db, to: AddedTo, items: readonly Item[]): BatchItem<'sqlite'>[] {
  const { conversationId, accountId, mayBe = sql`1` } = to
  const { said, calls } = sorted(items, to)
  const now = Date.now()
  const may = sql`exists (select 1 from conversations where id = ${conversationId} and account_id = ${accountId}) and ${mayBe}`
  const last = sql`(select coalesce(max(position), 0) from messages where conversation_id = ${conversationId})`
  const lastRank = sql`(select coalesce(max(rank), 0) from conversation_items where conversation_id = ${conversationId} and position = ${last})`
  const field = (name: string) => sql`json_extract(value, ${`$.${name}`})`
  const between = jsonPortions(calls).map(({ json }) =>
    db.insert(conversationItems).select(
      sql`select ${conversationId}, ${last} + ${field('behind')},
          ${field('rank')} + case ${field('behind')} when 0 then ${lastRank} else 0 end,
          ${field('id')}, ${field('item')}, ${now} from json_each(${json}) where ${may}`,
    ),
  )
  const added = jsonPortions(said).map(({ before, json }) =>
    db.insert(messages).select(
      sql`select ${field('id')}, ${conversationId}, ${last} - ${before} + ${field('at')}, ${field('role')},
          ${field('content')}, null, null, ${field('state')}, null, ${field('model')}, null, null, null, null, ${now}
          from json_each(${json}) where ${may}`,
    ),
  )
  const named = said.flatMap(({ id, annotations }) => (annotations.length > 0 ? [{ id, annotations }] : []))
  const noted = jsonPortions(named).map(({ json }) =>
    db.insert(messageAnnotations).select(
      sql`select ${field('id')}, ${field('annotations')} from json_each(${json})
          where exists (select 1 from messages where id = ${field('id')})`,
    ),
  )
  // The calls first: their places are counted from the message that is the last one before.
  return [...between, ...added, ...noted]
}
