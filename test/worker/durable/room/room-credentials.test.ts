import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { openRooms } from '../../../../worker/db/tables/conversations.ts'
import { createTokens } from '../../../../worker/services/accounts/tokens.ts'
import { createConversations } from '../../../../worker/services/conversations/conversations.ts'
import { ChatClose } from '../../../../worker/services/conversations/socket-contract.ts'
import { newAccount } from '../../../contracts/contract-client.ts'
import { createRajoraWorld, type RajoraWorld } from '../../../contracts/rajora-world.ts'
import { type ChatSocket, openSocket } from '../../chat-socket.ts'
import { uniqueModel } from '../../samples.ts'
import { freshAccounts } from '../../world.ts'

const model = uniqueModel()
let world: RajoraWorld
let admin: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  world = await createRajoraWorld(model.holding)
  admin = await newAccount({ roles: ['admin'], plan: 'enterprise' })
})

/** Somebody with a key, in a conversation of theirs. */
async function newTalk() {
  const owner = await newAccount({ plan: 'enterprise' })
  const key = await freshAccounts().keys.create({ accountId: owner.account.id, name: 'device', kind: 'raj_' })
  const talk = await createConversations(createDb(env.DB)).create({
    accountId: owner.account.id,
    title: 'A talk',
    model: model.id,
  })
  return { ...owner, key, talk }
}

async function join(number: number, token: string): Promise<ChatSocket> {
  const socket = await openSocket(number)
  socket.send({ token })
  await socket.settled()
  return socket
}

const call = (path: string, token: string, method: string, body?: object) =>
  SELF.fetch(`http://localhost${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })

/** How a socket is told and closed, which takes two seconds at most. */
async function endOf(socket: ChatSocket) {
  const startedAt = Date.now()
  const { code } = await socket.closed
  return { code, told: socket.unread.at(-1)?.status_code, inTime: Date.now() - startedAt < 2_000 }
}

describe('a socket ends with what let it in', () => {
  it('when its key is revoked, and the others of the account stay', async () => {
    const { account, key, token, talk } = await newTalk()
    const [phone, laptop] = [await join(talk.number, key.secret), await join(talk.number, token)]
    expect((await call(`/v1/keys/${key.key.id}`, token, 'DELETE')).status).toBe(200)
    expect(await endOf(phone)).toEqual({ code: ChatClose.badToken, told: 401, inTime: true })
    laptop.send({ type: 'ping' })
    expect(await laptop.next()).toMatchObject({ type: 'pong' })
    expect(account.id).toBe(talk.accountId)
  })

  it('when its account is disabled', async () => {
    const { account, token, talk } = await newTalk()
    const phone = await join(talk.number, token)
    const disabled = await call(`/v1/accounts/${account.id}`, admin.token, 'PATCH', { active: false })
    expect(disabled.status).toBe(200)
    expect(await endOf(phone)).toEqual({ code: ChatClose.badToken, told: 401, inTime: true })
  })

  it('when its token expires, although nobody says anything', async () => {
    const { account, talk } = await newTalk()
    const short = await createTokens(env.JWT_SECRET, { lifetimeSeconds: 2 }).issue(account)
    const phone = await join(talk.number, short)
    expect(await phone.closed).toMatchObject({ code: ChatClose.badToken })
    expect(phone.unread.at(-1)).toMatchObject({ error: 'The access token has expired.' })
  })

  it('and so does the answer that it waits for', async () => {
    const { key, token, talk } = await newTalk()
    const phone = await join(talk.number, key.secret)
    phone.send({ message: 'Hello?' })
    const { callId } = await world.node.next('generation.start')
    world.node.send({ type: 'step', step: [[callId, 'Good', [1]]] })
    await phone.until('Good')
    await call(`/v1/keys/${key.key.id}`, token, 'DELETE')
    const stop = await world.node.next('call.cancel')
    expect(stop.callId).toBe(callId)
    world.node.send({
      type: 'call.end',
      callId,
      finishReason: 'stop',
      usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 1 },
    })
  })

  it('and a room without sockets is no longer told', async () => {
    const { token, talk } = await newTalk()
    const phone = await join(talk.number, token)
    const rooms = async () =>
      (await createDb(env.DB).select().from(openRooms)).map(({ conversationId }) => conversationId)
    expect(await rooms()).toContain(talk.id)
    phone.close()
    await phone.closed
    await expect.poll(rooms).not.toContain(talk.id)
  })
})
