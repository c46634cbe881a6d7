import { runInDurableObject, SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../../worker/db/client.ts'
import { openRooms } from '../../../../../worker/db/tables/conversations.ts'
import { MAX_FRAME_BYTES } from '../../../../../worker/durable/room/room-sockets.ts'
import {
  ChatClose,
  MAX_ACCOUNT_SOCKETS,
} from '../../../../../worker/services/conversations/socket-contract.ts'
import { MAX_MEMBER_FRAME_BYTES } from '../../../../../worker/surfaces/openai/socket/contract.ts'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { openTalk, type TalkSocket, textOf } from '../../../chat-socket.ts'
import { uniqueModel, usage } from '../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../world.ts'

const model = uniqueModel()
let world: World
let node: TestNode
let me: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
  me = await newAccount({ plan: 'enterprise' })
})

async function joined(conversation?: string, token = me.token): Promise<TalkSocket> {
  const socket = await openTalk({ token }, conversation)
  expect((await socket.next()).type).toBe('joined')
  return socket
}
const ask = (socket: TalkSocket, text: string, more: object = {}) =>
  socket.send({ type: 'ask', text, model: model.id, ...more })

/** A conversation with one question and its answer. */
async function talked(): Promise<{ socket: TalkSocket; conversation: string }> {
  const socket = await joined()
  ask(socket, 'Hello?')
  await node.answer(['Good', ' day.'])
  const { conversation = '' } = await socket.first('end')
  return { socket, conversation }
}
const messagesOf = async (conversation: string, token = me.token) => {
  const response = await world.request(`/v1/conversations/${conversation}/messages`, { key: token })
  return ((await response.json()) as { data: { role: string; content: string; state: string }[] }).data
}

