import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { toUuid } from '../../shared/ids.ts'
import { configOf } from '../../worker/env.ts'
import { titleOf } from '../../worker/services/conversations/conversations.ts'
import { MAX_MESSAGE_LENGTH, MAX_NAME_LENGTH } from '../../worker/surfaces/sira/schemas.ts'
import { createServices } from '../../worker/wiring.ts'
import { freshAccounts } from '../worker/world.ts'
import {
  contractClient,
  expiredToken,
  forgeries,
  from,
  newAccount,
  read,
  unreadableBodies,
} from './contract-client.ts'
import { call, createSiraWorld, eventsIn, idOf, query, refused, textOf, time } from './sira-client.ts'

const client = contractClient('sira')
const services = createServices(env, configOf(env))

let sira: Awaited<ReturnType<typeof createSiraWorld>>
type Sira = Awaited<ReturnType<typeof createSiraWorld>>
let node: Sira['node']
let ada: Sira['ada']
let eve: Sira['eve']
let profileId: string
beforeAll(async () => {
  sira = await createSiraWorld()
  ;({ node, ada, eve, profileId } = sira)
})
const NO_CONVERSATION = refused(404, 'Not Found', 'There is no such conversation.')

describe('POST /api/conversations', () => {
  it('answers the page’s example', async () => {
    const response = await sira.begin({ title: 'Computer Science Programs in Europe' })
    expect(await read(response)).toEqual([
      201,
      {
        session_id: expect.stringMatching(/^sess_[0-9a-f]{24}$/),
        profile_id: profileId,
        title: 'Computer Science Programs in Europe',
        created_at: time,
        updated_at: time,
      },
    ])
  })

  it('begins a conversation of the account, whose id the session spells', async () => {
    const found = await services.conversations.find(ada.account.id, idOf(await sira.talk()))
    expect(found).toMatchObject({ title: 'Programs in Europe' })
    expect(toUuid(found?.profileId ?? '')).toBe(profileId)
  })

  it.each([undefined, null, '', '<i></i>'])(
    'takes the title %j for one that was not given',
    async (title) => {
      expect(await read(await sira.begin({ title }))).toMatchObject([201, { title: titleOf('') }])
    },
  )

  it('takes markup out of the title, and a profile that is archived', async () => {
    expect(await read(await sira.begin({ title: '<b>Europe</b>' }))).toMatchObject([201, { title: 'Europe' }])
  })

  it.each([
    ['another account', () => eve.token],
    ['an administrator', async () => (await newAccount({ roles: ['admin'] })).token],
  ])('does not find a profile for %s', async (_who, tokenOf) => {
    expect(await read(await sira.begin({}, await tokenOf()))).toEqual(
      refused(404, 'Not Found', 'There is no such profile.'),
    )
  })

  it('answers 404 to a profile that there is not', async () => {
    expect(await read(await sira.begin({ profile_id: crypto.randomUUID() }))).toEqual(
      refused(404, 'Not Found', 'There is no such profile.'),
    )
  })

  it.each<[over: object, field: string, type: string]>([
    [{ profile_id: undefined }, 'body -> profile_id', 'value_error.missing'],
    [{ profile_id: 7 }, 'body -> profile_id', 'type_error.str'],
    [{ profile_id: 'mine' }, 'body -> profile_id', 'value_error'],
    [{ title: 7 }, 'body -> title', 'type_error.str'],
    [{ title: 'x'.repeat(MAX_NAME_LENGTH + 1) }, 'body -> title', 'value_error.any_str.max_length'],
  ])('answers 422 to %j', async (over, field, type) => {
    expect(await read(await sira.begin(over))).toMatchObject([422, { details: [{ field, type }] }])
  })

  it.each(unreadableBodies)('answers %s in its own format', async (_name, init, status) => {
    const headers = { ...init.headers, ...from(), authorization: `Bearer ${ada.token}` }
    const response = await client.raw('/api/conversations', { method: 'POST', ...init, headers })
    expect(await read(response)).toEqual(refused(status, expect.any(String) as never, expect.any(String)))
  })
})

