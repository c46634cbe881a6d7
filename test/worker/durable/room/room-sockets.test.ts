import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { SOCKET_GRACE_MS } from '../../../../worker/durable/room/hearings.ts'
import { RoomSockets } from '../../../../worker/durable/room/room-sockets.ts'
import { createConversations } from '../../../../worker/services/conversations/conversations.ts'
import type { SocketContract } from '../../../../worker/services/conversations/socket-contract.ts'
import { createRajoraWorld, type RajoraWorld } from '../../../contracts/rajora-world.ts'
import { type ChatFrame, type ChatSocket, contentOf, openSocket } from '../../chat-socket.ts'
import { uniqueModel, usage } from '../../samples.ts'

const conversations = createConversations(createDb(env.DB))
const model = uniqueModel()

let node: RajoraWorld['node']
let accountId: string
let token: string
beforeAll(async () => {
  const world = await createRajoraWorld(model.holding)
  node = world.node
  token = world.me.token
  accountId = world.me.account.id
})

const begin = () => conversations.create({ accountId, title: 'A talk', model: model.id })
const storedIn = async ({ id }: { id: string }) =>
  (await conversations.messages.page(id, { limit: 100, offset: 0 })).messages
const roomOf = ({ id }: { id: string }) => env.CHAT_ROOM.getByName(id)

/** A device that is in a conversation and hears what is said. */
async function join(talk: { number: number }, frame: object = {}): Promise<ChatSocket> {
  const socket = await openSocket(talk.number)
  socket.send({ token, ...frame })
  await socket.settled()
  return socket
}

/** Begins an answer and says its first piece. */
async function speak(text: string) {
  const { callId } = await node.next('generation.start')
  node.send({ type: 'step', step: [[callId, text, [1]]] })
  return {
    say: (more: string) => node.send({ type: 'step', step: [[callId, more, [2]]] }),
    end: () => node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() }),
    /** The node is told to stop, and does. */
    async stopped() {
      const stop = await node.next('call.cancel')
      expect(stop.callId).toBe(callId)
      node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
    },
  }
}

describe('devices of one conversation', () => {
  it('see the same stream', async () => {
    const talk = await begin()
    const [phone, laptop] = [await join(talk), await join(talk)]
    phone.send({ message: 'Hello?' })
    await node.answer(['Good', ' day.'])
    const heard = await phone.answer()
    expect(heard).toEqual([
      { content: 'Good', done: false, id: '2.4', conversation_id: talk.number },
      { content: ' day.', done: false, id: '2.9', conversation_id: talk.number },
      {
        content: '',
        done: true,
        id: '3.0',
        conversation_id: talk.number,
        state: 'complete',
        model: model.id,
        tokens_used: 7,
        latency_ms: expect.any(Number),
      },
    ])
    expect(await laptop.answer()).toEqual(heard)
  })

  it('hear an answer in the making from its beginning', async () => {
    const talk = await begin()
    const phone = await join(talk, { message: 'Hello?' })
    const answer = await speak('Good')
    await phone.until('Good')
    const laptop = await openSocket(talk.number)
    laptop.send({ token })
    await laptop.until('Good')
    answer.say(' day.')
    answer.end()
    expect(contentOf(await laptop.answer())).toBe(' day.')
    expect(contentOf(await phone.answer())).toBe(' day.')
  })

  it('stop an answer, whoever has asked', async () => {
    const talk = await begin()
    const [phone, laptop] = [await join(talk, { message: 'Hello?' }), await join(talk)]
    const answer = await speak('Good')
    await phone.until('Good')
    await laptop.until('Good')
    laptop.send({ cancel: true })
    await answer.stopped()
    for (const device of [phone, laptop]) {
      expect((await device.answer()).at(-1)).toMatchObject({ done: true, state: 'cancelled' })
    }
    expect((await storedIn(talk))[1]).toMatchObject({ state: 'cancelled', content: 'Good' })
  })

  it('have their messages answered one after the other', async () => {
    const talk = await begin()
    const [phone, laptop] = [await join(talk), await join(talk)]
    phone.send({ message: 'first' })
    const answer = await speak('one')
    laptop.send({ message: 'second' })
    await laptop.settled()
    await node.ping()
    expect(node.unread).toBe(0)
    answer.end()
    expect(contentOf(await laptop.answer())).toBe('one')
    await node.answer(['two'])
    expect(contentOf(await laptop.answer())).toBe('two')
    expect(contentOf([...(await phone.answer()), ...(await phone.answer())])).toBe('onetwo')
  })

  it('are refused the ninth message that waits, and stay', async () => {
    const talk = await begin()
    const phone = await join(talk, { message: 'first' })
    const answer = await speak('one')
    await phone.until('one')
    for (let count = 1; count <= 9; count += 1) phone.send({ message: `waits ${count}` })
    expect(await phone.next()).toMatchObject({ status_code: 409, error: expect.any(String), retry_after: 1 })
    answer.end()
    await phone.answer()
    for (let count = 1; count <= 8; count += 1) {
      await node.answer([String(count)])
      expect(contentOf(await phone.answer())).toBe(String(count))
    }
    await phone.settled()
    expect(phone.unread).toEqual([])
  })
})

