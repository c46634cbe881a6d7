import { sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import { answerWays, conversationItems, conversations, messages } from '../../db/tables/conversations.ts'
import { limitOf, MAX_ADDED_BYTES, MESSAGE_OVERHEAD_BYTES, readLimit } from '../accounts/plan-rows.ts'
import { type Conversation, type Conversations, UNTITLED } from './conversations.ts'

export interface BranchOptions {
  from: Conversation
  /** The last message that it takes over; 0 takes none. */
  throughPosition: number
}

/** The id of a new row, as `newId` makes one. */
const madeId = sql`lower(printf('%08x', unixepoch()) || hex(randomblob(8)))`

/**
 * Another conversation with the beginning of one: what is said in either from there on is its own. What it takes over weighs like
 * messages that were added as they are. Throws `conflict` and `storage_full` where the account's plan keeps no more.
 */
export const createBranching =
  (db: Db, { create, delete: remove }: Pick<Conversations, 'create' | 'delete'>) =>
  async ({ from, throughPosition }: BranchOptions): Promise<Conversation> => {
    const { accountId, model, modelId, datasetId, profileId } = from
    // With nothing of the old words, it is named by the first of its own.
    const title = throughPosition === 0 ? UNTITLED : from.title
    const made = await create({
      ...{ accountId, title, model, modelId, datasetId, profileId },
      branchedFrom: from.id,
    })
    const taken = sql`conversation_id = ${from.id} and position <= ${throughPosition}`
    const said = sql`${taken} and state <> 'streaming'`
    const weight = sql`(select coalesce(sum(octet_length(content) + coalesce(octet_length(charts), 0) + ${MESSAGE_OVERHEAD_BYTES}), 0)
      from messages where ${said})
      + (select coalesce(sum(octet_length(item) + ${MESSAGE_OVERHEAD_BYTES}), 0) from conversation_items where ${taken})`
    const known = sql`(select coalesce(sum(added_bytes), 0) from conversations where account_id = ${accountId} and added_bytes > 0)`
    const mayBe = sql`${known} + (${weight}) <= ${limitOf(accountId, MAX_ADDED_BYTES)}`
    const results = await db.batch([
      db.insert(messages).select(
        sql`select ${madeId}, ${made.id}, position, role, content, query_type, charts, state, reason, model, prompt_tokens,
          completion_tokens, first_ms, total_ms, created_at from messages where ${said} and ${mayBe}`,
      ),
      db.insert(answerWays).select(
        sql`select taken.id, way from answer_ways join messages old on old.id = message_id
          join messages taken on taken.conversation_id = ${made.id} and taken.position = old.position
          where old.conversation_id = ${from.id}`,
      ),
      db.insert(conversationItems).select(
        // Materialised: an id that is read twice must not be made twice.
        sql`with copied as materialized (select position, rank, ${madeId} as made, item, created_at from conversation_items
            where ${taken} and ${mayBe})
          select ${made.id}, position, rank, made,
            json_set(item, '$.id', substr(json_extract(item, '$.id'), 1, instr(json_extract(item, '$.id'), '_')) || made),
            created_at from copied`,
      ),
      db
        .update(conversations)
        .set({ addedBytes: sql`${weight}` })
        .where(sql`id = ${made.id} and ${mayBe}`)
        .returning(),
    ])
    const [branch] = results[3]
    if (branch) return branch
    await remove(accountId, made.id)
    const limit = await readLimit(db, accountId, MAX_ADDED_BYTES)
    throw new AppError(
      'storage_full',
      `Your plan keeps at most ${limit} bytes of messages that no model has answered: delete a conversation.`,
    )
  }
