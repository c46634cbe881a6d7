import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { EventLog, MAX_PAGE_LENGTH } from '../../../../worker/durable/training/event-log.ts'
import { createStubs } from '../../../../worker/services/stubs.ts'

const event = (length: number) => ({
  ...{ at: 1, level: 'info' as const, kind: 'sample' as const, message: 'x'.repeat(length - 2), data: {} },
})

/** The log of an object of its own, with events of these lengths. */
const withLog = (lengths: readonly number[], look: (log: EventLog) => void) =>
  runInDurableObject(env.TRAINING_RUN.getByName(crypto.randomUUID()), (_instance, { storage }) => {
    const log = new EventLog(storage.sql)
    for (const length of lengths) log.add(event(length))
    look(log)
  })

const idsOf = (log: EventLog, page: Parameters<EventLog['page']>[0]) => {
  const { events, hasMore } = log.page(page)
  return [events.map(({ id }) => id), hasMore]
}

it('a page of events ends where they are long, and holds one at least', async () => {
  const half = MAX_PAGE_LENGTH / 2
  await withLog([half, half, 3, MAX_PAGE_LENGTH + 1, 3], (log) => {
    expect(idsOf(log, { limit: 3_000, order: 'asc' })).toEqual([[1, 2], true])
    expect(idsOf(log, { limit: 3_000, order: 'asc', after: 2 })).toEqual([[3], true])
    expect(idsOf(log, { limit: 3_000, order: 'asc', after: 3 })).toEqual([[4], true])
    expect(idsOf(log, { limit: 3_000, order: 'asc', after: 4 })).toEqual([[5], false])
    expect(idsOf(log, { limit: 1, after: 3 })).toEqual([[2], true])
    expect(idsOf(log, { limit: 2, after: 3 })).toEqual([[2, 1], false])
  })
})

it('a listener is sent as much at once, and comes back for the rest', async () => {
  const name = crypto.randomUUID()
  const { trainingRun } = createStubs(env)
  await runInDurableObject(env.TRAINING_RUN.getByName(name), (_instance, { storage }) => {
    const log = new EventLog(storage.sql)
    for (let count = 0; count < 3; count += 1) log.add(event(0.4 * MAX_PAGE_LENGTH))
  })
  const text = await new Response(await trainingRun(name).watch(0)).text()
  expect(text.trim().split('\n')).toHaveLength(2)
})