describe('a socket of /v1', () => {
  it('sends the question too, and hears who answers, the text, and its figures', async () => {
    const socket = await joined()
    ask(socket, 'Hello?', { ref: 'mine', instructions: 'Be brief.', temperature: 0, seed: 7 })
    const start = await node.answer(['Good', ' day.'])
    expect(start.request.prompt).toEqual({
      kind: 'chat',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello?' },
      ],
    })
    expect(start.request.sampling).toMatchObject({ temperature: 0, seed: 7 })
    const frames = await socket.upTo('end')
    expect(frames[0]).toMatchObject({ type: 'start', ref: 'mine', id: '3.0', model: model.id })
    expect(textOf(frames)).toBe('Good day.')
    expect(frames.at(-1)).toMatchObject({
      id: '4.0',
      ref: 'mine',
      state: 'complete',
      usage: { completion_tokens: 2 },
      conversation: frames[0]?.conversation,
    })
    expect(typeof frames.at(-1)?.first_ms).toBe('number')
  })

  it('is heard by two tabs alike, of which one came in the middle and one came back', async () => {
    const { socket, conversation } = await talked()
    ask(socket, 'And?')
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Well', [1]]] })
    const { id: after } = await socket.first('delta')
    socket.close()
    const late = await openTalk({ token: me.token }, conversation)
    const back = await openTalk({ token: me.token, after }, conversation)
    expect(textOf(await late.upTo('joined'))).toBe('Well')
    expect(textOf(await back.upTo('joined'))).toBe('')
    node.send({ type: 'step', step: [[callId, ', no.', [2]]] })
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    expect(textOf(await late.upTo('end'))).toBe(', no.')
    expect(textOf(await back.upTo('end'))).toBe(', no.')
  })

  it('makes the last answer again: the new one takes its place with its first word', async () => {
    const { socket, conversation } = await talked()
    socket.send({ type: 'regenerate', model: model.id })
    const start = await node.answer(['Hi.'])
    expect(start.request.prompt).toMatchObject({ messages: [{ role: 'user', content: 'Hello?' }] })
    await socket.first('end')
    expect((await messagesOf(conversation)).map(({ content }) => content)).toEqual(['Hello?', 'Hi.'])
  })

  it('keeps the answer where making it again is refused, and refuses where there is none', async () => {
    const { socket, conversation } = await talked()
    socket.send({ type: 'regenerate', model: 'a model that nobody holds', ref: 'again' })
    expect(await socket.first('error')).toMatchObject({
      ref: 'again',
      status: 404,
      error: { code: 'model_not_found' },
    })
    expect((await messagesOf(conversation)).map(({ content }) => content)).toEqual(['Hello?', 'Good day.'])
    const fresh = await joined()
    fresh.send({ type: 'regenerate', model: model.id })
    expect(await fresh.first('error')).toMatchObject({ status: 400 })
  })

  it('stops an answer, and keeps what there is of it', async () => {
    const socket = await joined()
    ask(socket, 'Hello?')
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Good', [1]]] })
    const { conversation = '' } = await socket.first('start')
    await socket.first('delta')
    socket.send({ type: 'stop' })
    await node.next('call.cancel')
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
    expect(await socket.first('end')).toMatchObject({ state: 'cancelled' })
    expect((await messagesOf(conversation))[1]).toMatchObject({ content: 'Good', state: 'cancelled' })
  })

  it('leaves nothing of a question that is refused', async () => {
    const socket = await joined()
    ask(socket, 'Hello?', { model: 'a model that nobody holds', ref: 'q' })
    const { id, ...refusal } = await socket.first('error')
    expect(refusal).toMatchObject({ ref: 'q', status: 404 })
    expect(id).toBeUndefined()
  })

  it.each([
    ['no type', { text: 'Hello?' }, "Invalid 'type'"],
    ['an empty question', { type: 'ask', text: ' ' }, "Invalid 'text'"],
    ['a field of its own', { type: 'ask', text: 'Hello?', verbose: true }, "Invalid 'frame'"],
    ['a temperature above 2', { type: 'ask', text: 'Hello?', temperature: 2.1 }, "Invalid 'temperature'"],
    ['a place that is none', { type: 'join', token: 'x', after: 'end' }, "Invalid 'after'"],
  ])('names what is wrong with a frame of %s', async (_name, frame, words) => {
    const socket = await joined()
    socket.send(frame)
    expect((await socket.first('error')).error?.message).toContain(words)
    expect((await socket.closed).code).toBe(ChatClose.badFrame)
  })

  it('refuses documents beside an agent, and files to a key that has no right to them', async () => {
    const socket = await joined()
    ask(socket, 'Hello?', { documents: { search: true }, agent_type: 'react' })
    expect((await socket.first('error')).error?.param).toBe('documents')
    const made = await world.request('/v1/keys', {
      key: me.token,
      body: { name: 'narrow', scopes: ['inference'] },
    })
    const { secret } = (await made.json()) as { secret: string }
    const narrow = await joined(undefined, secret)
    ask(narrow, 'Hello?', { documents: { search: true } })
    expect(await narrow.first('error')).toMatchObject({ status: 403 })
  })
})

describe('who may be in a socket of /v1', () => {
  it('is nobody without a credential, and nobody in a conversation of others', async () => {
    const { conversation } = await talked()
    const stranger = await openTalk({ token: 'nonsense' }, conversation)
    expect((await stranger.closed).code).toBe(ChatClose.badToken)
    const other = await openTalk({ token: (await newAccount()).token }, conversation)
    expect((await other.closed).code).toBe(ChatClose.notFound)
    const response = await SELF.fetch(`http://localhost/v1/chat/socket?conversation=${conversation}`)
    expect(response.status).toBe(426)
    const nowhere = await SELF.fetch('http://localhost/v1/chat/socket?conversation=17', {
      headers: { upgrade: 'websocket' },
    })
    expect(nowhere.status).toBe(404)
  })

  it('ends with the account: one that is switched off is out within a second', async () => {
    const { account, token } = await newAccount({ plan: 'enterprise' })
    const socket = await joined(undefined, token)
    const from = Date.now()
    await world.request(`/v1/accounts/${account.id}`, { method: 'PATCH', body: { active: false } })
    expect((await socket.closed).code).toBe(ChatClose.badToken)
    // A second, and what a busy machine adds.
    expect(Date.now() - from).toBeLessThan(3_000)
  })

  it('ends with the session of the browser', async () => {
    const signedIn = await SELF.fetch('http://localhost/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ api_key: world.adminKey }),
    })
    const { access_token, session } = (await signedIn.json()) as {
      access_token: string
      session: { id: string }
    }
    const socket = await joined(undefined, access_token)
    await world.request(`/v1/sessions/${session.id}`, { method: 'DELETE' })
    expect((await socket.closed).code).toBe(ChatClose.badToken)
  })
})

