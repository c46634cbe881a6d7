import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeId } from '../../../../shared/ids.ts'
import { createLogger } from '../../../../shared/log.ts'
import { createDb } from '../../../../worker/db/client.ts'
import { MAX_WAITING_QUESTIONS } from '../../../../worker/durable/room/answer-desk.ts'
import { chatSampling } from '../../../../worker/services/conversations/answering.ts'
import { createChat, type RoomStream } from '../../../../worker/services/conversations/chat.ts'
import {
  type Conversation,
  createConversations,
} from '../../../../worker/services/conversations/conversations.ts'
import type { Question } from '../../../../worker/services/conversations/question.ts'
import type { RoomEvent } from '../../../../worker/services/conversations/room-events.ts'
import { createStubs } from '../../../../worker/services/stubs.ts'
import { uniqueModel, usage } from '../../samples.ts'
import { createWorld, type TestNode, type World } from '../../world.ts'

const conversations = createConversations(createDb(env.DB))
const chat = createChat({ ...createStubs(env), places: () => [], log: createLogger(() => {}) })
const never = new AbortController().signal
const model = uniqueModel()

let world: World
let node: TestNode
let accountId: string
beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
  const me = (await (await world.request('/v1/accounts/me')).json()) as { id: string }
  accountId = me.id
})

const begin = () => conversations.create({ accountId, title: 'A talk', model: model.id })

const questionIn = ({ id, number }: Conversation, text: string, over: Partial<Question> = {}): Question => ({
  conversationId: id,
  conversationNumber: number,
  accountId,
  isAdministrator: false,
  requestId: crypto.randomUUID(),
  turns: [{ role: 'user', content: text }],
  options: { model: model.id, sampling: chatSampling(0, 1) },
  isResumable: false,
  ...over,
})

/** Everything that a reader hears until the end. */
async function heard(stream: RoomStream): Promise<RoomEvent[]> {
  const events: RoomEvent[] = []
  for await (const some of stream) events.push(...some)
  return events
}

const textOf = (events: readonly RoomEvent[]) =>
  events.map((event) => (event.type === 'answer.delta' ? event.text : '')).join('')

/** Reads until a reader has heard a text. */
async function until(stream: RoomStream, text: string): Promise<RoomEvent[]> {
  const events: RoomEvent[] = []
  while (!textOf(events).endsWith(text)) {
    const { done, value } = await stream.next()
    if (done) throw new Error(`The stream ended after ${JSON.stringify(events)}`)
    events.push(...value)
  }
  return events
}

const roomOf = ({ id }: Conversation) => env.CHAT_ROOM.getByName(id)

/** Ends an object in the middle of its work, as a deployment does: the harness's own eviction waits until it is idle. */
const evict = (talk: Conversation) =>
  runInDurableObject(roomOf(talk), (_instance, state) => state.abort('evicted')).catch(() => {})

const storedIn = async ({ id }: Conversation) =>
  (await conversations.messages.page(id, { limit: 100, offset: 0 })).messages

