import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb } from '../../worker/db/client.ts'
import { createConversations } from '../../worker/services/conversations/conversations.ts'
import { createModelRecords } from '../../worker/services/models/model-records.ts'
import { DEFAULT_PAGE, MAX_MESSAGES, MAX_PAGE } from '../../worker/surfaces/rajora/chat-schemas.ts'
import { eventsOf, uniqueModel, usage } from '../worker/samples.ts'
import { freshAccounts } from '../worker/world.ts'
import { contractClient, newAccount, unique, unreadableBodies } from './contract-client.ts'
import { createRajoraWorld, type RajoraWorld } from './rajora-world.ts'

const { call, raw } = contractClient('rajora')
const conversations = createConversations(createDb(env.DB))
const model = uniqueModel()

let node: RajoraWorld['node']
let admin: RajoraWorld['admin']
let me: RajoraWorld['me']
beforeAll(async () => {
  ;({ node, admin, me } = await createRajoraWorld(model.holding))
})

const question = (over: object = {}) => ({
  messages: [{ role: 'user', content: 'Explain quantum computing' }],
  model: model.id,
  temperature: 0.7,
  max_tokens: 2_048,
  conversation_id: null,
  ...over,
})
const ask = (path: string, over: object = {}, { token } = me) => call(path, { token, body: question(over) })
const complete = (over: object = {}, who = me) => ask('/api/chat/completions', over, who)
const stream = (over: object = {}, who = me) => ask('/api/chat/stream', over, who)
const talkOf = (number: number) => conversations.findByNumber(me.account.id, number)
const storedIn = async (number: number) =>
  (await conversations.messages.page((await talkOf(number))?.id ?? '', { limit: 100, offset: 0 })).messages
const list = async (query = '', { token } = me) => {
  const response = await call(`/api/chat/conversations${query}`, { token })
  return (await response.json()) as { id: number; title: string }[]
}

/** One whole answer, and what the node was asked. */
async function answered(pieces: string[], over: object = {}) {
  const [response, { request }] = await Promise.all([complete(over), node.answer(pieces)])
  expect(response.status).toBe(200)
  return { body: (await response.json()) as { content: string; conversation_id: number }, request }
}

