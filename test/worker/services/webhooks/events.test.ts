import { env } from 'cloudflare:workers'
import { eq, sql } from 'drizzle-orm'
import { describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { accounts } from '../../../../worker/db/tables/accounts.ts'
import {
  type WebhookEventType,
  webhookDeliveries,
  webhookEndpoints,
  webhookEvents,
} from '../../../../worker/db/tables/webhooks.ts'
import {
  createWebhookEvents,
  MAX_EVENT_TEXT,
  MAX_PENDING_BYTES,
  MAX_PENDING_MESSAGES,
  payloadOf,
} from '../../../../worker/services/webhooks/events.ts'
import { newAccount } from '../../../contracts/contract-client.ts'

const db = createDb(env.DB)
const NOW = Date.UTC(2026, 10, 29, 10)

function setUp() {
  const ring = vi.fn(async (_endpointId: string) => {})
  const pending: Promise<unknown>[] = []
  const events = createWebhookEvents({
    db,
    ring,
    later: (work) => void pending.push(work),
    log: createLogger(() => {}),
    now: () => NOW,
  })
  return { events, ring, settled: () => Promise.all(pending) }
}

async function addEndpoint(
  accountId: string,
  events: WebhookEventType[],
  over: Partial<typeof webhookEndpoints.$inferInsert> = {},
) {
  const id = newId()
  const row = { id, accountId, url: 'https://hooks.example.com/', events, secret: 'sealed', sealedBy: 'key' }
  await db.insert(webhookEndpoints).values({ ...row, createdAt: NOW, updatedAt: NOW, ...over })
  return id
}

const uploaded = (accountId: string) => ({
  accountId,
  type: 'file.uploaded' as const,
  data: { file_id: 'a1b2c3d4', doc_id: 'd', filename: 'contract.pdf', size: 102_400 },
})

const eventsOf = (accountId: string) =>
  db.select().from(webhookEvents).where(eq(webhookEvents.accountId, accountId))
const deliveriesTo = (endpointId: string) =>
  db.select().from(webhookDeliveries).where(eq(webhookDeliveries.endpointId, endpointId))
const endpoint = async (id: string) =>
  (await db.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, id)))[0]

/** A change of the account's name, with an event. */
const change = (accountId: string, name: string, when = sql`true`) =>
  db.update(accounts).set({ name }).where(sql`${accounts.id} = ${accountId} and ${when}`)

describe('an event', () => {
  it('is written with its change, for the endpoints of its account that listen, and rings them', async () => {
    const { events, ring, settled } = setUp()
    const [ada, bob] = await Promise.all([newAccount({ username: `ada-${newId()}` }), newAccount()])
    const listening = await addEndpoint(ada.account.id, ['job.failed', 'file.uploaded'])
    const other = await addEndpoint(ada.account.id, ['file.deleted'])
    const disabled = await addEndpoint(ada.account.id, ['file.uploaded'], { disabledAt: NOW })
    const strangers = await addEndpoint(bob.account.id, ['file.uploaded'])
    const event = events.emit(uploaded(ada.account.id))
    await db.batch([change(ada.account.id, 'changed'), ...event.statements])
    event.deliver()
    await settled()
    const [row] = await eventsOf(ada.account.id)
    expect(JSON.parse(row?.payload ?? '')).toEqual({
      event: 'file.uploaded',
      timestamp: NOW / 1_000,
      data: { ...uploaded('').data, user_id: ada.account.username },
    })
    expect(await deliveriesTo(listening)).toMatchObject([
      { eventId: row?.id, state: 'pending', attempts: 0, nextAt: NOW, createdAt: NOW, endedAt: null },
    ])
    for (const silent of [other, disabled, strangers]) expect(await deliveriesTo(silent)).toEqual([])
    expect(await endpoint(listening)).toMatchObject({ pending: 1, pendingBytes: row?.sizeBytes, missed: 0 })
    expect(await endpoint(other)).toMatchObject({ pending: 0, missed: 0 })
    expect(ring.mock.calls).toEqual([[listening]])
  })

  it('is not written where its change fails, nor where nobody listens', async () => {
    const { events } = setUp()
    const { account } = await newAccount()
    const deaf = events.emit(uploaded(account.id))
    await db.batch([change(account.id, 'a'), ...deaf.statements])
    expect(await eventsOf(account.id)).toEqual([])
    const id = await addEndpoint(account.id, ['file.uploaded'])
    const broken = db.run(sql`insert into accounts (id) values (${account.id})`)
    await expect(db.batch([...withEvent(events, account.id), broken])).rejects.toThrow()
    expect(await eventsOf(account.id)).toEqual([])
    expect(await endpoint(id)).toMatchObject({ pending: 0, missed: 0 })
  })

  it('happens only where its condition holds', async () => {
    const { events } = setUp()
    const { account } = await newAccount()
    const id = await addEndpoint(account.id, ['file.uploaded'])
    const isNamed = sql`(select name from accounts where id = ${account.id}) is 'ada'`
    const run = async () => {
      const { statements } = events.emit(uploaded(account.id), isNamed)
      await db.batch([db.select().from(accounts).limit(1), ...statements, change(account.id, 'bob', isNamed)])
    }
    await run()
    expect(await eventsOf(account.id)).toEqual([])
    expect(await endpoint(id)).toMatchObject({ pending: 0, missed: 0 })
    await change(account.id, 'ada')
    await run()
    expect(await eventsOf(account.id)).toHaveLength(1)
    await run()
    expect(await endpoint(id)).toMatchObject({ pending: 1 })
  })

  it.each([
    ['messages', { pending: MAX_PENDING_MESSAGES - 1 }],
    ['bytes', { pendingBytes: MAX_PENDING_BYTES - 200 }],
  ])('is missed, and counted, where too many %s wait', async (_what, over) => {
    const { events } = setUp()
    const { account } = await newAccount()
    const id = await addEndpoint(account.id, ['file.uploaded'], over)
    for (const missed of [0, 1]) {
      const { statements } = events.emit(uploaded(account.id))
      await db.batch([change(account.id, 'a'), ...statements])
      expect(await endpoint(id)).toMatchObject({ missed })
      expect(await deliveriesTo(id)).toHaveLength(1)
    }
  })
})

/** The statements of an event, as a list that a batch takes. */
function withEvent(events: ReturnType<typeof setUp>['events'], accountId: string) {
  const { statements } = events.emit(uploaded(accountId))
  return [change(accountId, 'b'), ...statements] as const
}

describe('the payload', () => {
  it('holds a text up to its limit whole, and the beginning of a longer one', () => {
    const parsed = (content: string) =>
      JSON.parse(payloadOf('chat.completion.created', { message: { role: 'assistant', content } }, NOW))
    const whole = 'a'.repeat(MAX_EVENT_TEXT)
    expect(parsed(whole).data).toEqual({ message: { role: 'assistant', content: whole } })
    const long = parsed(`${whole}b`).data
    expect(long).toEqual({ message: { role: 'assistant', content: whole }, truncated: true })
    const split = parsed(`${'a'.repeat(MAX_EVENT_TEXT - 1)}😀`).data.message.content
    expect(split).toBe('a'.repeat(MAX_EVENT_TEXT - 1))
  })
})