describe('a room', () => {
  it('answers, and keeps what was asked and answered', async () => {
    const talk = await begin()
    const [events, start] = await Promise.all([
      chat.ask(questionIn(talk, 'Hello?'), never).then(heard),
      node.answer(['Good', ' day.']),
    ])
    expect(start.request.prompt).toEqual({ kind: 'chat', messages: [{ role: 'user', content: 'Hello?' }] })
    expect(events[0]).toMatchObject({ type: 'answer.start', position: 2, model: model.id })
    expect(textOf(events)).toBe('Good day.')
    expect(events.at(-1)).toMatchObject({
      type: 'answer.end',
      state: 'complete',
      finishReason: 'stop',
      usage: usage(),
    })
    expect(await storedIn(talk)).toMatchObject([
      { position: 1, role: 'user', content: 'Hello?', state: 'complete' },
      {
        position: 2,
        role: 'assistant',
        content: 'Good day.',
        state: 'complete',
        promptTokens: 5,
        completionTokens: 2,
      },
    ])
  })

  it('shows the model what was said before', async () => {
    const talk = await begin()
    await Promise.all([chat.ask(questionIn(talk, 'I am Ada.'), never).then(heard), node.answer(['Hello.'])])
    const [, start] = await Promise.all([
      chat.ask(questionIn(talk, 'Who am I?'), never).then(heard),
      node.answer(['Ada.']),
    ])
    expect(start.request.prompt).toMatchObject({
      messages: [
        { role: 'user', content: 'I am Ada.' },
        { role: 'assistant', content: 'Hello.' },
        { role: 'user', content: 'Who am I?' },
      ],
    })
  })

  it('leaves out the oldest turns when the node says that they are too many', async () => {
    const talk = await begin()
    for (const text of ['one', 'two', 'three', 'four']) {
      await conversations.messages.add(
        { accountId, conversationId: talk.id },
        { role: 'user', content: text },
      )
    }
    const answer = chat.ask(questionIn(talk, 'five'), never).then(heard)
    const lengths: number[] = []
    for (const isLast of [false, false, true]) {
      const { callId, request } = await node.next('generation.start')
      if (request.prompt.kind === 'chat') lengths.push(request.prompt.messages.length)
      if (!isLast) {
        node.send({ type: 'call.error', callId, code: 'context_length_exceeded', message: 'Too long.' })
        continue
      }
      node.send({ type: 'step', step: [[callId, 'ok', [1]]] })
      node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    }
    expect(lengths).toEqual([5, 3, 2])
    expect(textOf(await answer)).toBe('ok')
  })

  it('answers one question after the other', async () => {
    const talk = await begin()
    const first = chat.ask(questionIn(talk, 'first'), never).then(heard)
    const { callId } = await node.next('generation.start')
    const second = chat.ask(questionIn(talk, 'second'), never).then(heard)
    node.send({ type: 'step', step: [[callId, 'one', [1]]] })
    await node.ping()
    expect(node.unread).toBe(0)
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    expect(textOf(await first)).toBe('one')
    await node.answer(['two'])
    expect(textOf(await second)).toBe('two')
    expect((await storedIn(talk)).map(({ content }) => content)).toEqual(['first', 'one', 'second', 'two'])
  })

  it(`takes ${MAX_WAITING_QUESTIONS} questions that wait, and not one more`, async () => {
    const talk = await begin()
    const abort = new AbortController()
    const running = chat.ask(questionIn(talk, 'first'), abort.signal).then(heard)
    await node.next('generation.start')
    const waiting = Array.from({ length: MAX_WAITING_QUESTIONS }, () =>
      chat.ask(questionIn(talk, 'more'), abort.signal).then(heard),
    )
    await Promise.all([
      expect(chat.ask(questionIn(talk, 'too much'), never)).rejects.toMatchObject({ code: 'conflict' }),
    ])
    abort.abort()
    const stop = await node.next('call.cancel')
    node.send({ type: 'call.end', callId: stop.callId, finishReason: 'cancelled', usage: usage() })
    await Promise.allSettled([running, ...waiting])
    expect((await storedIn(talk)).map(({ content }) => content)).not.toContain('more')
  })

  it('gives a reader who comes back what it missed, then the rest', async () => {
    const talk = await begin()
    const first = await chat.ask(questionIn(talk, 'Hello?'), never)
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Good ', [1]]] })
    await until(first, 'Good ')
    const second = await chat.follow(
      { conversationId: talk.id, accountId },
      { position: 2, offset: 2 },
      never,
    )
    expect(textOf(await until(second, 'od '))).toBe('od ')
    node.send({ type: 'step', step: [[callId, 'day.', [2]]] })
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    expect(textOf(await heard(second))).toBe('day.')
    expect(textOf(await heard(first))).toBe('day.')
    const late = await heard(
      await chat.follow({ conversationId: talk.id, accountId }, { position: 2, offset: 5 }, never),
    )
    expect(late).toMatchObject([
      { type: 'answer.delta', text: 'day.', offset: 9 },
      { type: 'answer.end', state: 'complete', usage: { promptTokens: 5, completionTokens: 2 } },
    ])
  })

  it.each([
    ['of another account', () => makeId(Date.now(), new Uint8Array(8)), 2],
    ['that does not exist', () => accountId, 7],
    ['that is a question', () => accountId, 1],
  ])('knows no answer %s', async (_case, whoOf, position) => {
    const talk = await begin()
    await Promise.all([chat.ask(questionIn(talk, 'Hello?'), never).then(heard), node.answer(['Hi.'])])
    await expect(
      chat.follow({ conversationId: talk.id, accountId: whoOf() }, { position, offset: 0 }, never),
    ).rejects.toMatchObject({ code: 'not_found' })
  })

  it('stops the answer when its last reader leaves, and keeps what there was', async () => {
    const talk = await begin()
    const abort = new AbortController()
    const stream = await chat.ask(questionIn(talk, 'Hello?'), abort.signal)
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Good', [1]]] })
    await until(stream, 'Good')
    abort.abort()
    expect((await node.next('call.cancel')).callId).toBe(callId)
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage({ completionTokens: 1 }) })
    await expect
      .poll(async () => (await storedIn(talk))[1])
      .toMatchObject({ state: 'cancelled', content: 'Good', completionTokens: 1 })
  })

  it('stops the answer for a reader who leaves before it has listened', async () => {
    const talk = await begin()
    const abort = new AbortController()
    await chat.ask(questionIn(talk, 'Hello?'), abort.signal)
    const { callId } = await node.next('generation.start')
    abort.abort()
    expect((await node.next('call.cancel')).callId).toBe(callId)
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage({ completionTokens: 0 }) })
    await expect.poll(async () => (await storedIn(talk))[1]?.state).toBe('cancelled')
  })

  it('goes on for the readers who stay', async () => {
    const talk = await begin()
    const abort = new AbortController()
    const leaving = await chat.ask(questionIn(talk, 'Hello?'), abort.signal)
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Good', [1]]] })
    await until(leaving, 'Good')
    const staying = await chat.follow(
      { conversationId: talk.id, accountId },
      { position: 2, offset: 0 },
      never,
    )
    await until(staying, 'Good')
    abort.abort()
    node.send({ type: 'step', step: [[callId, ' day.', [2]]] })
    await until(staying, ' day.')
    await node.ping()
    expect(node.unread).toBe(0)
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    expect((await heard(staying)).at(-1)).toMatchObject({ type: 'answer.end', state: 'complete' })
  })

  it('is stopped by whoever asks it to', async () => {
    const talk = await begin()
    const answer = chat.ask(questionIn(talk, 'Hello?'), never).then(heard)
    const { callId } = await node.next('generation.start')
    expect(await chat.cancel(talk.id)).toBe(true)
    await node.next('call.cancel')
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
    expect((await answer).at(-1)).toMatchObject({ type: 'answer.end', state: 'cancelled' })
    expect(await chat.cancel(talk.id)).toBe(false)
  })

  it('says why an answer failed, and keeps it as failed', async () => {
    const talk = await begin()
    const answer = chat.ask(questionIn(talk, 'Hello?'), never).then(heard)
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Good', [1]]] })
    node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'Not like this.' })
    expect((await answer).at(-1)).toMatchObject({
      type: 'answer.error',
      position: 2,
      code: 'invalid_request',
      message: 'Not like this.',
    })
    expect(await storedIn(talk)).toMatchObject([
      { role: 'user' },
      { state: 'failed', content: 'Good', reason: 'Not like this.' },
    ])
  })

  it('counts each message of the account once', async () => {
    const talk = await begin()
    const before = await env.DB.prepare('SELECT queries_used FROM accounts WHERE id = ?')
      .bind(accountId)
      .first('queries_used')
    await Promise.all([chat.ask(questionIn(talk, 'Hello?'), never).then(heard), node.answer(['Hi.'])])
    const after = await env.DB.prepare('SELECT queries_used FROM accounts WHERE id = ?')
      .bind(accountId)
      .first('queries_used')
    expect(Number(after) - Number(before)).toBe(1)
  })
})