describe('POST /api/chat/completions', () => {
  it('answers the page’s example in a conversation of its own', async () => {
    const { body, request } = await answered(['Quantum computing', ' is a type of computation...'])
    expect(body).toEqual({
      content: 'Quantum computing is a type of computation...',
      model: model.id,
      tokens_used: 7,
      latency_ms: expect.any(Number),
      conversation_id: expect.any(Number),
    })
    expect(request).toMatchObject({
      model: model.id,
      maxTokens: 2_048,
      sampling: { temperature: 0.7 },
      prompt: { messages: question().messages },
    })
    expect(await talkOf(body.conversation_id)).toMatchObject({
      title: 'Explain quantum computing',
      model: model.id,
    })
  })

  it('keeps what a message says as it came, and leaves what nobody sees out of its title', async () => {
    const said = { role: 'user', content: 'What\u0000 is\u202e this?' }
    const { body, request } = await answered(['x\u0000y'], { messages: [said] })
    expect(request.prompt).toMatchObject({ messages: [said] })
    expect(body.content).toBe('x\u0000y')
    expect(await talkOf(body.conversation_id)).toMatchObject({ title: 'What is this?' })
    expect(await storedIn(body.conversation_id)).toMatchObject([said, { content: 'x\u0000y' }])
  })

  it('goes on with a conversation, and does not store what is said again', async () => {
    const first = await answered(['It is.'])
    const conversation_id = first.body.conversation_id
    const again = [...question().messages, { role: 'assistant', content: 'It is.' }]
    const why = { role: 'user', content: 'Why?' }
    for (const messages of [[why], [...again, why, { role: 'assistant', content: 'So.' }, why]]) {
      const { body, request } = await answered(['So.'], { conversation_id, messages, model: null })
      expect(body.conversation_id).toBe(conversation_id)
      expect(request.model).toBe(model.id)
      expect(request.prompt).toMatchObject({ messages: expect.arrayContaining([...again, why]) })
    }
    expect((await storedIn(conversation_id)).map(({ content }) => content)).toEqual([
      'Explain quantum computing',
      'It is.',
      'Why?',
      'So.',
      'Why?',
      'So.',
    ])
  })

  it('means the one model of a key that is bound to it, and no other', async () => {
    const { account, token } = await newAccount()
    const db = createDb(env.DB)
    const record = {
      version: '1',
      accuracy: null,
      f1Score: null,
      loss: null,
      status: 'ready',
      datasetId: null,
    }
    const { id: modelId } = await createModelRecords(db).create({
      ...(record as Parameters<ReturnType<typeof createModelRecords>['create']>[0]),
      accountId: account.id,
      name: 'mine',
      baseModel: model.id,
    })
    const { secret } = await freshAccounts().keys.create({
      accountId: account.id,
      kind: 'raj_',
      name: 'k',
      modelId,
    })
    const body = { messages: question().messages }
    const bound = { 'x-api-key': secret }
    const [response, { request }] = await Promise.all([
      call('/api/chat/completions', { body, headers: bound }),
      node.answer(['Hi.']),
    ])
    expect(await response.json()).toMatchObject({ content: 'Hi.', model: 'mine' })
    expect(request).toMatchObject({ model: model.id, sampling: { temperature: 0.7 } })
    const other = await call('/api/chat/completions', { body: question(), headers: bound })
    expect([other.status, await other.json()]).toEqual([
      403,
      { detail: expect.any(String), status_code: 403 },
    ])
    const models = await (await call('/api/models/list', { headers: bound })).json()
    expect(models).toMatchObject([{ id: 'mine', available: true }])
    expect(await list('', { account, token })).toHaveLength(1)
  })

  it('is answered by the default model where none is named', async () => {
    await admin.configure({ default_model: model.id })
    const { body, request } = await answered(['Hi.'], {
      model: null,
      temperature: undefined,
      max_tokens: null,
    })
    await admin.configure({ default_model: null })
    expect(body).toMatchObject({ model: model.id })
    // A quarter of the model's context, where the caller sets no limit.
    expect(request).toMatchObject({
      model: model.id,
      maxTokens: model.holding.contextTokens / 4,
      sampling: { temperature: 0.7 },
    })
  })

  it('counts what the account has asked, once', async () => {
    const asked = async () =>
      env.DB.prepare('SELECT queries_used FROM accounts WHERE id = ?')
        .bind(me.account.id)
        .first('queries_used')
    const before = Number(await asked())
    await answered(['Hi.'])
    expect(Number(await asked()) - before).toBe(1)
  })

  it.each<[name: string, numberOf: () => Promise<number>]>([
    ['that does not exist', async () => 2 ** 40],
    [
      'of another account',
      async () => {
        const accountId = (await newAccount()).account.id
        return (await conversations.create({ accountId, title: 'Theirs' })).number
      },
    ],
  ])('answers 404 for a conversation %s', async (_name, numberOf) => {
    for (const response of [
      await complete({ conversation_id: await numberOf() }),
      await stream({ conversation_id: await numberOf() }),
    ]) {
      expect([response.status, await response.json()]).toEqual([
        404,
        { detail: 'There is no such conversation.', status_code: 404 },
      ])
    }
  })

  it('begins no conversation when the first answer fails', async () => {
    const before = await list(`?limit=${MAX_PAGE}`)
    for (const response of [await complete({ model: unique('x') }), await stream({ model: unique('x') })]) {
      expect([response.status, await response.json()]).toEqual([
        404,
        { detail: expect.stringContaining('does not exist'), status_code: 404 },
      ])
    }
    expect(await list(`?limit=${MAX_PAGE}`)).toEqual(before)
  })

  it('keeps what was said of an answer that fails', async () => {
    const { conversation_id } = (await answered(['Hi.'])).body
    const asking = complete({ conversation_id })
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Good', [1]]] })
    node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'Not like this.' })
    const response = await asking
    expect([response.status, await response.json()]).toEqual([
      400,
      { detail: 'Not like this.', status_code: 400 },
    ])
    expect((await storedIn(conversation_id)).at(-1)).toMatchObject({ state: 'failed', content: 'Good' })
  })
})

