import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDb } from '../../../../../worker/db/client.ts'
import { MAX_WAITING_FRAMES } from '../../../../../worker/durable/room/frame-queue.ts'
import { MAX_FRAME_BYTES, TOKEN_LIMIT_MS } from '../../../../../worker/durable/room/room-sockets.ts'
import { createConversations } from '../../../../../worker/services/conversations/conversations.ts'
import {
  ChatClose,
  MAX_CREDENTIAL_LENGTH,
} from '../../../../../worker/services/conversations/socket-contract.ts'
import {
  contractClient,
  expiredToken,
  forgeries,
  newAccount,
  unique,
} from '../../../../contracts/contract-client.ts'
import { createRajoraWorld, type RajoraWorld } from '../../../../contracts/rajora-world.ts'
import { type ChatSocket, contentOf, openSocket } from '../../../chat-socket.ts'
import { uniqueModel } from '../../../samples.ts'
import { freshAccounts } from '../../../world.ts'

const rajora = contractClient('rajora')
const conversations = createConversations(createDb(env.DB))
const model = uniqueModel()

let node: RajoraWorld['node']
let admin: RajoraWorld['admin']
let me: RajoraWorld['me']
beforeAll(async () => {
  ;({ node, admin, me } = await createRajoraWorld(model.holding))
})
/** A room that is built anew has read nothing of accounts and switches yet. */
const forget = ({ id }: { id: string }) => evictDurableObject(env.CHAT_ROOM.getByName(id))
afterEach(() => void vi.useRealTimers())

const begin = (accountId = me.account.id) =>
  conversations.create({ accountId, title: 'A talk', model: model.id })

/** The last frame before a socket is closed, and the code. */
async function refusal(socket: ChatSocket) {
  const { code } = await socket.closed
  return { code, frame: socket.unread.at(-1) }
}
const error = (status_code: number) => ({ error: expect.any(String), status_code, done: true })

describe('the first frame', () => {
  it('is the page’s example: token, message and model', async () => {
    const socket = await openSocket()
    socket.send({ token: me.token, message: 'Hello!', model: model.id })
    const { request } = await node.answer(['Hi', ' there.'])
    expect(request.prompt).toEqual({ kind: 'chat', messages: [{ role: 'user', content: 'Hello!' }] })
    const frames = await socket.answer()
    expect(contentOf(frames)).toBe('Hi there.')
    const talk = await conversations.findByNumber(me.account.id, frames.at(-1)?.conversation_id ?? 0)
    expect(talk).toMatchObject({ title: 'Hello!', model: model.id })
    socket.send({ message: 'And now?' })
    expect((await node.answer(['Still.'])).request.prompt).toMatchObject({ messages: { length: 3 } })
    expect(contentOf(await socket.answer())).toBe('Still.')
  })

  it('may be the token alone, or a key', async () => {
    const { secret } = await freshAccounts().keys.create({
      accountId: me.account.id,
      kind: 'raj_',
      name: unique('k'),
    })
    for (const token of [me.token, secret]) {
      const socket = await openSocket()
      socket.send({ token })
      socket.send({ message: 'Hello!', model: model.id })
      await node.answer(['Hi.'])
      expect(contentOf(await socket.answer())).toBe('Hi.')
    }
  })

  it.each(forgeries)('with %s closes with 4401', async (_name, forge) => {
    const socket = await openSocket()
    socket.send({ token: await forge(me.account.id), message: 'Hello!' })
    expect(await refusal(socket)).toMatchObject({ code: 4401, frame: error(401) })
  })

  it.each<[name: string, frame: () => Promise<object>]>([
    ['no token', async () => ({ message: 'Hello!' })],
    ['nothing', async () => ({})],
    ['an expired token', async () => ({ token: await expiredToken(me.account.id) })],
    [
      'a key of another kind',
      async () => {
        const { secret } = await freshAccounts().keys.create({ accountId: me.account.id, name: unique('k') })
        return { token: secret }
      },
    ],
    [
      'a revoked key',
      async () => {
        const { keys } = freshAccounts()
        const { key, secret } = await keys.create({
          accountId: me.account.id,
          kind: 'raj_',
          name: unique('k'),
        })
        await keys.revoke(me.account.id, key.id)
        return { token: secret }
      },
    ],
    ['the longest token', async () => ({ token: 'x'.repeat(MAX_CREDENTIAL_LENGTH) })],
  ])('with %s closes with 4401', async (_name, frameOf) => {
    const socket = await openSocket()
    socket.send(await frameOf())
    expect(await refusal(socket)).toMatchObject({ code: 4401, frame: error(401) })
  })

  it('with a key that may not run models is refused the message alone', async () => {
    const { secret } = await freshAccounts().keys.create({
      accountId: me.account.id,
      kind: 'raj_',
      name: unique('k'),
      scopes: ['account'],
    })
    const socket = await openSocket()
    socket.send({ token: secret, message: 'Hello!' })
    expect(await socket.next()).toMatchObject(error(403))
  })

  it('keeps the longest token that there can be while the room sleeps', async () => {
    const { secret } = await freshAccounts().keys.create({
      accountId: me.account.id,
      kind: 'raj_',
      name: unique('k'),
    })
    const attachment = {
      contract: 'rajora',
      conversationId: '0'.repeat(24),
      isNew: false,
      address: 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255',
      openedAt: Date.now(),
      credential: secret.padEnd(MAX_CREDENTIAL_LENGTH, 'x'),
    }
    await runInDurableObject(env.CHAT_ROOM.getByName(unique('room')), (_room, state) => {
      const { 1: server } = new WebSocketPair()
      state.acceptWebSocket(server)
      expect(() => server.serializeAttachment(attachment)).not.toThrow()
    })
  })
})