describe('GET /api/conversations/stream', () => {
  it('streams the page’s events, then done, and says how soon to come back', async () => {
    const session = await sira.talk()
    const [response, { request }] = await Promise.all([
      sira.ask(session),
      node.answer(['ETH Zurich', ' is a leading…']),
    ])
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const text = await response.text()
    expect(text).toMatch(/^retry: \d{1,3}\n/)
    const events = eventsIn(text)
    expect(textOf(events)).toBe('ETH Zurich is a leading…')
    for (const event of events.slice(0, -1)) {
      expect(event).toEqual({
        id: expect.stringMatching(/^2\.\d+$/),
        data: { type: 'content', content: expect.any(String), metadata: {} },
      })
    }
    expect(events.at(-1)?.data).toEqual({ type: 'done', content: '', metadata: {} })
    expect(request).toMatchObject({ model: sira.model.id, sampling: { temperature: 0.7 } })
  })

  it('tells the model of the conversation’s profile as it is now, and of what was said', async () => {
    const session = await sira.talk()
    const shown = async (message: string) => {
      const [, { request }] = await Promise.all([
        sira.ask(session, message).then((response) => response.text()),
        node.answer(['Yes.']),
      ])
      return request.prompt.kind === 'chat' ? request.prompt.messages : []
    }
    const profile = { role: 'system', content: expect.stringContaining('GPA: 15.5 out of 20') }
    expect(await shown('One?')).toEqual([profile, { role: 'user', content: 'One?' }])
    const body = { academic_record: { gpa: 16 } }
    await call(`/api/profiles/${profileId}`, { method: 'PATCH', token: ada.token, body })
    expect(await shown('Two?')).toEqual([
      { role: 'system', content: expect.stringContaining('GPA: 16 out of 20') },
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: 'Yes.' },
      { role: 'user', content: 'Two?' },
    ])
    await call(`/api/profiles/${profileId}`, {
      method: 'PATCH',
      token: ada.token,
      body: { academic_record: { gpa: 15.5 } },
    })
  })

  it('goes on in a conversation of the account that has no profile', async () => {
    const { id } = await services.conversations.create({ accountId: ada.account.id, title: 'From elsewhere' })
    const [response, { request }] = await Promise.all([sira.ask(`sess_${id}`, 'Hi'), node.answer(['Hello.'])])
    expect(textOf(eventsIn(await response.text()))).toBe('Hello.')
    expect(request.prompt).toMatchObject({ messages: [{ role: 'user', content: 'Hi' }] })
  })

  it('takes the token as a header too', async () => {
    const path = query({ session_id: await sira.talk(), message: 'Hi' })
    const [response] = await Promise.all([call(path, { token: ada.token }), node.answer(['Hello.'])])
    expect(response.status).toBe(200)
  })

  it('ends a late failure with an event', async () => {
    const asking = sira.ask(await sira.talk())
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'ETH', [1]]] })
    const response = await asking
    node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'Not like this.' })
    const events = eventsIn(await response.text())
    expect(textOf(events)).toBe('ETH')
    expect(events.at(-1)?.data).toEqual({
      type: 'error',
      content: '',
      metadata: {},
      message: 'Not like this.',
    })
  })

  it('fails as a plain answer before the first piece', async () => {
    const session = await sira.talk()
    await services.conversations.update(ada.account.id, idOf(session), { model: 'nobody-holds-this' })
    expect(await read(await sira.ask(session))).toEqual(
      refused(404, 'Not Found', expect.stringContaining('nobody-holds-this')),
    )
  })

  it.each([
    [
      'another account’s',
      async () =>
        (await sira.begin({}, ada.token).then((r) => r.json() as Promise<{ session_id: string }>)).session_id,
    ],
    ['one that there is not', async () => `sess_${'0'.repeat(24)}`],
    ['none', async () => 'sess_123'],
    ['an id without its form', async () => idOf(await sira.talk())],
  ])('knows no session that is %s', async (_case, sessionOf) => {
    const path = query({ token: eve.token, session_id: await sessionOf(), message: 'Hi' })
    expect(await read(await call(path))).toEqual(NO_CONVERSATION)
    expect(await read(await call(path, { headers: { 'last-event-id': '2.0' } }))).toEqual(NO_CONVERSATION)
    expect(node.unread).toBe(0)
  })

  it.each<[over: Record<string, string>, field: string, type: string]>([
    [{ message: 'Hi' }, 'query -> session_id', 'value_error.missing'],
    [{ session_id: 'x' }, 'query -> message', 'value_error.missing'],
    [{ session_id: 'x', message: ' ' }, 'query -> message', 'value_error.any_str.min_length'],
    [
      { session_id: 'x', message: 'x'.repeat(MAX_MESSAGE_LENGTH + 1) },
      'query -> message',
      'value_error.any_str.max_length',
    ],
  ])('answers 422 to a query that lacks something (%#)', async (over, field, type) => {
    expect(await read(await call(query({ token: ada.token, ...over })))).toMatchObject([
      422,
      { details: [{ field, type }] },
    ])
  })

  it(`takes a message of ${MAX_MESSAGE_LENGTH} characters`, async () => {
    const message = 'é'.repeat(MAX_MESSAGE_LENGTH)
    const [response, { request }] = await Promise.all([
      sira.ask(await sira.talk(), message),
      node.answer(['Long.']),
    ])
    expect(response.status).toBe(200)
    expect(request.prompt).toMatchObject({ messages: [{ role: 'system' }, { content: message }] })
  })
})

describe('who asks', () => {
  const UNKNOWN = refused(401, 'Unauthorized', 'The authentication token is missing or not valid.')
  const stream = (token: string | undefined) =>
    call(query({ ...(token === undefined ? {} : { token }), session_id: 'sess_x', message: 'Hi' }))

  it('is nobody without a token, or with an empty one', async () => {
    for (const token of [undefined, '']) expect(await read(await stream(token))).toEqual(UNKNOWN)
    expect(await read(await call('/api/conversations', { body: {} }))).toEqual(UNKNOWN)
  })

  it.each(forgeries)('is not the bearer of %s', async (_name, forge) => {
    const token = await forge(ada.account.id)
    expect(await read(await stream(token))).toEqual(UNKNOWN)
    expect(await read(await sira.begin({}, token))).toEqual(UNKNOWN)
  })

  it('is told that a token has expired, and is no key', async () => {
    const token = await expiredToken(ada.account.id)
    const expired = refused(401, 'Unauthorized', 'The authentication token has expired.')
    expect(await read(await stream(token))).toEqual(expired)
    expect(await read(await sira.begin({}, token))).toEqual(expired)
    const { secret } = await freshAccounts().keys.create({ accountId: ada.account.id, name: 'k' })
    const notTaken = refused(401, 'Unauthorized', expect.stringMatching(/^An API key is not taken here: /))
    expect(await read(await stream(secret))).toEqual(notTaken)
  })

  it('is asked for a header everywhere else', async () => {
    for (const path of ['/api/profiles', '/api/admin/stats', `/api/profiles/${profileId}`]) {
      expect(await read(await call(`${path}?token=${ada.token}`))).toEqual(UNKNOWN)
    }
  })
})
