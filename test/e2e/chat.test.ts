import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { ChatDevice, type Frame } from './support/chat-device.ts'
import { SlowNode } from './support/slow-node.ts'
import { Stack } from './support/stack.ts'

/** The promise of issue 5: the node has stopped so long after the last reader over HTTP has left. */
const CANCEL_LIMIT_MS = 1_000
const ROOMS = 50
const ANSWER_TOKENS = 48

let stack: Stack
let token: string
let slow: SlowNode

beforeAll(async () => {
  stack = await Stack.start()
  slow = await SlowNode.join(stack, 2)
  await stack.addNode({ name: 'attic', slots: 32 })
  const logIn = await fetch(`${stack.url}/rajora/api/auth/login`, {
    method: 'POST',
    body: new URLSearchParams({ username: 'admin', password: 'administrator' }),
  })
  token = ((await logIn.json()) as { access_token: string }).access_token
  // More is asked here in a minute than any plan allows.
  const limits = await post('/api/admin/config', {
    rate_limits: { requests_per_minute: 100_000, tokens_per_day: 1_000_000 },
  })
  expect(limits.status).toBe(200)
})
afterAll(() => stack.close())

const headers = () => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' })
const post = (path: string, body: object, signal?: AbortSignal) =>
  fetch(`${stack.url}/rajora${path}`, {
    method: 'POST',
    headers: headers(),
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
const dial = (conversation?: number) => {
  const query = conversation === undefined ? '' : `?conversation_id=${conversation}`
  return (first: object = {}) =>
    ChatDevice.open(`${stack.url.replace('http', 'ws')}/rajora/ws/chat${query}`, { token, ...first })
}
const question = (model: string, over: object = {}) => ({
  messages: [{ role: 'user', content: 'Hello' }],
  model,
  max_tokens: ANSWER_TOKENS,
  temperature: 0,
  ...over,
})
const said = (model: string, over: object = {}) => ({
  message: 'Hello',
  model,
  max_tokens: ANSWER_TOKENS,
  temperature: 0,
  ...over,
})
const isEnd = (frame: Frame) => frame.done === true
const conversationOf = async (device: ChatDevice) =>
  (await device.until(({ conversation_id }) => conversation_id !== undefined)).conversation_id ?? 0

/** A conversation as whoever goes on with it sees it: the last answer of a room, from its beginning. */
async function lastAnswer(conversation: number): Promise<{ text: string; end: Frame }> {
  const device = await dial(conversation)({ resume_from: '1.0' })
  const end = await device.until(isEnd)
  await device.close()
  return { text: device.text, end }
}

describe('two devices', () => {
  it('see the same answer, and one that comes back in the middle misses nothing', async () => {
    const phone = await dial()(said('slow'))
    const conversation = await conversationOf(phone)
    const laptop = await dial(conversation)()
    const { id: last = '' } = await phone.until(({ id }) => id !== undefined)
    const heard = phone.frames.slice(0, phone.frames.findIndex(({ id }) => id === last) + 1)
    const before = heard.map(({ content }) => content ?? '').join('')
    phone.terminate()
    const back = await dial(conversation)({ resume_from: last })
    await Promise.all([laptop.until(isEnd), back.until(isEnd)])
    expect(laptop.text.length).toBeGreaterThan(ANSWER_TOKENS)
    expect(before + back.text).toBe(laptop.text)
    await Promise.all([laptop.close(), back.close()])
  })

  it('can stop each other’s answers', async () => {
    const phone = await dial()(said('slow', { max_tokens: 700 }))
    const laptop = await dial(await conversationOf(phone))()
    await laptop.until(({ content }) => content !== undefined)
    laptop.send({ cancel: true })
    const ends = await Promise.all([phone.until(isEnd), laptop.until(isEnd)])
    expect(ends.map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
    expect(phone.text).toBe(laptop.text)
    await slow.untilCalls(0)
    await Promise.all([phone.close(), laptop.close()])
  })
})

describe('a client over HTTP', () => {
  it('that leaves stops its generation within a second, and the conversation holds what there was', async () => {
    const abort = new AbortController()
    const response = await post('/api/chat/stream', question('slow', { max_tokens: 700 }), abort.signal)
    const conversation = Number(response.headers.get('x-conversation-id'))
    let text = ''
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    while (!/"content":"[^"]/.test(text)) text += (await reader?.read())?.value ?? ''
    expect(await slow.calls()).toBe(1)
    abort.abort()
    expect(await slow.untilCalls(0)).toBeLessThan(CANCEL_LIMIT_MS)
    const { text: kept, end } = await lastAnswer(conversation)
    expect(end.state).toBe('cancelled')
    expect(kept.length).toBeGreaterThan(0)
  })

  // Under a local edge the leaving of one that waits for a whole answer is not seen (README, "Honest limits").
  it('that leaves before it has its whole answer holds no slot in the end', async () => {
    const abort = new AbortController()
    const asking = post('/api/chat/completions', question('slow'), abort.signal).catch(() => 'aborted')
    await slow.untilCalls(1)
    abort.abort()
    expect(await asking).toBe('aborted')
    await slow.untilCalls(0)
  })

  it('that leaves a conversation to others stops nothing', async () => {
    const abort = new AbortController()
    const response = await post('/api/chat/stream', question('slow'), abort.signal)
    const laptop = await dial(Number(response.headers.get('x-conversation-id')))()
    await laptop.until(({ content }) => content !== undefined)
    abort.abort()
    expect(await laptop.until(isEnd)).toMatchObject({ state: 'complete' })
    await laptop.close()
  })

  it('goes on by request with what was said over a socket', async () => {
    const phone = await dial()(said('attic', { model: 'starter', max_tokens: 8 }))
    await phone.until(isEnd)
    const conversation_id = await conversationOf(phone)
    const response = await post(
      '/api/chat/completions',
      question('starter', { conversation_id, max_tokens: 8 }),
    )
    expect(response.status).toBe(200)
    const answer = (await response.json()) as { content: string; tokens_used: number }
    expect(answer).toMatchObject({ conversation_id, model: 'starter' })
    // Both turns of before were part of the prompt.
    expect(answer.tokens_used).toBeGreaterThan(phone.frames.at(-1) ? 16 : 0)
    // The socket has heard it, too.
    await eventually(() => expect(phone.text.endsWith(answer.content)).toBe(true))
    await phone.close()
  })
})

describe('a room that is evicted', () => {
  interface Bindings {
    DB: { prepare(sql: string): { bind(value: number): { first(column: string): Promise<string> } } }
  }
  const worker = () => stack.harness.getWorker()
  async function evict(conversation: number): Promise<void> {
    const { DB } = (await worker().getEnv()) as Bindings
    const name = await DB.prepare('SELECT id FROM conversations WHERE number = ?')
      .bind(conversation)
      .first('id')
    await worker().evictDurableObject('CHAT_ROOM', { name, webSockets: 'hibernate' })
  }

  it('while it has nothing to do answers the next message on the same socket', async () => {
    const phone = await dial()(said('starter', { max_tokens: 8 }))
    await phone.until(isEnd)
    await evict(await conversationOf(phone))
    const before = phone.frames.length
    phone.send({ message: 'And now?', max_tokens: 8 })
    const end = await phone.until((frame) => isEnd(frame) && phone.frames.indexOf(frame) >= before)
    expect(end).toMatchObject({ state: 'complete' })
    await phone.close()
  })

  // An eviction waits for what runs; one that does not (a lost machine) is in test/worker/durable/room/room-sockets.test.ts.
  it('while it answers has ended that answer first', async () => {
    const phone = await dial()(said('slow'))
    await evict(await conversationOf(phone))
    expect(await phone.until(isEnd)).toMatchObject({ state: 'complete' })
    phone.send({ message: 'And now?', model: 'starter', max_tokens: 8 })
    await phone.until(({ state, model }) => state === 'complete' && model === 'starter')
    await phone.close()
  })
})

describe(`${ROOMS} rooms at once`, () => {
  it('each hear their own answer, whole', async () => {
    const devices = await Promise.all(
      Array.from({ length: ROOMS }, () => dial()(said('starter', { max_tokens: 16 }))),
    )
    const ends = await Promise.all(devices.map((device) => device.until(isEnd)))
    expect(ends.map(({ error }) => error)).toEqual(ends.map(() => undefined))
    expect(new Set(ends.map(({ conversation_id }) => conversation_id)).size).toBe(ROOMS)
    // The same question at temperature 0: the same answer everywhere.
    expect(new Set(devices.map(({ text }) => text)).size).toBe(1)
    expect(devices[0]?.text).not.toBe('')
    await Promise.all(devices.map((device) => device.close()))
  })
})
