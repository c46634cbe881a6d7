import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDb, newId } from '../../../../../worker/db/client.ts'
import { webhookDeliveries } from '../../../../../worker/db/tables/webhooks.ts'
import { configOf } from '../../../../../worker/env.ts'
import { FORGOTTEN_AFTER_MS } from '../../../../../worker/services/webhooks/deliveries.ts'
import { MAX_ENDPOINTS_PER_ACCOUNT } from '../../../../../worker/services/webhooks/webhooks.ts'
import { createServices } from '../../../../../worker/wiring.ts'
import { type Call, contractClient, newAccount, read } from '../../../../contracts/contract-client.ts'
import { eventually } from '../../../../support/eventually.ts'
import { uniqueModel } from '../../../samples.ts'
import { createWorld } from '../../../world.ts'

const client = contractClient('v1')
const agentic = contractClient('agentic')
const services = createServices(env, configOf(env))
const db = createDb(env.DB)

const HOST = 'https://hooks.example.com/'

interface Received {
  url: string
  headers: Record<string, string>
  body: string
}

/** The net of a test: names that exist, and receivers that keep what they get. */
let received: Received[]
beforeEach(() => {
  received = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (asked, init) => {
    const url = String(asked instanceof Request ? asked.url : asked)
    if (url.startsWith('https://cloudflare-dns.com/'))
      return Response.json({ Status: 0, Answer: [{ type: 1, data: '8.8.8.8' }] })
    received.push({ url, headers: Object.fromEntries(new Headers(init?.headers)), body: String(init?.body) })
    return new Response('ok')
  })
})
afterEach(() => vi.restoreAllMocks())

const call = (path: string, given: Call) => client.call(`/webhooks${path}`, given)

async function addWebhook(token: string, over: object = {}) {
  const response = await call('', { token, body: { url: `${HOST}${newId()}`, ...over } })
  expect(response.status).toBe(201)
  return (await response.json()) as { id: string; url: string; secret: string }
}

/** The messages that have come to an address, as soon as there are so many. */
const messagesTo = (url: string, count: number) =>
  eventually(() => {
    const found = received.filter((message) => message.url === url)
    expect(found).toHaveLength(count)
    return found
  })

describe('/v1/webhooks', () => {
  it('makes a webhook, shows its secret once, lists, changes and deletes it', async () => {
    const { token } = await newAccount()
    const { secret, ...made } = await addWebhook(token, { events: ['job.failed'], description: 'alerts' })
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/)
    expect(made).toEqual({
      id: expect.stringMatching(/^we_[0-9a-f]{24}$/),
      object: 'webhook',
      url: made.url,
      description: 'alerts',
      events: ['job.failed'],
      enabled: true,
      disabled_reason: null,
      failing_since: null,
      old_secret_until: null,
      pending: 0,
      missed: 0,
      created: expect.any(Number),
    })
    expect(await read(await call('', { token }))).toEqual([200, { object: 'list', data: [made] }])
    expect(await read(await call(`/${made.id}`, { token }))).toEqual([200, made])
    const body = { events: ['job.completed'], description: null, enabled: false }
    const changed = await read(await call(`/${made.id}`, { token, method: 'PATCH', body }))
    expect(changed).toEqual([200, { ...made, ...body, disabled_reason: 'Its owner has disabled it.' }])
    const gone = await read(await call(`/${made.id}`, { token, method: 'DELETE' }))
    expect(gone).toEqual([200, { id: made.id, object: 'webhook', deleted: true }])
    expect((await call(`/${made.id}`, { token })).status).toBe(404)
  })

  it('listens to everything where no events are named', async () => {
    const { token } = await newAccount()
    expect(await addWebhook(token)).toMatchObject({
      events: [
        'chat.completion.created',
        'file.uploaded',
        'file.deleted',
        'agent.execution.started',
        'agent.execution.completed',
        'job.completed',
        'job.failed',
        'dataset.completed',
      ],
    })
  })

  it.each([
    ['url', { url: 'http://example.com/' }],
    ['url', { url: 'https://127.0.0.1/' }],
    ['url', { url: 'https://0x7f.1/' }],
    ['url', { url: 'https://ada:secret@example.com/' }],
    ['url', { url: '' }],
    ['url', {}],
    ['events', { url: HOST, events: [] }],
    ['events[0]', { url: HOST, events: ['node.joined'] }],
    ['events', { url: HOST, events: ['job.failed', 'job.failed'] }],
    ['description', { url: HOST, description: 'a'.repeat(501) }],
  ])('refuses a wrong %s by name, also in a change: %j', async (param, body) => {
    const { token } = await newAccount()
    const [status, refusal] = await read(await call('', { token, body }))
    expect(status).toBe(400)
    expect(refusal).toMatchObject({ error: { param } })
    expect(await services.webhooks.list((await newAccount()).account.id)).toEqual([])
    if (param === 'url' && !('url' in body)) return
    const { id } = await addWebhook(token)
    const changed = await call(`/${id}`, { token, method: 'PATCH', body })
    expect(changed.status).toBe(400)
  })

  it('lets an account have so many, and no more', async () => {
    const { token } = await newAccount()
    for (let count = 0; count < MAX_ENDPOINTS_PER_ACCOUNT; count += 1) await addWebhook(token)
    const response = await call('', { token, body: { url: HOST } })
    expect(response.status).toBe(429)
  })

  it('is nobody else’s: every operation says that there is none', async () => {
    const [ada, bob] = [await newAccount(), await newAccount()]
    const { id } = await addWebhook(ada.token)
    const delivery = 'msg_6921b2a00123456789abcdef'
    const operations: [string, Call][] = [
      ['', {}],
      ['', { method: 'PATCH', body: { enabled: false } }],
      ['', { method: 'DELETE' }],
      ['/rotate', { method: 'POST' }],
      ['/test', { method: 'POST' }],
      ['/deliveries', {}],
      [`/deliveries/${delivery}/redeliver`, { method: 'POST' }],
    ]
    for (const [path, given] of operations)
      expect((await call(`/${id}${path}`, { token: bob.token, ...given })).status, path).toBe(404)
    expect((await call(`/${id}`, { token: ada.token })).status).toBe(200)
  })
})

