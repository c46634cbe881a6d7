import { eq } from 'drizzle-orm'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DAY_MS } from '../../../../shared/units.ts'
import { accounts } from '../../../../worker/db/tables/accounts.ts'
import { webhookDeliveries, webhookEvents } from '../../../../worker/db/tables/webhooks.ts'
import { DEAD_KEPT_MS, DELIVERED_KEPT_MS } from '../../../../worker/services/webhooks/deliveries.ts'
import { MESSAGES_AT_ONCE, MESSAGES_PER_ROUND } from '../../../../worker/services/webhooks/delivering.ts'
import { OVERLAP_MS } from '../../../../worker/services/webhooks/endpoint-secrets.ts'
import { FAILURE_LIMIT_MS, MAX_ATTEMPTS } from '../../../../worker/services/webhooks/schedule.ts'
import { webhookWorld } from './webhook-world.ts'

const page = { limit: 100 }
const status =
  (code: number, headers: Record<string, string> = {}) =>
  () =>
    new Response(null, { status: code, headers })

afterEach(() => vi.useRealTimers())

describe('a message', () => {
  it('to a receiver that fails five times arrives at the sixth, each time with one id and a signature that holds', async () => {
    const { webhooks, delivering, addEndpoint, happen, answerWith, goOn, received, clock } = webhookWorld()
    const { owner, id, secret } = await addEndpoint()
    answerWith(() => new Response(null, { status: received.length <= 5 ? 500 : 204 }))
    await happen(owner)
    let next = await delivering.round(id)
    for (let failure = 1; failure < 6; failure += 1) next = await goOn(id, next)
    expect(next).toBeUndefined()
    expect(received).toHaveLength(6)
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(new Set(received.map(({ body }) => body)).size).toBe(1)
    expect(new Set(received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(6)
    vi.useFakeTimers({ now: clock.now, toFake: ['Date'] })
    const last = received.at(-1)
    expect(new Webhook(secret).verify(last?.body ?? '', last?.headers ?? {})).toMatchObject({
      event: 'file.uploaded',
      data: { filename: 'contract.pdf' },
    })
    const { deliveries } = await webhooks.deliveries(owner, id, page)
    expect(deliveries).toMatchObject([{ state: 'delivered', attempts: 6, lastStatus: 204, lastError: null }])
    expect(await webhooks.get(owner, id)).toMatchObject({ pending: 0, pendingBytes: 0, failingSince: null })
  })

  it('is given up after nine attempts within a day, kept for 30 days, and sent again when asked', async () => {
    const { webhooks, delivering, addEndpoint, happen, answerWith, goOn, received, clock, db } =
      webhookWorld()
    const { owner, id } = await addEndpoint()
    const began = clock.now
    answerWith(status(500))
    await happen(owner)
    let next = await delivering.round(id)
    while (next !== undefined) next = await goOn(id, next)
    expect(received).toHaveLength(MAX_ATTEMPTS)
    expect(clock.now - began).toBeLessThanOrEqual(DAY_MS)
    const [dead] = (await webhooks.deliveries(owner, id, { ...page, state: 'dead' })).deliveries
    expect(dead).toMatchObject({ attempts: MAX_ATTEMPTS, lastStatus: 500, lastError: 'It answered 500.' })
    expect(await webhooks.get(owner, id)).toMatchObject({ pending: 0, pendingBytes: 0 })

    clock.now += DEAD_KEPT_MS - 1
    await webhooks.sweep()
    expect(await webhooks.redeliver(owner, id, dead?.eventId ?? '')).toMatchObject({
      state: 'pending',
      attempts: 0,
    })
    await expect(webhooks.redeliver(owner, id, dead?.eventId ?? '')).rejects.toMatchObject({
      code: 'conflict',
    })
    answerWith(status(200))
    expect(await delivering.round(id)).toBeUndefined()
    expect(received.at(-1)?.headers['webhook-id']).toBe(received[0]?.headers['webhook-id'])
    expect(await webhooks.get(owner, id)).toMatchObject({ pending: 0, pendingBytes: 0 })

    clock.now += DELIVERED_KEPT_MS
    await webhooks.sweep()
    expect((await webhooks.deliveries(owner, id, page)).deliveries).toEqual([])
    expect(await db.select().from(webhookEvents).where(eq(webhookEvents.accountId, owner))).toEqual([])
  })

  it('waits for as long as its receiver asks', async () => {
    const { delivering, addEndpoint, happen, answerWith, clock } = webhookWorld()
    const { owner, id } = await addEndpoint()
    answerWith(status(429, { 'retry-after': '3600' }))
    await happen(owner)
    expect(await delivering.round(id)).toBe(clock.now + 3_600_000)
  })

  it('is sent once, whatever was sent before and however often its endpoint is rung', async () => {
    const { delivering, addEndpoint, happen, received } = webhookWorld()
    const { owner, id } = await addEndpoint()
    await happen(owner)
    await delivering.round(id)
    await delivering.round(id)
    expect(received).toHaveLength(1)
  })

  it('is one of few at once, and of so many in a round', async () => {
    const { delivering, addEndpoint, happen, answerWith, received, webhooks } = webhookWorld()
    const { owner, id } = await addEndpoint()
    let open = 0
    let most = 0
    answerWith(async () => {
      open += 1
      most = Math.max(most, open)
      await scheduler.wait(1)
      open -= 1
      return new Response(null)
    })
    for (let count = 0; count <= MESSAGES_PER_ROUND; count += 1) await happen(owner)
    expect(await webhooks.get(owner, id)).toMatchObject({ pending: MESSAGES_PER_ROUND + 1 })
    const next = await delivering.round(id)
    expect(received).toHaveLength(MESSAGES_PER_ROUND)
    expect(most).toBe(MESSAGES_AT_ONCE)
    expect(next).toBeDefined()
    expect(await delivering.round(id)).toBeUndefined()
    expect(await webhooks.get(owner, id)).toMatchObject({ pending: 0, pendingBytes: 0 })
  })
})

describe('an endpoint', () => {
  it('that is gone (410) gets nothing more, and says why', async () => {
    const { webhooks, delivering, addEndpoint, happen, answerWith, received } = webhookWorld()
    const { owner, id } = await addEndpoint()
    answerWith(status(410))
    await happen(owner)
    expect(await delivering.round(id)).toBeUndefined()
    expect(await webhooks.get(owner, id)).toMatchObject({
      disabledAt: expect.any(Number),
      disabledReason: expect.stringContaining('410'),
      pending: 0,
    })
    await happen(owner)
    await delivering.round(id)
    expect(received).toHaveLength(1)
    await expect(webhooks.test(owner, id)).rejects.toMatchObject({ code: 'conflict' })
    answerWith(status(200))
    await webhooks.update(owner, id, { isEnabled: true })
    await happen(owner)
    await delivering.round(id)
    expect(received).toHaveLength(2)
  })

  it('keeps what has not arrived for 30 days, and then no longer', async () => {
    const { webhooks, delivering, addEndpoint, happen, answerWith, clock } = webhookWorld()
    const { owner, id } = await addEndpoint()
    answerWith(status(410))
    await happen(owner)
    await delivering.round(id)
    expect(DEAD_KEPT_MS).toBe(30 * DAY_MS)
    clock.now += DEAD_KEPT_MS - 1
    await webhooks.sweep()
    expect((await webhooks.deliveries(owner, id, page)).deliveries).toMatchObject([{ state: 'dead' }])
    clock.now += 1
    await webhooks.sweep()
    expect((await webhooks.deliveries(owner, id, page)).deliveries).toEqual([])
  })

  it('at which nothing has arrived for five days is disabled, and not before', async () => {
    const { webhooks, delivering, addEndpoint, happen, answerWith, clock } = webhookWorld()
    const { owner, id } = await addEndpoint()
    answerWith(status(500))
    const fail = async () => {
      await happen(owner)
      await delivering.round(id)
      return await webhooks.get(owner, id)
    }
    const began = clock.now
    expect(FAILURE_LIMIT_MS).toBe(5 * DAY_MS)
    expect(await fail()).toMatchObject({ failingSince: began, disabledAt: null })
    clock.now = began + FAILURE_LIMIT_MS - 1
    expect(await fail()).toMatchObject({ failingSince: began, disabledAt: null })
    clock.now = began + FAILURE_LIMIT_MS
    expect(await fail()).toMatchObject({
      disabledAt: clock.now,
      disabledReason: 'Nothing has arrived there for five days.',
    })
    await delivering.round(id)
    expect(await webhooks.get(owner, id)).toMatchObject({ pending: 0, pendingBytes: 0 })
  })

  it('begins anew with one message that arrives', async () => {
    const { webhooks, delivering, addEndpoint, happen, answerWith, clock } = webhookWorld()
    const { owner, id } = await addEndpoint()
    for (const code of [500, 200]) {
      answerWith(status(code))
      await happen(owner)
      await delivering.round(id)
      clock.now += FAILURE_LIMIT_MS / 2
    }
    expect(await webhooks.get(owner, id)).toMatchObject({ failingSince: null, disabledAt: null })
  })

  it('is not disabled by a message that fails late, where another has arrived meanwhile', async () => {
    const { webhooks, delivering, addEndpoint, happen, answerWith, clock } = webhookWorld()
    const { owner, id } = await addEndpoint()
    answerWith(status(500))
    await happen(owner)
    await delivering.round(id)
    clock.now += FAILURE_LIMIT_MS
    answerWith(async ({ body }) => {
      if (!body.includes('late.pdf')) return new Response(null)
      await expect.poll(async () => (await webhooks.get(owner, id)).failingSince).toBeNull()
      return new Response(null, { status: 500 })
    })
    for (const name of ['late.pdf', 'early.pdf']) await happen(owner, name)
    await delivering.round(id)
    expect(await webhooks.get(owner, id)).toMatchObject({ failingSince: clock.now, disabledAt: null })
  })

  it('that was moved is not judged by the answers of its address before', async () => {
    const { webhooks, delivering, addEndpoint, happen, answerWith, clock } = webhookWorld()
    const { owner, id } = await addEndpoint()
    const [next, last] = ['https://hooks.example.com/next', 'https://hooks.example.com/last']
    answerWith(async () => {
      await webhooks.update(owner, id, { url: next })
      return new Response(null, { status: 410 })
    })
    await happen(owner)
    await delivering.round(id)
    expect(await webhooks.get(owner, id)).toMatchObject({ disabledAt: null, failingSince: null })
    answerWith(status(500))
    await happen(owner)
    await delivering.round(id)
    expect(await webhooks.get(owner, id)).toMatchObject({ failingSince: clock.now })
    await webhooks.update(owner, id, { url: next })
    expect(await webhooks.get(owner, id)).toMatchObject({ failingSince: clock.now })
    await webhooks.update(owner, id, { url: last })
    expect(await webhooks.get(owner, id)).toMatchObject({ failingSince: null })
  })

  it('shows its messages page by page, the newest first, those of a state alone where asked', async () => {
    const { webhooks, delivering, addEndpoint, happen, answerWith, clock } = webhookWorld()
    const { owner, id } = await addEndpoint()
    answerWith(({ body }) => new Response(null, { status: body.includes('b.pdf') ? 410 : 200 }))
    for (const name of ['a.pdf', 'b.pdf', 'c.pdf']) {
      await happen(owner, name)
      await delivering.round(id)
      await webhooks.update(owner, id, { isEnabled: true })
    }
    const all = (await webhooks.deliveries(owner, id, page)).deliveries.map(({ eventId }) => eventId)
    expect(all).toEqual([...all].sort().reverse())
    const first = await webhooks.deliveries(owner, id, { limit: 2 })
    expect([first.deliveries.map(({ eventId }) => eventId), first.hasMore]).toEqual([all.slice(0, 2), true])
    const rest = await webhooks.deliveries(owner, id, { limit: 2, after: all[1] })
    expect([rest.deliveries.map(({ eventId }) => eventId), rest.hasMore]).toEqual([all.slice(2), false])
    const { deliveries } = await webhooks.deliveries(owner, id, { ...page, state: 'dead' })
    expect(deliveries).toMatchObject([{ lastStatus: 410, attemptedAt: clock.now, nextAt: null }])
  })

  it('of an account that is not active any more gets nothing', async () => {
    const { db, webhooks, delivering, addEndpoint, happen, received } = webhookWorld()
    const { owner, id } = await addEndpoint()
    await happen(owner)
    await db.update(accounts).set({ active: false }).where(eq(accounts.id, owner))
    expect(await delivering.round(id)).toBeUndefined()
    expect(received).toEqual([])
    const { deliveries } = await webhooks.deliveries(owner, id, page)
    expect(deliveries).toMatchObject([{ state: 'dead', lastError: 'The account is not active.' }])
  })

  it('that is deleted while its messages are sent gets none of the others', async () => {
    const { db, webhooks, delivering, addEndpoint, happen, answerWith, received } = webhookWorld()
    const { owner, id } = await addEndpoint()
    for (let count = 0; count < 3 * MESSAGES_AT_ONCE; count += 1) await happen(owner)
    answerWith(async () => {
      if (received.length === 1) await webhooks.remove(owner, id)
      return new Response(null)
    })
    expect(await delivering.round(id)).toBeUndefined()
    expect(received.length).toBeLessThanOrEqual(2 * MESSAGES_AT_ONCE)
    const sent = received.length
    await happen(owner)
    await delivering.round(id)
    expect(received).toHaveLength(sent)
    expect(await db.select().from(webhookDeliveries).where(eq(webhookDeliveries.endpointId, id))).toEqual([])
  })

  it('is disabled by its owner with what waits for it', async () => {
    const { webhooks, delivering, addEndpoint, happen, received, rung } = webhookWorld()
    const { owner, id } = await addEndpoint()
    await happen(owner)
    await webhooks.update(owner, id, { isEnabled: false })
    expect(rung).toContain(id)
    await delivering.round(id)
    expect(received).toEqual([])
    expect(await webhooks.get(owner, id)).toMatchObject({ pending: 0, pendingBytes: 0 })
  })
})

describe('the secrets of an endpoint', () => {
  it('sign together for 24 hours after a change, and the new one alone after that', async () => {
    const { webhooks, delivering, addEndpoint, happen, received, clock } = webhookWorld()
    const { owner, id, secret: old } = await addEndpoint()
    const { secret: fresh } = await webhooks.rotate(owner, id)
    expect(fresh).not.toBe(old)
    const send = async () => {
      await happen(owner)
      await delivering.round(id)
      const { body = '', headers = {} } = received.at(-1) ?? {}
      vi.useFakeTimers({ now: clock.now, toFake: ['Date'] })
      return [old, fresh].map((secret) => {
        try {
          new Webhook(secret).verify(body, headers)
          return true
        } catch {
          return false
        }
      })
    }
    expect(OVERLAP_MS).toBe(DAY_MS)
    clock.now += OVERLAP_MS - 1
    expect(await send()).toEqual([true, true])
    clock.now += 1
    expect(await send()).toEqual([false, true])
  })

  it('are sealed, each for its endpoint, and in no answer but the first', async () => {
    const { db, webhooks, addEndpoint } = webhookWorld()
    const [one, two] = [await addEndpoint(), await addEndpoint()]
    await webhooks.rotate(one.owner, one.id)
    const dump = JSON.stringify(await db.all('select * from webhook_endpoints'))
    for (const { secret } of [one, two]) expect(dump).not.toContain(secret.slice('whsec_'.length))
    expect(JSON.stringify(await webhooks.list(one.owner))).not.toMatch(/whsec_|sealed|secret"/)
  })

  it('open with the deployment’s secret before, and are sealed anew with the present one', async () => {
    const [first, second] = ['1'.repeat(32), '2'.repeat(32)]
    const before = webhookWorld({ secrets: [first] })
    const { owner, id, secret } = await before.addEndpoint()
    const during = webhookWorld({ secrets: [second, first] })
    await during.webhooks.reseal()
    expect(await during.webhooks.reseal()).toBe(0)
    const after = webhookWorld({ secrets: [second] })
    await after.happen(owner)
    await after.delivering.round(id)
    const { body = '', headers = {} } = after.received[0] ?? {}
    vi.useFakeTimers({ now: after.clock.now, toFake: ['Date'] })
    expect(new Webhook(secret).verify(body, headers)).toBeDefined()
  })

  it('that nobody can open any more disable it', async () => {
    const { owner, id } = await webhookWorld({ secrets: ['1'.repeat(32)] }).addEndpoint()
    const { happen, delivering, webhooks, received } = webhookWorld({ secrets: ['2'.repeat(32)] })
    await happen(owner)
    await delivering.round(id)
    expect(received).toEqual([])
    expect(await webhooks.get(owner, id)).toMatchObject({
      disabledReason: expect.stringContaining('rotate it'),
    })
  })
})