describe('the limits of sockets of /v1', () => {
  it(`are ${MAX_ACCOUNT_SOCKETS} of an account in all its conversations`, async () => {
    const { account, token } = await newAccount({ plan: 'enterprise' })
    const elsewhere = { accountId: account.id, conversationId: newId(), sockets: MAX_ACCOUNT_SOCKETS - 1 }
    await createDb(env.DB).insert(openRooms).values(elsewhere)
    const last = await joined(undefined, token)
    const more = await openTalk({ token })
    expect((await more.first('error')).error?.message).toContain(String(MAX_ACCOUNT_SOCKETS))
    expect((await more.closed).code).toBe(ChatClose.tooMany)
    last.send({ type: 'ping' })
    expect((await last.first('pong')).type).toBe('pong')
  })

  it('count again who is there where one is refused: a room that was lost holds nobody out', async () => {
    const { account, token } = await newAccount({ plan: 'enterprise' })
    const lost = newId()
    // As a deployment leaves it: written down, without its sockets.
    await runInDurableObject(env.CHAT_ROOM.getByName(lost), (_room, { storage }) =>
      storage.kv.put('openRoom', lost),
    )
    const room = { accountId: account.id, conversationId: lost, sockets: MAX_ACCOUNT_SOCKETS }
    await createDb(env.DB).insert(openRooms).values(room)
    expect((await (await openTalk({ token })).closed).code).toBe(ChatClose.tooMany)
    await expect
      .poll(async () => (await (await openTalk({ token })).next()).type, { timeout: 5_000, interval: 200 })
      .toBe('joined')
  })

  it(`are ${MAX_MEMBER_FRAME_BYTES} bytes of a frame, and ${MAX_FRAME_BYTES} of whoever has not said who it is`, async () => {
    const frameOf = (bytes: number, type: string) => {
      const frame = JSON.stringify({ type, pad: '' })
      return frame.replace('""', JSON.stringify('x'.repeat(bytes - frame.length)))
    }
    const socket = await joined()
    socket.sendRaw(frameOf(MAX_MEMBER_FRAME_BYTES, 'nothing'))
    expect((await socket.closed).code).toBe(ChatClose.badFrame)
    const larger = await joined()
    larger.sendRaw(frameOf(MAX_MEMBER_FRAME_BYTES + 1, 'nothing'))
    expect((await larger.closed).code).toBe(ChatClose.tooLarge)
    const stranger = await openTalk({ token: 'x'.repeat(MAX_FRAME_BYTES) })
    expect((await stranger.closed).code).toBe(ChatClose.tooLarge)
  })
})

describe('a node that is lost in the middle of an answer', () => {
  async function moved(token: string) {
    const { id, holding } = uniqueModel()
    const nodes = [await world.addNode({ models: [holding] }), await world.addNode({ models: [holding] })]
    const starts = nodes.map(async (one) => ({ one, start: await one.next('generation.start') }))
    const socket = await joined(undefined, token)
    socket.send({ type: 'ask', text: 'Hi', model: id })
    const { one, start } = await Promise.race(starts)
    one.send({ type: 'step', step: [[start.callId, 'Hel', [7]]] })
    await socket.first('delta')
    one.close()
    const other = (await Promise.all(starts)).find((each) => each.one !== one)
    const callId = other?.start.callId ?? ''
    other?.one.send({ type: 'step', step: [[callId, 'lo', [8]]] })
    other?.one.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    return socket.upTo('end')
  }

  it('is told, by name to administrators, and the text has no gap', async () => {
    const frames = await moved(world.adminKey)
    expect(frames.filter(({ type }) => type !== 'delta')).toMatchObject([
      { type: 'moved', node: 'attic' },
      { type: 'end', node: 'attic' },
    ])
    expect(textOf(frames)).toBe('lo')
    const told = await world.request(`/v1/conversations/${frames.at(-1)?.conversation}/messages`)
    expect(await told.json()).toMatchObject({ data: [{ role: 'user' }, { content: 'Hello', moves: 1 }] })
  })

  it('is told to others without a name', async () => {
    const frames = await moved(me.token)
    expect(frames.map(({ type }) => type)).toContain('moved')
    expect(frames.some(({ node: name }) => name !== undefined)).toBe(false)
  })
})
