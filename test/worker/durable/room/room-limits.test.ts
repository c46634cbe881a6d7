import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { messages } from '../../../../worker/db/tables/conversations.ts'
import { LEASE_MS, MAX_MISSED_ANSWERS } from '../../../../worker/durable/room/chat-room.ts'
import { createConversations } from '../../../../worker/services/conversations/conversations.ts'
import { placeId } from '../../../../worker/services/conversations/room-events.ts'
import { createRajoraWorld, type RajoraWorld } from '../../../contracts/rajora-world.ts'
import { openSocket } from '../../chat-socket.ts'
import { uniqueModel, usage } from '../../samples.ts'

const model = uniqueModel()
let world: RajoraWorld
beforeAll(async () => {
  world = await createRajoraWorld(model.holding)
})

const begin = () =>
  createConversations(createDb(env.DB)).create({
    accountId: world.me.account.id,
    title: 'A talk',
    model: model.id,
  })

/** So many questions with their answers. */
async function answered({ id: conversationId }: { id: string }, count: number): Promise<void> {
  const db = createDb(env.DB)
  for (let place = 1; place <= count * 2; place += 2) {
    const row = { conversationId, state: 'complete' as const, createdAt: Date.now() }
    await db.insert(messages).values([
      { ...row, id: newId(), position: place, role: 'user', content: `question ${place}` },
      { ...row, id: newId(), position: place + 1, role: 'assistant', content: `answer ${place + 1}` },
    ])
  }
}

describe('a device that has missed much', () => {
  it.each([MAX_MISSED_ANSWERS, MAX_MISSED_ANSWERS + 1])(
    'of %i answers is given the oldest, as many as the limit says',
    async (count) => {
      const talk = await begin()
      await answered(talk, count)
      const socket = await openSocket(talk.number)
      socket.send({ token: world.me.token, resume_from: placeId({ position: 1, offset: 0 }) })
      await socket.settled()
      const given = socket.unread.flatMap(({ content, done }) => (done ? [] : [content]))
      expect(given).toHaveLength(MAX_MISSED_ANSWERS)
      expect(given[0]).toBe('answer 2')
    },
  )
})

describe('the lease of a room that answers', () => {
  it('is renewed while it answers: it wakes within its time, and again, and not when it is done', async () => {
    const talk = await begin()
    const room = env.CHAT_ROOM.getByName(talk.id)
    const nextWake = () =>
      runInDurableObject(room, async (_instance, state) => (await state.storage.getAlarm()) ?? undefined)
    const socket = await openSocket(talk.number)
    socket.send({ token: world.me.token, message: 'Hello?' })
    const { callId } = await world.node.next('generation.start')
    world.node.send({ type: 'step', step: [[callId, 'Good', [1]]] })
    await socket.until('Good')
    expect(await nextWake()).toBeLessThanOrEqual(Date.now() + LEASE_MS)
    for (let wake = 0; wake < 2; wake += 1) {
      expect(await runDurableObjectAlarm(room)).toBe(true)
      const at = (await nextWake()) ?? Number.NaN
      expect(at).toBeGreaterThan(Date.now())
      expect(at).toBeLessThanOrEqual(Date.now() + LEASE_MS)
    }
    world.node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    await socket.answer()
    await runDurableObjectAlarm(room)
    const at = await nextWake()
    expect(at === undefined || at > Date.now() + LEASE_MS).toBe(true)
  })
})
