import { beforeAll, describe, expect, it } from 'vitest'
import {
  MAX_ANSWER_TOKENS,
  MAX_CONTENT_LENGTH,
  MAX_TEMPERATURE,
} from '../../worker/surfaces/dualquery/chat-schemas.ts'
import { eventsOf, usage } from '../worker/samples.ts'
import { newAdmin, read } from './contract-client.ts'
import { type Chatter, createChatter } from './dualquery-chatter.ts'

const NOBODY = '507f1f77bcf86cd799439011'
const QUERIES = 'SELECT queries_used AS n FROM accounts WHERE id = ?'

let ada: Chatter
let node: Chatter['node']
beforeAll(async () => {
  ada = await createChatter()
  ;({ node } = ada)
})
const reply = (chatId: string, body?: object) => ada.reply(chatId, body)

describe('a reply', () => {
  it('is the model’s answer to a new message, and both are kept', async () => {
    const chat = await ada.newChat()
    const before = await ada.count(QUERIES)
    const [response, start] = await Promise.all([
      reply(chat, { content: 'Hello?', temperature: 0.2, max_tokens: 7 }),
      node.answer(['Good', ' day.']),
    ])
    expect(start.request).toMatchObject({
      model: ada.model,
      maxTokens: 7,
      sampling: { temperature: 0.2 },
      prompt: { messages: [{ role: 'user', content: 'Hello?' }] },
    })
    const [asked, answered] = await ada.messages(chat)
    expect(await read(response)).toEqual([201, answered])
    expect(asked).toMatchObject({ role: 'user', content: 'Hello?' })
    expect(answered).toEqual({
      _id: expect.any(String),
      chat_id: chat,
      role: 'assistant',
      content: 'Good day.',
      query_type: null,
      charts: null,
      timestamp: expect.any(String),
    })
    expect(await ada.count(QUERIES)).toBe(before + 1)
  })

  it('answers the last message of the chat where none is given', async () => {
    const chat = await ada.newChat()
    await ada.create('/api/messages', {
      chat_id: chat,
      role: 'user',
      content: 'Who are you?',
      query_type: 'general',
    })
    const before = await ada.count(QUERIES)
    const [response, start] = await Promise.all([reply(chat), node.answer(['Nobody.'])])
    expect(start.request.prompt).toMatchObject({ messages: [{ role: 'user', content: 'Who are you?' }] })
    expect(await read(response)).toMatchObject([201, { content: 'Nobody.', query_type: 'general' }])
    expect(await ada.messages(chat)).toHaveLength(2)
    expect(await ada.count(QUERIES)).toBe(before)
  })

  it('streams pieces, and the whole message last', async () => {
    const chat = await ada.newChat()
    const [response] = await Promise.all([
      reply(chat, { content: 'Hello?', stream: true }),
      node.answer(['Good', ' day.']),
    ])
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ])
    const events = eventsOf(await response.text()) as { content: string; done: boolean; message?: object }[]
    expect(events.map(({ content }) => content).join('')).toBe('Good day.')
    expect(events.map(({ done }) => done)).toEqual([...events.slice(1).map(() => false), true])
    const [, answered] = await ada.messages(chat)
    expect(events.at(-1)).toEqual({ content: '', done: true, message: answered })
    expect(answered).toMatchObject({ content: 'Good day.' })
  })

  it('comes from the deployment’s model where the chat has none', async () => {
    const admin = await newAdmin()
    await admin.configure({ default_model: ada.model })
    const chat = await ada.newChat({ model_id: null })
    const [response] = await Promise.all([reply(chat, { content: 'Hello?' }), node.answer(['Hi.'])])
    expect(response.status).toBe(201)
    await admin.configure({ default_model: null }) // files of a workerd share what it remembers
  })

  it.each([true, false])('that fails before it begins is a plain error (streamed: %s)', async (stream) => {
    const chat = await ada.newChat()
    const asked = reply(chat, { content: 'Hello?', stream })
    const { callId } = await node.next('generation.start')
    node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'Not like this.' })
    expect(await read(await asked)).toEqual([400, { detail: 'Not like this.' }])
  })

  it('that fails later ends its stream with the reason', async () => {
    const chat = await ada.newChat()
    const asked = reply(chat, { content: 'Hello?', stream: true })
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Good', [1]]] })
    const response = await asked
    node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'Not like this.' })
    expect(eventsOf(await response.text())).toEqual([
      { content: 'Good', done: false },
      { content: '', done: true, detail: 'Not like this.' },
    ])
  })

  it('needs a message to answer', async () => {
    expect(await read(await reply(await ada.newChat()))).toEqual([
      400,
      { detail: 'There is no message to answer.' },
    ])
  })

  it('stops when its reader leaves, and keeps what there was', async () => {
    const chat = await ada.newChat()
    await ada.leaveReply(chat, { content: 'Hello?' }, 'Good')
    await expect.poll(async () => (await ada.messages(chat))[1]?.content).toBe('Good')
  })

  it('is stopped when its chat is deleted', async () => {
    const chat = await ada.newChat()
    const asked = reply(chat, { content: 'Hello?' })
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Good', [1]]] })
    expect((await ada.ask(`/api/chats/${chat}`, { method: 'DELETE' })).status).toBe(204)
    expect((await node.next('call.cancel')).callId).toBe(callId)
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
    expect(await read(await asked)).toEqual([404, { detail: 'Chat not found' }])
  })

  it('is refused while an administrator has switched chat, or streaming, off', async () => {
    const admin = await newAdmin()
    const flag = (flags: object) => admin.configure({ feature_flags: flags })
    const chat = await ada.newChat()
    await flag({ chat_enabled: false })
    const off = [503, { detail: 'Chat is switched off.' }]
    expect(await read(await reply(chat, { content: 'Hello?' }))).toEqual(off)
    await flag({ chat_enabled: true, streaming_enabled: false })
    const [status] = await read(await reply(chat, { content: 'Hello?', stream: true }))
    expect(status).toBe(503)
    const [whole] = await Promise.all([reply(chat, { content: 'Hello?' }), node.answer(['Hi.'])])
    expect(whole.status).toBe(201)
    await flag({ streaming_enabled: true })
  })

  it.each([
    ['content of another type', { content: 7 }, 'content'],
    ['empty content', { content: '' }, 'content'],
    ['content past its limit', { content: 'x'.repeat(MAX_CONTENT_LENGTH + 1) }, 'content'],
    ['a query type of another type', { query_type: 7 }, 'query_type'],
    ['a stream that is no boolean', { stream: 'yes' }, 'stream'],
    ['a temperature past its limit', { temperature: MAX_TEMPERATURE + 0.1 }, 'temperature'],
    ['a negative temperature', { temperature: -1 }, 'temperature'],
    ['no tokens', { max_tokens: 0 }, 'max_tokens'],
    ['half a token', { max_tokens: 1.5 }, 'max_tokens'],
    ['too many tokens', { max_tokens: MAX_ANSWER_TOKENS + 1 }, 'max_tokens'],
  ])('is refused with 422 for %s', async (_case, body, field) => {
    const [status, detail] = await read(await reply(NOBODY, { content: 'a', ...body }))
    expect([status, detail]).toMatchObject([422, { detail: [{ loc: ['body', field] }] }])
  })
})
