import { and, eq, inArray, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import { responses } from '../../db/tables/conversations.ts'
import { countingQuery } from '../conversations/messages.ts'
import type { ConversationItems } from './conversation-items.ts'
import type { ResponseBody } from './response-body.ts'
import { MAX_BACKGROUND_RESPONSES } from './response-limits.ts'
import type { ResponsePlan } from './response-plan.ts'
import type { ResponseStore } from './response-store.ts'

export interface KeepingOptions {
  db: Db
  store: ResponseStore
  conversationItems: ConversationItems
  /** Forgets soon what an account keeps beyond its plan. */
  trimLater: (accountId: string) => void
}

export type Keeping = ReturnType<typeof createKeeping>

/** Writes responses down, and what was said in them into their conversations. */
export function createKeeping({ db, store, conversationItems, trimLater }: KeepingOptions) {
  /** The statements that add what was asked and answered to its conversation; none of an answer without a word that failed. */
  function adding({ accountId, conversationId, input, answer }: ResponsePlan, body: ResponseBody) {
    const { status: ended, output } = body
    if (conversationId === null || (ended !== 'completed' && output.length === 0)) return []
    const { model } = answer.request
    return conversationItems.adding({ accountId, conversationId, model, ended }, [...input, ...output])
  }

  const isOpen = (id: string) =>
    and(eq(responses.id, id), inArray(responses.state, ['queued', 'in_progress']))

  return {
    /** Whether anything of a response is kept: itself, or what was said in its conversation. */
    keeps: ({ head, conversationId }: ResponsePlan): boolean => head.store || conversationId !== null,

    /** A response that was answered, where it is to be kept, and its conversation. With `isQuery` it is counted in the same go. */
    async keep(plan: ResponsePlan, body: ResponseBody, isQuery: boolean): Promise<void> {
      const { id, accountId, previousId, head, input } = plan
      const kept = head.store ? store.keeping({ id, accountId, previousId, body, input }) : []
      const counted = isQuery ? [countingQuery(db, accountId)] : []
      const [first, ...others] = [...kept, ...adding(plan, body), ...counted]
      if (!first) return
      await db.batch([first, ...others])
      if (head.store) trimLater(accountId)
    },

    /** A response that is to be answered without its reader. Throws `limit_exceeded` where too many of the account's are not over. */
    async open(plan: ResponsePlan, body: ResponseBody): Promise<void> {
      const { id, accountId, previousId, input } = plan
      const open = sql`select count(*) from responses where account_id = ${accountId} and state in ('queued', 'in_progress')`
      const may = sql`(${open}) < ${MAX_BACKGROUND_RESPONSES}`
      await db.batch(store.keeping({ id, accountId, previousId, body, input }, may))
      if ((await db.$count(responses, eq(responses.id, id))) > 0) return
      throw new AppError(
        'limit_exceeded',
        `At most ${MAX_BACKGROUND_RESPONSES} responses of an account are made in the background at a time.`,
        { param: 'background', retryAfterSeconds: 5 },
      )
    },

    /** It is being answered. */
    async begin({ id }: ResponsePlan): Promise<void> {
      await db
        .update(responses)
        .set({ state: 'in_progress', body: sql`json_set(${responses.body}, '$.status', 'in_progress')` })
        .where(isOpen(id))
    },

    /** It was answered. Nothing is written of one that was deleted meanwhile, or has ended before. */
    async finish(plan: ResponsePlan, body: ResponseBody): Promise<void> {
      const { id, accountId, input } = plan
      const [row] = await db.select({ id: responses.id }).from(responses).where(isOpen(id))
      if (!row) return
      await db.batch([
        db.update(responses).set(store.columnsOf({ body, input })).where(isOpen(id)),
        ...store.insertItems(id, { output: body.output }),
        ...adding(plan, body),
      ])
      trimLater(accountId)
    },
  }
}
