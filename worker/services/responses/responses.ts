import { AppError, toAppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { CallEvent } from '../../../shared/generation.ts'
import type { Logger } from '../../../shared/log.ts'
import { type Db, newId } from '../../db/client.ts'
import type { CallStream } from '../inference/call-run.ts'
import type { Inference } from '../inference/inference.ts'
import { type Answering, type AskedAnswer, answerOf } from './answering.ts'
import { createBackground } from './background.ts'
import { createConversationItems } from './conversation-items.ts'
import type { HostedEvent } from './hosted/hosted-events.ts'
import type { Item } from './items.ts'
import { createKeeping } from './keeping.ts'
import type { ResponseBody } from './response-body.ts'
import { itemIds, type ResponsePlan } from './response-plan.ts'
import type { ResponseRunStub } from './response-run.ts'
import { createResponseStore } from './response-store.ts'
import { type ResponseEvent, ResponseWriter } from './response-writer.ts'
import { createTrimming } from './trimming.ts'

/** Hears what a node tells besides its answer. */
export type Hear = (calls: CallStream) => CallStream

export interface ResponsesOptions {
  db: Db
  /** The object of a response that goes on without its reader. */
  responseRun: (id: string) => ResponseRunStub
  places: () => readonly string[]
  inference: Pick<Inference, 'generate'>
  /** Makes the tools of a response that are run here. */
  makeHosted: Answering['makeHosted']
  /** Counts the question, after its answer has begun. */
  countQuery: (accountId: string) => void
  /** Lets work go on after the response. */
  later: (work: Promise<unknown>) => void
  log: Pick<Logger, 'error'>
  now?: () => number
}

export type Responses = ReturnType<typeof createResponses>

/** Responses: made, kept for 30 days, and read again. */
export function createResponses({
  db,
  responseRun,
  places,
  inference,
  makeHosted,
  countQuery,
  later,
  log,
  now = Date.now,
}: ResponsesOptions) {
  const store = createResponseStore(db, now)
  const conversationItems = createConversationItems(db)

  const trimLater = createTrimming({ store, later, log })
  const keeping = createKeeping({ db, store, conversationItems, trimLater })
  const background = createBackground({ keeping, store, responseRun, places })

  /** The pool, and what its nodes tell besides their answers. */
  const hearing = (hear: Hear): Answering => ({
    inference: { generate: async (...asked) => hear(await inference.generate(...asked)) },
    makeHosted,
  })

  /** A question whose answer is kept is counted with it: each way to the database costs as much as fifty tokens. */
  const keepStreamed = (plan: ResponsePlan, body: ResponseBody) =>
    keeping.keep(plan, body, keeping.keeps(plan))

  const keepLater = (plan: ResponsePlan, body: ResponseBody) =>
    later(
      keepStreamed(plan, body).catch((thrown) => log.error('response.not_kept', { cause: causeOf(thrown) })),
    )

  /**
   * Answers, and tells how. An empty list is a sign of life. What fails before anything was told is thrown; what fails later
   * is told, and the end. It is kept before its end is told. A reader who leaves stops it.
   */
  async function* stream(
    plan: ResponsePlan,
    signal: AbortSignal,
    hear: Hear = (calls) => calls,
  ): AsyncGenerator<ResponseEvent[], ResponseBody, void> {
    const writer = new ResponseWriter({
      head: plan.head,
      itemId: itemIds(plan.id),
      now,
      include: plan.include,
    })
    let isOver = false
    try {
      for await (const events of answerOf(hearing(hear), plan.answer, signal)) {
        const told = writer.count === 0 ? writer.begin() : []
        for (const event of events) {
          told.push(...writer.take(event))
          isOver ||= event.type === 'end'
        }
        if (writer.count === told.length && !keeping.keeps(plan)) countQuery(plan.accountId)
        if (isOver) await keepStreamed(plan, writer.body)
        yield told
      }
      if (!isOver) throw new AppError('node_failed', 'The answer broke off.')
      return writer.body
    } catch (thrown) {
      if (writer.count === 0 || isOver || signal.aborted) throw thrown
      isOver = true
      const failure = toAppError(thrown)
      if (failure.code === 'internal') log.error('response.failed', { cause: causeOf(failure.cause) })
      const told = writer.fail(failure)
      await keepStreamed(plan, writer.body)
      yield told
      return writer.body
    } finally {
      if (!isOver && writer.count > 0) {
        writer.cancel()
        keepLater(plan, writer.body)
      }
    }
  }

  return {
    /** An id for a response that begins. */
    newId,
    makeHosted,
    stream,

    /** The whole answer. Throws what it fails with, and keeps nothing of it then. */
    async answer(
      plan: ResponsePlan,
      signal: AbortSignal,
      hear: Hear = (calls) => calls,
    ): Promise<ResponseBody> {
      const writer = new ResponseWriter({
        head: plan.head,
        itemId: itemIds(plan.id),
        now,
        include: plan.include,
      })
      writer.begin()
      let isCounted = false
      for await (const events of answerOf(hearing(hear), plan.answer, signal)) {
        for (const event of events) writer.take(event)
        if (!isCounted) countQuery(plan.accountId)
        isCounted = true
      }
      const { body } = writer
      if (body.status === 'in_progress') throw new AppError('node_failed', 'The answer broke off.')
      await keeping.keep(plan, body, false)
      return body
    },

    /** Responses that go on without their readers. */
    background,

    /** The services of such a response's object. */
    run: {
      begin: async (plan: ResponsePlan) => {
        countQuery(plan.accountId)
        await keeping.begin(plan)
      },
      finish: keeping.finish,
      answer: (asked: AskedAnswer, signal: AbortSignal, before: readonly (CallEvent | HostedEvent)[]) =>
        answerOf({ inference, makeHosted }, asked, signal, before),
    },

    find: store.find,
    listInput: store.listInput,
    delete: background.delete,
    chain: store.chain,
    /** Conversations as items. */
    conversationItems,

    /** Items of the account's responses and conversations, by their rows' ids. */
    async itemsById(accountId: string, ids: readonly string[]): Promise<Map<string, Item>> {
      const found = await store.itemsById(accountId, ids)
      const missing = ids.filter((id) => !found.has(id))
      return new Map([...found, ...(await conversationItems.byId(accountId, missing))])
    },

    sweep: store.sweep,
  }
}