describe('POST /api/chat/stream', () => {
  it('answers in the page’s events, and says which conversation it is', async () => {
    const [response] = await Promise.all([stream(), node.answer(['Quantum', ' computing', ' is'])])
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const conversation_id = Number(response.headers.get('x-conversation-id'))
    expect(response.headers.get('access-control-expose-headers')).toContain('x-conversation-id')
    const events = eventsOf(await response.text())
    expect(events.map(({ content }) => content).join('')).toBe('Quantum computing is')
    for (const event of events.slice(0, -1))
      expect(event).toEqual({ content: expect.any(String), done: false })
    expect(events.at(-1)).toEqual({ content: '', done: true, conversation_id })
    expect((await storedIn(conversation_id)).map(({ content }) => content)).toEqual([
      'Explain quantum computing',
      'Quantum computing is',
    ])
  })

  it('ends with an error when the answer fails in the middle, and keeps what there was', async () => {
    const asking = stream()
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Quantum', [1]]] })
    const response = await asking
    node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'Not like this.' })
    const conversation_id = Number(response.headers.get('x-conversation-id'))
    expect(eventsOf(await response.text())).toEqual([
      { content: 'Quantum', done: false },
      { content: '', done: true, conversation_id, error: 'Not like this.', status_code: 400 },
    ])
    expect((await storedIn(conversation_id))[1]).toMatchObject({ state: 'failed', content: 'Quantum' })
  })

  it('stops on its node when its reader leaves, and keeps what there was as cancelled', async () => {
    const asking = stream()
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Quantum', [1]]] })
    const response = await asking
    await response.body?.cancel()
    expect((await node.next('call.cancel')).callId).toBe(callId)
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage({ completionTokens: 1 }) })
    const conversation_id = Number(response.headers.get('x-conversation-id'))
    await expect
      .poll(async () => (await storedIn(conversation_id))[1])
      .toMatchObject({ state: 'cancelled', content: 'Quantum', completionTokens: 1 })
  })
})

describe('the feature flags', () => {
  it.each([
    ['chat_enabled', [503, 503]],
    ['streaming_enabled', [200, 503]],
  ])('without %s answer %j to the whole answer and the stream', async (flag, statuses) => {
    const before = await list(`?limit=${MAX_PAGE}`)
    await admin.configure({ feature_flags: { [flag]: false } })
    const whole = complete()
    if (statuses[0] === 200) await node.answer(['Hi.'])
    const responses = [await whole, await stream()]
    await admin.configure({ feature_flags: { [flag]: true } })
    expect(responses.map(({ status }) => status)).toEqual(statuses)
    expect(await responses[1]?.json()).toEqual({ detail: expect.any(String), status_code: 503 })
    expect(await list(`?limit=${MAX_PAGE}`)).toHaveLength(before.length + (statuses[0] === 200 ? 1 : 0))
  })
})