describe('a device that comes back', () => {
  const ids = (frames: readonly ChatFrame[]) => frames.flatMap(({ id }) => (id === undefined ? [] : [id]))

  it('in the middle of an answer hears what it missed, then the rest', async () => {
    const talk = await begin()
    const phone = await join(talk, { message: 'Hello?' })
    const answer = await speak('Good')
    const [last = ''] = ids(await phone.until('Good'))
    phone.close()
    await phone.closed
    answer.say(' day')
    const back = await openSocket(talk.number)
    back.send({ token, resume_from: last })
    await back.until(' day')
    answer.say(', Ada.')
    answer.end()
    expect(contentOf(await back.answer())).toBe(', Ada.')
  })

  it('after the end hears the rest and the end', async () => {
    const talk = await begin()
    const phone = await join(talk, { message: 'Hello?' })
    await node.answer(['Good', ' day.'])
    const [first, , end] = await phone.answer()
    const back = await openSocket(talk.number)
    back.send({ token, resume_from: first?.id })
    expect(await back.answer()).toEqual([
      { content: ' day.', done: false, id: '2.9', conversation_id: talk.number },
      end,
    ])
    back.send({ resume_from: end?.id })
    await back.settled()
    expect(back.unread).toEqual([])
  })

  it('hears all answers that it missed, in order, and the one in the making', async () => {
    const talk = await begin()
    const [phone, laptop] = [await join(talk, { message: 'first' }), await join(talk)]
    await node.answer(['one'])
    const last = (await phone.answer()).at(-1)?.id
    phone.close()
    for (const text of ['two', 'three']) {
      await laptop.answer()
      laptop.send({ message: 'next' })
      await node.answer([text])
    }
    await laptop.answer()
    laptop.send({ message: 'last' })
    const answer = await speak('fo')
    await laptop.until('fo')
    const back = await openSocket(talk.number)
    back.send({ token, resume_from: last })
    expect(contentOf(await back.answer())).toBe('two')
    expect(contentOf(await back.answer())).toBe('three')
    await back.until('fo')
    answer.say('ur')
    answer.end()
    expect(contentOf(await back.answer())).toBe('ur')
  })
})

describe('a room that everybody has left', () => {
  afterEach(() => void vi.useRealTimers())

  /** The last device leaves in the middle of an answer; from then on time is the test's. */
  async function deserted({ next }: { next?: string } = {}) {
    const talk = await begin()
    const phone = await join(talk, { message: 'Hello?' })
    const answer = await speak('Good')
    await phone.until('Good')
    if (next !== undefined) {
      phone.send({ message: next })
      await phone.settled()
    }
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    phone.close()
    await phone.closed
    return { talk, answer }
  }

  /** Lets time pass for the room's own timers. */
  const pass = (talk: { id: string }, milliseconds: number) =>
    runInDurableObject(roomOf(talk), () => void vi.advanceTimersByTime(milliseconds))

  it(`stops the answer ${SOCKET_GRACE_MS / 1_000} s after its last socket, and no earlier`, async () => {
    const { talk, answer } = await deserted()
    await pass(talk, SOCKET_GRACE_MS - 1)
    await node.ping()
    expect(node.unread).toBe(0)
    await pass(talk, 1)
    await answer.stopped()
    vi.useRealTimers()
    await expect.poll(async () => (await storedIn(talk))[1]?.state).toBe('cancelled')
  })

  it('goes on for a device that comes back in time', async () => {
    const { talk, answer } = await deserted()
    const back = await join(talk)
    await pass(talk, 2 * SOCKET_GRACE_MS)
    answer.say(' day.')
    answer.end()
    expect(contentOf(await back.answer())).toBe('Good day.')
  })

  it('does not begin with what is left of its questions', async () => {
    const { talk, answer } = await deserted({ next: 'second' })
    await pass(talk, SOCKET_GRACE_MS)
    await answer.stopped()
    vi.useRealTimers()
    await expect.poll(async () => (await storedIn(talk))[1]?.state).toBe('cancelled')
    await node.ping()
    expect(node.unread).toBe(0)
    expect((await storedIn(talk)).map(({ content }) => content)).toEqual(['Hello?', 'Good'])
  })
})