describe('a socket that says nothing', () => {
  it(`is closed with 4408 after ${TOKEN_LIMIT_MS / 1_000} s, and no earlier`, async () => {
    const talk = await begin()
    const now = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now })
    const socket = await openSocket(talk.number)
    vi.setSystemTime(now + TOKEN_LIMIT_MS - 1)
    await runDurableObjectAlarm(env.CHAT_ROOM.getByName(talk.id))
    socket.sendRaw('ping')
    expect(await socket.next()).toEqual({ type: 'pong text' })
    vi.setSystemTime(now + TOKEN_LIMIT_MS)
    await runDurableObjectAlarm(env.CHAT_ROOM.getByName(talk.id))
    expect(await refusal(socket)).toMatchObject({ code: 4408, frame: error(401) })
  })

  it('is left alone once it has shown its token', async () => {
    const talk = await begin()
    const socket = await openSocket(talk.number)
    socket.send({ token: me.token })
    await socket.settled()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TOKEN_LIMIT_MS })
    await runDurableObjectAlarm(env.CHAT_ROOM.getByName(talk.id))
    await socket.settled()
  })
})

describe('a conversation', () => {
  it.each<[name: string, numberOf: () => Promise<number>]>([
    ['that does not exist', async () => 2 ** 40],
    ['of another account', async () => (await begin((await newAccount()).account.id)).number],
    [
      'that was deleted',
      async () => {
        const { id, number } = await begin()
        await conversations.delete(me.account.id, id)
        return number
      },
    ],
  ])('%s closes with 4404, once it is known who asks', async (_name, numberOf) => {
    const socket = await openSocket(await numberOf())
    socket.send({ token: me.token, message: 'Hello!' })
    expect(await refusal(socket)).toMatchObject({ code: 4404, frame: error(404) })
    const stranger = await openSocket(await numberOf())
    stranger.send({ token: 'nobody' })
    expect((await refusal(stranger)).code).toBe(4401)
  })

  it.each(['0', '-1', '1.5', 'x', ''])('is an integer and not %j', async (number) => {
    const response = await rajora.call(`/ws/chat?conversation_id=${number}`, {
      headers: { upgrade: 'websocket' },
    })
    expect([response.status, await response.json()]).toMatchObject([422, { status_code: 422 }])
  })

  it('is not chosen by a client’s own headers', async () => {
    const talk = await begin()
    const socket = await openSocket(undefined, { 'x-conversation-id': talk.id })
    socket.send({ token: me.token, message: 'Hello!', model: model.id })
    await node.answer(['Hi.'])
    expect((await socket.answer()).at(-1)?.conversation_id).not.toBe(talk.number)
  })

  it('says that it is gone when it is deleted', async () => {
    const talk = await begin()
    const socket = await openSocket(talk.number)
    socket.send({ token: me.token })
    await socket.settled()
    await env.CHAT_ROOM.getByName(talk.id).close()
    expect((await socket.closed).code).toBe(4404)
  })
})