describe.each(['/api/chat/completions', '/api/chat/stream'])('the body of %s', (path) => {
  const turn = { role: 'user', content: 'Hi' }
  it.each<[name: string, over: object, detail: string]>([
    ['no messages', { messages: undefined }, 'messages: field required'],
    ['no message', { messages: [] }, 'messages: ensure this value has at least 1 items'],
    [
      'too many',
      { messages: Array(MAX_MESSAGES + 1).fill(turn) },
      `messages: ensure this value has at most ${MAX_MESSAGES}`,
    ],
    ['a list of texts', { messages: ['Hi'] }, 'messages.0: value is not a valid dict'],
    [
      'an unknown role',
      { messages: [{ ...turn, role: 'tool' }] },
      'messages.0.role: value is not a valid enum',
    ],
    ['no content', { messages: [{ role: 'user' }] }, 'messages.0.content: field required'],
    ['empty content', { messages: [{ ...turn, content: '' }] }, 'messages.0.content: ensure'],
    [
      'nothing that is asked',
      { messages: [{ ...turn, role: 'assistant' }] },
      'messages: the last message must be',
    ],
    ['a model that is a number', { model: 1 }, 'model: str type expected'],
    ['an empty model', { model: '' }, 'model: ensure'],
    ['a model of 257 characters', { model: 'x'.repeat(257) }, 'model: ensure'],
    ['a temperature below 0', { temperature: -0.1 }, 'temperature: ensure'],
    ['a temperature above 2', { temperature: 2.1 }, 'temperature: ensure'],
    ['a temperature that is text', { temperature: '1' }, 'temperature: value is not a valid number'],
    ['no token', { max_tokens: 0 }, 'max_tokens: ensure'],
    ['half a token', { max_tokens: 1.5 }, 'max_tokens: value is not a valid integer'],
    ['a conversation that is text', { conversation_id: '42' }, 'conversation_id: value is not a valid'],
    ['conversation 0', { conversation_id: 0 }, 'conversation_id: ensure'],
  ])('with %s is 422 and named', async (_name, over, detail) => {
    const response = await ask(path, over)
    expect([response.status, await response.json()]).toEqual([
      422,
      { detail: expect.stringContaining(detail), status_code: 422 },
    ])
  })

  it.each(unreadableBodies)(
    'that is %s is refused in the contract’s own format',
    async (_name, init, status) => {
      const headers = { ...init.headers, authorization: `Bearer ${me.token}` }
      const response = await raw(path, { method: 'POST', ...init, headers })
      expect([response.status, await response.json()]).toEqual([
        status,
        { detail: expect.any(String), status_code: status },
      ])
    },
  )
})

describe('GET /api/chat/conversations', () => {
  it('answers as the page does, the newest activity first, and pages', async () => {
    const { account, token } = await newAccount({ plan: 'enterprise' })
    expect(await list('', { account, token })).toEqual([])
    const talks = []
    for (const title of ['one', 'two', 'three']) {
      talks.push(await conversations.create({ accountId: account.id, title, model: model.id }))
    }
    const [one] = talks
    await conversations.messages.add(
      { accountId: account.id, conversationId: one?.id ?? '' },
      { role: 'user', content: 'Hi' },
    )
    const all = await list('', { account, token })
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(all[0]).toEqual({
      id: one?.number,
      title: 'one',
      model_name: model.id,
      created_at: time,
      updated_at: time,
    })
    expect(all.map(({ title }) => title)).toEqual(['one', 'three', 'two'])
    expect(await list('?limit=1&offset=1', { account, token })).toEqual([all[1]])
    expect(await list('?offset=3', { account, token })).toEqual([])
  })

  it(`gives ${DEFAULT_PAGE} where nothing is asked for, and ${MAX_PAGE} at most`, async () => {
    const { account, token } = await newAccount({ plan: 'enterprise' })
    for (let count = 0; count <= DEFAULT_PAGE; count += 1) {
      await conversations.create({ accountId: account.id, title: String(count) })
    }
    expect(await list('', { account, token })).toHaveLength(DEFAULT_PAGE)
    expect(await list(`?limit=${MAX_PAGE}`, { account, token })).toHaveLength(DEFAULT_PAGE + 1)
    for (const query of [`limit=${MAX_PAGE + 1}`, 'limit=0', 'limit=x', 'offset=-1', 'offset=1.5']) {
      const response = await call(`/api/chat/conversations?${query}`, { token })
      expect([response.status, await response.json()], query).toEqual([
        422,
        { detail: expect.stringContaining(query.split('=')[0] ?? ''), status_code: 422 },
      ])
    }
  })
})
