import { eq } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { accounts } from '../../../../../worker/db/tables/accounts.ts'
import { accountSubject, TOKENS_BUDGET } from '../../../../../worker/services/limits/budget.ts'
import { eventually } from '../../../../support/eventually.ts'
import { usage } from '../../../samples.ts'
import { createWorld, type World } from '../../../world.ts'
import { services } from '../fake-trainer.ts'
import { owner, trainedIn } from '../job-owner.ts'
import { db } from '../training-setup.ts'

const DAY_TOKENS = 10_000

let world: World
beforeAll(async () => {
  world = await createWorld()
})

/** A job with two prompts, of a free account, that runs. */
async function asking() {
  const { model, trainer } = await trainedIn(world)
  const ada = await owner('free')
  const { id } = await ada.create(model, { samplePrompts: ['One?', 'Two?'] })
  await trainer.start()
  await trainer.begin()
  const spend = (tokens: number) =>
    services.limiter.spend(accountSubject(ada.account.id), TOKENS_BUDGET, tokens)
  const told = async (kind: string) => {
    const { events } = await services.training.events(ada.viewer, id, { limit: 100, order: 'asc' })
    return events.filter((event) => event.kind === kind).map(({ message }) => message)
  }
  return { ada, id, trainer, spend, told }
}

it('the prompts of a job are answered by each checkpoint, and their tokens are the account’s', async () => {
  const { ada, trainer, told } = await asking()
  await trainer.save(10)
  await trainer.node.answer(['1'])
  await trainer.node.answer(['2'])
  await eventually(async () => expect(await told('sample')).toEqual(['1', '2']))
  await eventually(async () =>
    expect(await services.usage.totals({ accountId: ada.account.id })).toMatchObject({ requests: 2 }),
  )
})

it('who watches a job hears them too when it is over before they are there', async () => {
  const { ada, id, trainer } = await asking()
  const heard: string[] = []
  const watched = await services.training.watch(ada.viewer, id, 0)
  const reading = (async () => {
    for await (const events of watched) heard.push(...events.map(({ message }) => message))
  })()
  await trainer.save(10)
  const { callId } = await trainer.node.next('generation.start')
  await trainer.say({ kind: 'failed', code: 'diverged', message: 'The loss is not a number at step 11.' })
  await ada.reaches(id, 'failed')
  trainer.node.send({ type: 'step', step: [[callId, 'late', [1]]] })
  trainer.node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
  await trainer.node.answer(['last'])
  await reading
  expect(heard.slice(-2)).toEqual(['late', 'last'])
  // Nothing more comes: who begins to watch now is told all of it, and that it is over.
  const again: string[] = []
  for await (const events of await services.training.watch(ada.viewer, id, 0))
    again.push(...events.map(({ message }) => message))
  expect(again).toEqual(heard)
})

it('they are asked while a token of the day is left, and no longer', async () => {
  const { trainer, spend, told } = await asking()
  await spend(DAY_TOKENS - 1)
  await trainer.save(10)
  await trainer.node.answer(['1'])
  await eventually(async () => {
    expect(await told('sample')).toEqual(['1'])
    expect(await told('message')).toContainEqual(expect.stringContaining('tokens of the account are spent'))
  })
  await trainer.save(20)
  await trainer.node.ping()
  expect(trainer.node.unread).toBe(0)
})

it('nor are they for an account that is disabled', async () => {
  const { ada, trainer, told } = await asking()
  await db.update(accounts).set({ active: false }).where(eq(accounts.id, ada.account.id))
  await trainer.save(10)
  await eventually(async () =>
    expect(await told('message')).toContainEqual(expect.stringContaining('are not answered')),
  )
  expect(await told('sample')).toEqual([])
})