describe('the document', () => {
  it('names every close code and the limits of the room', async () => {
    const document = (await (await rajora.call('/openapi.json')).json()) as {
      paths: Record<string, { get: { description: string } }>
    }
    const description = document.paths['/ws/chat']?.get.description
    for (const code of Object.values(ChatClose)) expect(description).toContain(`\n| ${code} |`)
    expect(description).toContain(`${MAX_FRAME_BYTES / 1024} KB`)
    expect(description).toContain(`${TOKEN_LIMIT_MS / 1_000} seconds`)
    expect(description).toContain(`More than ${MAX_WAITING_FRAMES} frames`)
  })
})

describe('a request that is no handshake', () => {
  it('is told to become one, by path and by host', async () => {
    for (const response of [await rajora.call('/ws/chat'), await rajora.callByHost('/ws/chat')]) {
      expect([response.status, response.headers.get('upgrade')]).toEqual([426, 'websocket'])
      expect(await response.json()).toEqual({ detail: expect.any(String), status_code: 426 })
    }
  })
})

describe('a frame', () => {
  const joined = async () => {
    const socket = await openSocket()
    socket.send({ token: me.token })
    await socket.settled()
    return socket
  }

  it('that is "ping" is answered without a room, and one of type ping by it', async () => {
    const socket = await openSocket()
    socket.sendRaw('ping')
    expect(await socket.next()).toEqual({ type: 'pong text' })
    socket.send({ token: me.token, type: 'ping' })
    expect(await socket.next()).toEqual({ type: 'pong' })
  })

  it.each<[name: string, frame: string | ArrayBuffer]>([
    ['is binary', new TextEncoder().encode('{"message":"Hello!"}').buffer as ArrayBuffer],
    ['is no JSON', '{"message": '],
    ['is no object', '"Hello!"'],
    ['is null', 'null'],
    ['is a list', '[]'],
    ['is empty', ''],
    ['is JSON nested 10,000 deep', '['.repeat(10_000)],
    ['has half of a surrogate pair in its message', '{"message":"x\\ud83d"}'],
    ['has half of a surrogate pair in a name', '{"message":"x","\\udc00":1}'],
    ['has a token that is a number', '{"token":1}'],
    ['has an empty token', '{"token":""}'],
    ['has a token that is too long', JSON.stringify({ token: 'x'.repeat(MAX_CREDENTIAL_LENGTH + 1) })],
    ['has a message that is a list', '{"message":[]}'],
    ['has an empty message', '{"message":" "}'],
    ['has a model that is too long', JSON.stringify({ message: 'x', model: 'x'.repeat(257) })],
    ['has a model that is null', '{"message":"x","model":null}'],
    ['is too hot', '{"message":"x","temperature":2.1}'],
    ['wants no token', '{"message":"x","max_tokens":0}'],
    ['resumes from nowhere', '{"resume_from":"x"}'],
    ['cancels by half', '{"cancel":"yes"}'],
    ['is of an unknown type', '{"type":"pong"}'],
  ])('that %s is answered and closes with 4400', async (_name, frame) => {
    const socket = await joined()
    socket.sendRaw(frame)
    expect(await refusal(socket)).toMatchObject({ code: 4400, frame: error(400) })
  })

  /** A frame of exactly so many bytes, of which each character takes as many as `fill` does. */
  const frameOf = (bytes: number, fill: string): string => {
    const empty = JSON.stringify({ message: '', model: model.id })
    const each = new TextEncoder().encode(fill).length
    const room = bytes - empty.length
    const text = fill.repeat(Math.floor(room / each)) + 'x'.repeat(room % each)
    return JSON.stringify({ message: text, model: model.id })
  }

  it.each(['x', 'é', '漢', '😀'])(
    'of 64 KB of %s is taken, and one byte more closes with 1009',
    async (fill) => {
      const socket = await joined()
      const largest = frameOf(MAX_FRAME_BYTES, fill)
      expect(new TextEncoder().encode(largest).length).toBe(MAX_FRAME_BYTES)
      socket.sendRaw(largest)
      await node.answer(['Long.'])
      expect(contentOf(await socket.answer())).toBe('Long.')
      socket.sendRaw(frameOf(MAX_FRAME_BYTES + 1, fill))
      expect(await refusal(socket)).toMatchObject({ code: 1009, frame: error(413) })
    },
  )

  it(`closes with 4429 when ${MAX_WAITING_FRAMES} wait already`, async () => {
    const talk = await begin()
    const socket = await openSocket(talk.number)
    socket.send({ token: me.token })
    await socket.settled()
    // workerd hands a socket's frames over one by one; the rule holds for a runtime that does not wait.
    await runInDurableObject(env.CHAT_ROOM.getByName(talk.id), async (room, ctx) => {
      const [server] = ctx.getWebSockets()
      const dealtWith: Promise<void>[] = []
      for (let sent = 0; server && sent <= MAX_WAITING_FRAMES; sent += 1) {
        dealtWith.push(room.webSocketMessage(server, '{"type":"ping"}'))
      }
      expect(server?.readyState).toBe(WebSocket.READY_STATE_OPEN)
      if (server) await room.webSocketMessage(server, '{"type":"ping"}')
      await Promise.all(dealtWith)
    })
    expect(await refusal(socket)).toMatchObject({ code: 4429, frame: error(429) })
  })
})

