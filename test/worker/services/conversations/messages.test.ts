import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { createConversations } from '../../../../worker/services/conversations/conversations.ts'
import type { StoredMessage } from '../../../../worker/services/conversations/messages.ts'
import { MAX_READ_BYTES } from '../../../../worker/services/conversations/read-messages.ts'
import { newAccount } from '../../../contracts/contract-client.ts'

const conversations = createConversations(createDb(env.DB))
const { messages } = conversations

let accountId: string
beforeAll(async () => {
  accountId = (await newAccount()).account.id
})

interface Row {
  bytes: number
  role?: string
  state?: string
  charts?: string | null
}

/** A conversation with messages of these sizes, in order, without the rules by which they would have come about. */
async function talkOf(rows: readonly Row[]): Promise<string> {
  const { id } = await conversations.create({ accountId, title: 'A talk' })
  const insert = env.DB.prepare(
    "INSERT INTO messages (id, conversation_id, position, role, content, state, charts, created_at) VALUES (?, ?, ?, ?, replace(hex(zeroblob(?)), '00', 'x'), ?, ?, 0)",
  )
  for (const [index, { bytes, role = 'assistant', state = 'complete', charts = null }] of rows.entries())
    await insert.bind(newId(), id, index + 1, role, bytes, state, charts).run()
  return id
}

const positions = (rows: readonly Pick<StoredMessage, 'position'>[]) => rows.map(({ position }) => position)
const half = { bytes: MAX_READ_BYTES / 2 }
const one = { bytes: 1 }

/** The three ways in which many messages are read. */
const READS: [name: string, read: (id: string) => Promise<readonly StoredMessage[]>, fromTheEnd: boolean][] =
  [
    ['a page', async (id) => (await messages.page(id, { limit: 100, offset: 0 })).messages, false],
    ['a history', async (id) => (await messages.history(id, 100)).turns, true],
    ['the answers that a socket has missed', (id) => messages.answersFrom(id, 1, 100), false],
  ]

describe.each(READS)('%s', (_name, read, fromTheEnd) => {
  it('holds as many bytes as are read at once, and not one more', async () => {
    expect(positions(await read(await talkOf([half, half])))).toEqual([1, 2])
    const past = fromTheEnd ? [2] : [1]
    expect(positions(await read(await talkOf([half, { bytes: half.bytes + 1 }])))).toEqual(past)
    expect(positions(await read(await talkOf([{ bytes: half.bytes + 1 }, half])))).toEqual(past)
  })

  it('counts what is drawn with a message', async () => {
    const drawn = { bytes: half.bytes - 7, charts: '"12345"' }
    expect(positions(await read(await talkOf([drawn, half])))).toHaveLength(2)
    expect(positions(await read(await talkOf([{ ...drawn, charts: '"123456"' }, half])))).toHaveLength(1)
  })

  it('holds one message, however long it is', async () => {
    const long = { bytes: MAX_READ_BYTES + 1 }
    expect(positions(await read(await talkOf(fromTheEnd ? [one, long] : [long, one])))).toEqual([
      fromTheEnd ? 2 : 1,
    ])
  })

  it('ends at the first message that has no room, and does not go on with shorter ones', async () => {
    const rows = [half, { bytes: half.bytes + 1 }, one]
    expect(positions(await read(await talkOf(fromTheEnd ? rows.toReversed() : rows)))).toEqual([
      fromTheEnd ? 3 : 1,
    ])
  })
})

describe('pages of messages', () => {
  it('reach every message, also behind those that end early, and say whether there are more', async () => {
    const id = await talkOf(Array.from({ length: 9 }, () => ({ bytes: MAX_READ_BYTES / 3 - 1 })))
    const found: number[] = []
    for (let more = true; more; ) {
      const page = await messages.page(id, { limit: 100, offset: found.length })
      found.push(...positions(page.messages))
      more = page.hasMore
    }
    expect(found).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(await messages.page(id, { limit: 100, offset: 9 })).toEqual({ messages: [], hasMore: false })
    expect((await messages.page(id, { limit: 2, offset: 7 })).hasMore).toBe(false)
    expect((await messages.page(id, { limit: 2, offset: 6 })).hasMore).toBe(true)
  })
})

describe('a history', () => {
  it('is of the turns that a model may be shown', async () => {
    const id = await talkOf([
      { ...one, role: 'user' },
      { ...one, state: 'failed' },
      { ...one, state: 'streaming' },
      { ...one, state: 'cancelled' },
      { bytes: 0, state: 'cancelled' },
    ])
    expect(await messages.history(id, 9)).toMatchObject({
      turns: [{ position: 1 }, { position: 4 }],
      isWhole: true,
    })
  })

  it('has the last system message, also where the turns behind it leave it no room', async () => {
    const id = await talkOf([{ bytes: 3, role: 'system' }, { bytes: 4, role: 'system' }, half, half, half])
    const { turns, system, isWhole } = await messages.history(id, 9)
    expect(positions(turns)).toEqual([4, 5])
    expect(system).toMatchObject({ position: 2, content: 'xxxx' })
    expect(isWhole).toBe(false)
  })

  it('says whether it is all there is', async () => {
    const id = await talkOf([one, one, one])
    expect(await messages.history(id, 3)).toMatchObject({ isWhole: true })
    expect(await messages.history(id, 2)).toMatchObject({
      isWhole: false,
      turns: [{ position: 2 }, { position: 3 }],
    })
  })
})