describe('a room without work', () => {
  it('sleeps with its sockets, and answers the next message', async () => {
    const talk = await begin()
    const [phone, laptop] = [await join(talk), await join(talk)]
    await evictDurableObject(roomOf(talk))
    phone.send({ message: 'Are you there?' })
    await node.answer(['Yes.'])
    expect(contentOf(await phone.answer())).toBe('Yes.')
    expect(contentOf(await laptop.answer())).toBe('Yes.')
  })
})

describe('a room that is lost while it answers', () => {
  it('is told of to whoever comes back, and the answer has failed for good', async () => {
    const talk = await begin()
    const phone = await join(talk, { message: 'Hello?' })
    const answer = await speak('Good')
    const last = (await phone.until('Good')).at(-1)?.id
    await runInDurableObject(roomOf(talk), (_instance, state) => state.abort('evicted')).catch(() => {})
    // Nobody can be told: sockets end with the object that held them.
    expect(await phone.closed).toMatchObject({ code: 1006 })
    expect(await runDurableObjectAlarm(roomOf(talk))).toBe(true)
    const back = await openSocket(talk.number)
    back.send({ token, resume_from: last })
    expect((await back.answer()).at(-1)).toMatchObject({
      error: 'The answer was interrupted.',
      status_code: 502,
      done: true,
      conversation_id: talk.number,
    })
    expect((await storedIn(talk))[1]).toMatchObject({
      state: 'failed',
      reason: 'The answer was interrupted.',
    })
    await answer.stopped()
  })
})

describe('sockets of two contracts', () => {
  const contract = (name: string): SocketContract => ({
    name,
    decode: (frame) => `${name} does not know ${JSON.stringify(frame)}.`,
    spell: (event, { conversationNumber: number }) =>
      event.type === 'answer.delta' ? { [name]: event.text, number } : { [name]: event.type, number },
    admit: () => Promise.reject(new Error('Nobody asks.')),
    toQuestion: () => Promise.reject(new Error('Nobody asks.')),
  })

  it('hear the same in the words of their own', async () => {
    const heard: unknown[] = []
    await runInDurableObject(roomOf(await begin()), async (_room, ctx) => {
      const sockets = new RoomSockets(ctx, () => [contract('one'), contract('two')])
      const place = { conversationId: 'c', isNew: false, address: null }
      for (const name of ['one', 'two']) {
        const client = sockets.accept({ ...place, contract: name })
        client.accept()
        client.addEventListener('message', ({ data }) => void heard.push(JSON.parse(String(data))))
      }
      for (const socket of ctx.getWebSockets()) {
        sockets.admit(socket, { credential: 'a token', endsAt: null, isAdministrator: false })
      }
      const talk = { conversationId: 'c', conversationNumber: 7 }
      sockets.tellAll({ type: 'answer.delta', position: 2, text: 'Good', offset: 4 }, talk)
      for (const socket of ctx.getWebSockets()) sockets.read(socket, '[]')
      await expect.poll(() => heard.length).toBe(4)
    })
    expect(heard).toEqual(
      expect.arrayContaining([
        { one: 'Good', number: 7 },
        { two: 'Good', number: 7 },
        { one: 'answer.error', number: null },
        { two: 'answer.error', number: null },
      ]),
    )
  })

  it('are not taken for a contract that has none', async () => {
    await runInDurableObject(roomOf(await begin()), (_room, ctx) => {
      const sockets = new RoomSockets(ctx, () => [contract('one')])
      const place = { conversationId: 'c', isNew: false, address: null }
      expect(() => sockets.accept({ ...place, contract: 'two' })).toThrow("No contract 'two' has sockets.")
      expect(ctx.getWebSockets()).toEqual([])
    })
  })
})
