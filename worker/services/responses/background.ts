import { AppError } from '../../../shared/errors.ts'
import type { Keeping } from './keeping.ts'
import type { ResponseBody } from './response-body.ts'
import { itemIds, type ResponsePlan } from './response-plan.ts'
import type { ResponseRunStub } from './response-run.ts'
import type { ResponseStore } from './response-store.ts'
import { type ResponseEvent, ResponseWriter } from './response-writer.ts'

export interface BackgroundOptions {
  keeping: Pick<Keeping, 'open'>
  store: Pick<ResponseStore, 'find' | 'delete'>
  /** The object of a response. */
  responseRun: (id: string) => ResponseRunStub
  /** Where requests come in. */
  places: () => readonly string[]
}

const isOver = ({ status }: ResponseBody) => status !== 'queued' && status !== 'in_progress'

export type Background = ReturnType<typeof createBackground>

/** Responses that go on without their readers. */
export function createBackground({ keeping, store, responseRun, places }: BackgroundOptions) {
  return {
    /** Begins one. Answers with it as it waits. */
    async start(plan: ResponsePlan): Promise<ResponseBody> {
      const { id, accountId, head } = plan
      const writer = new ResponseWriter({ head, itemId: itemIds(id) })
      writer.queue()
      await keeping.open(plan, writer.body)
      try {
        await responseRun(id).start(JSON.stringify(plan), places())
      } catch (thrown) {
        await store.delete(accountId, id)
        throw thrown
      }
      return writer.body
    },

    /** Its events behind the one with a number; an empty list is a sign of life. */
    async *events(
      id: string,
      startingAfter: number,
      signal: AbortSignal,
    ): AsyncGenerator<ResponseEvent[], void, void> {
      const run = responseRun(id)
      let after = startingAfter
      while (!signal.aborted) {
        const page = await run.next(after)
        after = page.events.at(-1)?.sequence_number ?? after
        yield page.events
        if (page.isOver) return
      }
    },

    /** Stops one, which is then `cancelled`; one that is over stays as it is. Undefined where there is none. */
    async cancel(accountId: string, id: string): Promise<ResponseBody | undefined> {
      const found = await store.find(accountId, id)
      if (!found) return undefined
      if (!found.background)
        throw new AppError('invalid_request', 'Cannot cancel a synchronous response: leave it.', {
          param: 'response_id',
        })
      return isOver(found) ? found : ((await responseRun(id).cancel()) ?? found)
    },

    /** Deletes a response, and stops it. False where there is none. */
    async delete(accountId: string, id: string): Promise<boolean> {
      const found = await store.find(accountId, id)
      if (!found || !(await store.delete(accountId, id))) return false
      if (found.background) await responseRun(id).forget()
      return true
    },
  }
}