describe('a message', () => {
  it('of the test arrives, verifies, and is sent again when asked with the same id', async () => {
    const { token } = await newAccount()
    const webhook = await addWebhook(token)
    const sent = await call(`/${webhook.id}/test`, { token, method: 'POST' })
    const delivery = (await sent.json()) as { id: string }
    expect(sent.status).toBe(202)
    const [message] = await messagesTo(webhook.url, 1)
    expect(message?.headers['webhook-id']).toBe(delivery.id)
    expect(new Webhook(webhook.secret).verify(message?.body ?? '', message?.headers ?? {})).toEqual({
      event: 'webhook.test',
      timestamp: expect.any(Number),
      data: { webhook_id: webhook.id },
    })
    const listed = async () => await read(await call(`/${webhook.id}/deliveries`, { token }))
    await eventually(async () =>
      expect(await listed()).toEqual([
        200,
        {
          object: 'list',
          data: [
            expect.objectContaining({ id: delivery.id, state: 'delivered', attempts: 1, last_status: 200 }),
          ],
          first_id: delivery.id,
          last_id: delivery.id,
          has_more: false,
        },
      ]),
    )
    const again = await call(`/${webhook.id}/deliveries/${delivery.id}/redeliver`, { token, method: 'POST' })
    expect(again.status).toBe(202)
    const messages = await messagesTo(webhook.url, 2)
    expect(new Set(messages.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery.id]))
  })

  it('verifies with the old secret and the new one after a change', async () => {
    const { token } = await newAccount()
    const webhook = await addWebhook(token)
    const rotated = await call(`/${webhook.id}/rotate`, { token, method: 'POST' })
    const { secret, old_secret_until } = (await rotated.json()) as {
      secret: string
      old_secret_until: number
    }
    expect(old_secret_until).toBeGreaterThan(Date.now() / 1_000 + 86_000)
    await call(`/${webhook.id}/test`, { token, method: 'POST' })
    const [message] = await messagesTo(webhook.url, 1)
    for (const key of [webhook.secret, secret])
      expect(() => new Webhook(key).verify(message?.body ?? '', message?.headers ?? {})).not.toThrow()
  })

  it('tells of a chat in the words of the page, whole or streamed', async () => {
    const model = uniqueModel()
    const node = await (await createWorld()).addNode({ models: [model.holding] })
    const { token, account } = await newAccount()
    const webhook = await addWebhook(token, { events: ['chat.completion.created'] })
    for (const [index, stream] of [false, true].entries()) {
      const body = {
        model: model.id,
        messages: [{ role: 'user', content: 'Hello?' }],
        session_id: `session-${index}`,
        stream,
      }
      const [response] = await Promise.all([
        agentic.call('/v1/chat/completions', { token, body }),
        node.answer(['Good', ' day']),
      ])
      const id = /chatcmpl-[0-9a-f]{24}/.exec(await response.text())?.[0]
      const messages = await messagesTo(webhook.url, index + 1)
      expect(JSON.parse(messages.at(-1)?.body ?? '')).toEqual({
        event: 'chat.completion.created',
        timestamp: expect.any(Number),
        data: {
          id,
          user_id: account.username,
          session_id: `session-${index}`,
          model: model.id,
          message: { role: 'assistant', content: 'Good day' },
        },
      })
    }
    node.close()
  })

  it('that was forgotten is sent when the clock comes by', async () => {
    const { token, account } = await newAccount()
    const webhook = await addWebhook(token)
    const sent = await call(`/${webhook.id}/test`, { token, method: 'POST' })
    const { id } = (await sent.json()) as { id: string }
    await messagesTo(webhook.url, 1)
    await eventually(async () =>
      expect(await services.webhooks.get(account.id, webhook.id.slice('we_'.length))).toMatchObject({
        pending: 0,
      }),
    )
    await db
      .update(webhookDeliveries)
      .set({ state: 'pending', nextAt: Date.now() - FORGOTTEN_AFTER_MS - 1, endedAt: null })
      .where(eq(webhookDeliveries.eventId, id.slice('msg_'.length)))
    await services.webhooks.tick()
    await messagesTo(webhook.url, 2)
  })
})