describe('a message', () => {
  const joined = async ({ account, token } = me) => {
    const talk = await begin(account.id)
    const socket = await openSocket(talk.number)
    socket.send({ token })
    await socket.settled()
    return { talk, socket }
  }

  it('for a model that is unknown has an error for an answer, and the socket stays', async () => {
    const { socket } = await joined()
    socket.send({ message: 'Hello!', model: unique('unknown') })
    expect((await socket.answer()).at(-1)).toMatchObject(error(404))
    socket.send({ message: 'Hello!', model: model.id })
    await node.answer(['Hi.'])
    expect(contentOf(await socket.answer())).toBe('Hi.')
  })

  it('is refused in maintenance to all but administrators', async () => {
    const [mine, theirs] = [await joined(), await joined(admin)]
    await admin.configure({ maintenance_mode: true })
    await Promise.all([forget(mine.talk), forget(theirs.talk)])
    mine.socket.send({ message: 'Hello!' })
    expect(await mine.socket.next()).toMatchObject(error(503))
    theirs.socket.send({ message: 'Hello!' })
    await node.answer(['Hi.'])
    expect(contentOf(await theirs.socket.answer())).toBe('Hi.')
    await admin.configure({ maintenance_mode: false })
  })

  it.each(['chat_enabled', 'streaming_enabled'])('is refused without %s', async (flag) => {
    const { socket, talk } = await joined()
    await admin.configure({ feature_flags: { [flag]: false } })
    await forget(talk)
    socket.send({ message: 'Hello!' })
    expect(await socket.next()).toMatchObject(error(503))
    await admin.configure({ feature_flags: { [flag]: true } })
  })

  it('counts as a request of the plan, with those over HTTP', async () => {
    const free = await newAccount()
    const { socket } = await joined(free)
    for (let count = 0; count < 19; count += 1) await rajora.call('/api/auth/me', { token: free.token })
    socket.send({ message: 'Hello!' })
    await node.answer(['Hi.'])
    await socket.answer()
    socket.send({ message: 'Hello!' })
    expect(await socket.next()).toMatchObject({ ...error(429), retry_after: expect.any(Number) })
    await socket.settled() // a ping is no request
  })

  it('of an account that was deactivated closes with 4401', async () => {
    const gone = await newAccount()
    const { socket, talk } = await joined(gone)
    await freshAccounts().accounts.update(gone.account.id, { active: false }, admin.account.id)
    await forget(talk)
    socket.send({ message: 'Hello!' })
    expect(await refusal(socket)).toMatchObject({ code: 4401, frame: error(401) })
  })
})
