import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { isId } from '../../shared/ids.ts'
import { configOf } from '../../worker/env.ts'
import { createServices } from '../../worker/wiring.ts'
import { eventsOf, uniqueModel, usage } from '../worker/samples.ts'
import { createWorld, type TestNode } from '../worker/world.ts'
import { type Call, contractClient, newAccount, read, requestInit } from './contract-client.ts'

const { call, callByHost, raw } = contractClient('agentic')
const services = createServices(env, configOf(env))
const PATH = '/v1/chat/completions'
const model = uniqueModel()

interface Completion {
  id: string
  choices: { message: { role: string; content: string }; finish_reason: string }[]
  x_session_id: string
}

let node: TestNode
let ada: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  node = await (await createWorld()).addNode({ models: [model.holding] })
  ada = await newAccount()
})

const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })
const system = (content: string) => ({ role: 'system', content })

const ask = (over: object = {}, { token = ada.token, ...rest }: Call = {}) =>
  call(PATH, { token, body: { model: model.id, messages: [user('Hello?')], ...over }, ...rest })

/** Asks, has the node answer, and gives both: what the node was shown, and what the client got. */
async function answered(over: object, pieces: readonly string[], token = ada.token) {
  const [response, start] = await Promise.all([ask(over, { token }), node.answer(pieces)])
  expect(response.status).toBe(200)
  const { prompt } = start.request
  if (prompt.kind !== 'chat') throw new Error('The node was not asked for a chat.')
  return { completion: (await response.json()) as Completion, shown: prompt.messages, start }
}

const session = () => `session-${crypto.randomUUID()}`

describe('POST /v1/chat/completions', () => {
  it('answers the page’s example', async () => {
    const request = {
      messages: [system('You are a helpful assistant.'), user('What is the capital of France?')],
      session_id: session(),
      temperature: 0.7,
      max_tokens: 1000,
      stream: false,
      agent_type: 'auto',
    }
    const { completion, start } = await answered(request, ['The capital of France', ' is Paris.'])
    expect(completion).toEqual({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{24}$/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: model.id,
      choices: [{ index: 0, message: assistant('The capital of France is Paris.'), finish_reason: 'stop' }],
      usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
      x_session_id: request.session_id,
    })
    expect(start.request).toMatchObject({
      model: model.id,
      prompt: { kind: 'chat', messages: request.messages },
      sampling: { temperature: 0.7 },
      maxTokens: 1000,
    })
  })

  it('gives a session to a chat that names none', async () => {
    const { completion } = await answered({}, ['Hi.'])
    const [, id = ''] = /^session-(.*)$/.exec(completion.x_session_id) ?? []
    expect(isId(id)).toBe(true)
    expect((await answered({ session_id: null }, ['Hi.'])).completion.x_session_id).not.toBe(
      completion.x_session_id,
    )
  })

  it('answers by host too', async () => {
    const body = { model: model.id, messages: [user('Hello?')] }
    const [response] = await Promise.all([callByHost(PATH, { token: ada.token, body }), node.answer(['Hi.'])])
    expect(response.status).toBe(200)
  })

  it('stops on the node when its caller leaves', async () => {
    const abort = new AbortController()
    const body = { model: model.id, messages: [user('Hello?')] }
    const asking = raw(PATH, { ...requestInit({ token: ada.token, body }), signal: abort.signal })
    const { callId } = await node.next('generation.start')
    abort.abort()
    await expect(asking).rejects.toThrow()
    expect((await node.next('call.cancel')).callId).toBe(callId)
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
  })

  it('says that an answer was cut', async () => {
    const [response] = await Promise.all([ask({ max_tokens: 1 }), node.answer(['The'], 'length')])
    expect(await response.json()).toMatchObject({ choices: [{ finish_reason: 'length' }] })
  })

  it('samples at 0.7 unless it is told otherwise, and takes 0 and 1', async () => {
    expect((await answered({}, ['x'])).start.request.sampling.temperature).toBe(0.7)
    for (const temperature of [0, 1]) {
      expect((await answered({ temperature }, ['x'])).start.request.sampling.temperature).toBe(temperature)
    }
  })
})

