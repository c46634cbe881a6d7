import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import {
  MAX_ROOM_SOCKETS,
  MAX_UNPROVEN_PER_ADDRESS,
  MAX_UNPROVEN_SOCKETS,
} from '../../../../worker/durable/room/room-sockets.ts'
import { createConversations } from '../../../../worker/services/conversations/conversations.ts'
import { ChatClose } from '../../../../worker/services/conversations/socket-contract.ts'
import { pause } from '../../../../worker/services/pause.ts'
import { newAccount } from '../../../contracts/contract-client.ts'
import { type ChatSocket, openSocket } from '../../chat-socket.ts'

let owner: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  owner = await newAccount({ plan: 'enterprise' })
})

const begin = () =>
  createConversations(createDb(env.DB)).create({
    accountId: owner.account.id,
    title: 'A talk',
    model: 'some-model',
  })

/** A device of the owner. */
async function join(talk: { number: number }): Promise<ChatSocket> {
  const socket = await openSocket(talk.number)
  socket.send({ token: owner.token })
  await socket.settled()
  return socket
}

/** How many of these are open; the others were closed by the room. */
async function openOf(sockets: readonly ChatSocket[]): Promise<number> {
  const states = await Promise.all(
    sockets.map((socket) => Promise.race([socket.closed.then(() => 0), pause(50).then(() => 1)])),
  )
  return states.reduce((sum, state) => sum + state, 0)
}

/** A socket that says nothing, from an address. */
const stranger = (number: number, address = '192.0.2.1') =>
  openSocket(number, { 'cf-connecting-ip': address })

describe('strangers in a room', () => {
  it('are few of one address, the oldest going first, and keep no device of the owner out', async () => {
    const talk = await begin()
    const strangers: ChatSocket[] = []
    for (let count = 0; count <= MAX_UNPROVEN_PER_ADDRESS; count += 1)
      strangers.push(await stranger(talk.number))
    expect(await strangers[0]?.closed).toMatchObject({ code: ChatClose.noToken })
    expect(await openOf(strangers.slice(1))).toBe(MAX_UNPROVEN_PER_ADDRESS)
    const phone = await join(talk)
    expect(await openOf([phone])).toBe(1)
  })

  it('are few of all addresses together', async () => {
    const talk = await begin()
    const strangers: ChatSocket[] = []
    for (let count = 0; count <= MAX_UNPROVEN_SOCKETS; count += 1)
      strangers.push(await stranger(talk.number, `192.0.2.${count}`))
    expect(await openOf(strangers)).toBe(MAX_UNPROVEN_SOCKETS)
    expect(await strangers[0]?.closed).toMatchObject({ code: ChatClose.noToken })
  })

  it('do not learn whether a number exists: not by being dropped, not by what a token is answered', async () => {
    const theirs = await begin()
    const other = await newAccount({ plan: 'enterprise' })
    const outcomes = []
    for (const number of [theirs.number, 987_654_321]) {
      const sockets: ChatSocket[] = []
      for (let count = 0; count <= MAX_UNPROVEN_PER_ADDRESS; count += 1) sockets.push(await stranger(number))
      const dropped = await sockets[0]?.closed
      const last = sockets.at(-1)
      last?.send({ token: other.token, message: 'Who is there?' })
      outcomes.push({ dropped, told: await last?.next(), closed: await last?.closed })
    }
    expect(outcomes[0]).toEqual(outcomes[1])
  })
})

describe('a room full of devices', () => {
  it('takes no more until one has left', async () => {
    const talk = await begin()
    const devices: ChatSocket[] = []
    while (devices.length < MAX_ROOM_SOCKETS) devices.push(await join(talk))
    const refused = await openSocket(talk.number)
    refused.send({ token: owner.token })
    expect(await refused.next()).toMatchObject({ status_code: 409, error: expect.stringContaining('64') })
    expect(await refused.closed).toMatchObject({ code: ChatClose.tooMany })
    const [first] = devices
    first?.close()
    await first?.closed
    const next = await join(talk)
    expect(await openOf([next])).toBe(1)
  })
})