describe('a room that is evicted while it answers', () => {
  it('ends the answer as failed with what it had kept, for its reader and for good', async () => {
    const talk = await begin()
    const stream = await chat.ask(questionIn(talk, 'Hello?'), never)
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Good', [1]]] })
    await until(stream, 'Good')
    await evict(talk)
    expect((await heard(stream)).at(-1)).toMatchObject({ type: 'answer.error', code: 'node_failed' })
    expect(await runDurableObjectAlarm(roomOf(talk))).toBe(true)
    expect((await storedIn(talk))[1]).toMatchObject({
      state: 'failed',
      reason: 'The answer was interrupted.',
    })
    await node.next('call.cancel')
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
  })

  it('answers the next question', async () => {
    const talk = await begin()
    const stream = await chat.ask(questionIn(talk, 'Hello?'), never)
    const { callId } = await node.next('generation.start')
    await evict(talk)
    await heard(stream)
    const [again] = await Promise.all([
      chat.ask(questionIn(talk, 'And now?'), never).then(heard),
      node.answer(['Yes.']),
    ])
    expect(textOf(again)).toBe('Yes.')
    await node.next('call.cancel')
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
    expect(await storedIn(talk)).toMatchObject([
      {},
      { state: 'failed' },
      { content: 'And now?' },
      { content: 'Yes.' },
    ])
  })
})