describe('a session', () => {
  it('replays the page’s Example 5: who said where they live is known', async () => {
    const first = await answered({ messages: [user('My name is Alice and I live in Paris')] }, [
      'Hello, Alice.',
    ])
    const { x_session_id: session_id } = first.completion
    // The node is not asked: what somebody has said of themselves is told in their words.
    const response = await ask({ messages: [user('Where do I live?')], session_id })
    const { choices, x_agent } = (await response.json()) as Completion & { x_agent: object } // the page's
    expect(choices[0]?.message.content).toBe('You mentioned that you live in Paris.')
    expect(x_agent).toMatchObject({ answered_by: 'rule' })
    const { shown } = await answered({ messages: [user('Thanks!')], session_id }, ['Gladly.'])
    expect(shown).toEqual([
      user('My name is Alice and I live in Paris'),
      assistant('Hello, Alice.'),
      user('Where do I live?'),
      assistant('You mentioned that you live in Paris.'),
      user('Thanks!'),
    ])
  })

  it('does not repeat turns that a client sends again', async () => {
    const session_id = session()
    await answered({ session_id, messages: [user('one')] }, ['two'])
    const messages = [user('one'), assistant('two'), user('three')]
    expect((await answered({ session_id, messages }, ['four'])).shown).toEqual(messages)
    expect((await answered({ session_id, messages: [user('five')] }, ['six'])).shown).toEqual([
      ...messages,
      assistant('four'),
      user('five'),
    ])
  })

  it('keeps its system message, until another is given', async () => {
    const session_id = session()
    const shownFor = async (messages: object[]) => (await answered({ session_id, messages }, ['ok'])).shown
    await shownFor([system('Be brief.'), user('one')])
    expect((await shownFor([user('two')]))[0]).toEqual(system('Be brief.'))
    await shownFor([system('Be long.'), user('three')])
    expect((await shownFor([user('four')])).filter(({ role }) => role === 'system')).toEqual([
      system('Be long.'),
    ])
  })

  it('counts a message as a query once, however often a client without a session sends it again', async () => {
    const { account, token } = await newAccount()
    const chat = [user('one'), assistant('two'), user('three'), assistant('four'), user('five'), user('six')]
    for (const length of [1, 3, 6]) await answered({ messages: chat.slice(0, length) }, ['ok'], token)
    const used = await env.DB.prepare('SELECT queries_used FROM accounts WHERE id = ?')
      .bind(account.id)
      .first('queries_used')
    expect(used).toBe(4)
  })

  it('leaves out the oldest turns, and never the system message, when they are too many', async () => {
    const session_id = session()
    await answered({ session_id, messages: [system('Be brief.'), user('one')] }, ['1'])
    await answered({ session_id, messages: [user('two')] }, ['2'])
    const asking = ask({ session_id, messages: [user('three')] })
    const { callId } = await node.next('generation.start')
    node.send({ type: 'call.error', callId, code: 'context_length_exceeded', message: 'Too long.' })
    const { request } = await node.answer(['3'])
    expect(request.prompt).toMatchObject({
      messages: [system('Be brief.'), user('two'), assistant('2'), user('three')],
    })
    expect((await asking).status).toBe(200)
  })

  it('of another account is another conversation', async () => {
    const session_id = session()
    const eve = await newAccount()
    await answered({ session_id, messages: [user('My secret is 7.')] }, ['I keep it.'])
    const { shown, completion } = await answered(
      { session_id, messages: [user('What is my secret?')] },
      ['I do not know.'],
      eve.token,
    )
    expect(shown).toEqual([user('What is my secret?')])
    expect(completion.x_session_id).toBe(session_id)
  })

  it('is a conversation of the account, with its turns and its title', async () => {
    const session_id = session()
    await answered({ session_id, messages: [system('Be brief.'), user('My name is Alice')] }, ['Hello.'])
    const [row] = await services.conversations.list(ada.account.id, { limit: 1 })
    expect(row).toMatchObject({ sessionId: session_id, title: 'My name is Alice' })
    const { messages: stored } = await services.conversations.messages.page(row?.id ?? '', {
      limit: 9,
      offset: 0,
    })
    expect(stored.map(({ role, content }) => ({ role, content }))).toEqual([
      system('Be brief.'),
      user('My name is Alice'),
      assistant('Hello.'),
    ])
  })

  it('goes on after a streamed answer', async () => {
    const session_id = session()
    const [streamed] = await Promise.all([
      ask({ session_id, stream: true }).then((response) => response.text()),
      node.answer(['Hi', ' there.']),
    ])
    expect(streamed).toContain('[DONE]')
    const { shown } = await answered({ session_id, messages: [user('And?')] }, ['So.'])
    expect(shown).toEqual([user('Hello?'), assistant('Hi there.'), user('And?')])
  })
})

describe('a streamed chat completion', () => {
  it('has the page’s chunks, each with its session, then [DONE]', async () => {
    const session_id = session()
    const [response] = await Promise.all([
      ask({ stream: true, session_id }),
      node.answer(['The', ' capital']),
    ])
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const events = eventsOf(await response.text())
    const [first] = events
    const head = {
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{24}$/),
      object: 'chat.completion.chunk',
      created: expect.any(Number),
      model: model.id,
      x_session_id: session_id,
    }
    const piece = (delta: object, finish_reason: string | null = null) => ({
      ...head,
      choices: [{ index: 0, delta, finish_reason }],
    })
    const text = events.slice(1, -2)
    expect(first).toEqual(piece({ role: 'assistant' }))
    expect(text.map(({ choices }) => choices[0].delta.content).join('')).toBe('The capital')
    for (const event of text) expect(event).toEqual(piece({ content: expect.any(String) }))
    expect(events.slice(-2)).toEqual([
      { ...piece({}, 'stop'), usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } },
      '[DONE]',
    ])
    expect(new Set(events.slice(0, -1).map(({ id }) => id)).size).toBe(1)
  })

  it('comes piece by piece, and an answer that fails late ends with an error in this contract’s form', async () => {
    const asking = ask({ stream: true })
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'The', [1]]] })
    const response = await asking
    expect(response.status).toBe(200)
    node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'Not like this.' })
    const events = eventsOf(await response.text())
    expect(events.at(-1)).toMatchObject({ error: expect.any(String), status_code: expect.any(Number) })
    expect(events).not.toContain('[DONE]')
  })

  it('stops on the node when its reader leaves, and what there was is kept', async () => {
    const session_id = session()
    const asking = ask({ stream: true, session_id })
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Good', [1]]] })
    const reader = (await asking).body?.getReader()
    await reader?.read()
    await reader?.cancel()
    expect((await node.next('call.cancel')).callId).toBe(callId)
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
    const { shown } = await answered({ session_id, messages: [user('Go on.')] }, ['Fine.'])
    expect(shown).toEqual([user('Hello?'), assistant('Good'), user('Go on.')])
  })

  it('fails as a plain answer before the first piece', async () => {
    const response = await ask({ stream: true, model: 'nobody-holds-this' })
    expect(await read(response)).toEqual([
      404,
      { error: 'Not Found', detail: expect.stringContaining('nobody-holds-this'), status_code: 404 },
    ])
  })
})
