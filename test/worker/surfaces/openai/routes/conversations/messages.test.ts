import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../../../worker/db/client.ts'
import { answerWays, messages } from '../../../../../../worker/db/tables/conversations.ts'
import {
  MAX_ADDED_BYTES,
  MESSAGE_OVERHEAD_BYTES,
} from '../../../../../../worker/services/accounts/plan-rows.ts'
import { createConversations } from '../../../../../../worker/services/conversations/conversations.ts'
import {
  MAX_MESSAGES_PER_PAGE,
  USUAL_MESSAGES_PER_PAGE,
} from '../../../../../../worker/surfaces/openai/schemas/responses/conversation-messages.ts'
import { newAccount } from '../../../../../contracts/contract-client.ts'
import { createWorld, type World } from '../../../../world.ts'

interface Told {
  id: string
  role: string
  content: string
  position: number
}
interface Page {
  data: Told[]
  first_id: string | null
  has_more: boolean
  instructions: string | null
}

const db = createDb(env.DB)
let world: World
let me: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  world = await createWorld()
  me = await newAccount({ plan: 'enterprise' })
})

/** A conversation of so many messages, by turns. */
async function talk(count: number, { accountId = me.account.id, content = 'said' } = {}) {
  const { id } = await createConversations(db).create({
    accountId,
    title: 'A talk: of *this*',
    model: 'starter',
  })
  const rows = Array.from({ length: count }, (_, index) => ({
    id: newId(),
    conversationId: id,
    position: index + 1,
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: `${content} ${index + 1}`,
    state: 'complete' as const,
    createdAt: Date.now(),
  }))
  for (let from = 0; from < count; from += 8) await db.insert(messages).values(rows.slice(from, from + 8))
  return { id, spelled: `conv_${id}`, path: `/v1/conversations/conv_${id}`, rows }
}
const get = (path: string, key = me.token) => world.request(path, { key })
const page = async (path: string) => (await (await get(path)).json()) as Page
const branch = (path: string, body: object, key = me.token) =>
  world.request(`${path}/branches`, { key, body })

describe('GET /v1/conversations/{id}/messages', () => {
  it(`tells the last ${USUAL_MESSAGES_PER_PAGE}, oldest first, and those before them page by page`, async () => {
    const { path } = await talk(USUAL_MESSAGES_PER_PAGE + 3)
    const last = await page(`${path}/messages`)
    expect(last.data.map(({ position }) => position)).toEqual(
      Array.from({ length: USUAL_MESSAGES_PER_PAGE }, (_, index) => index + 4),
    )
    expect(last.has_more).toBe(true)
    const first = await page(`${path}/messages?before=${last.first_id}`)
    expect(first).toMatchObject({
      data: [{ position: 1 }, { position: 2 }, { position: 3 }],
      has_more: false,
    })
  })

  it('tells figures, sources and moves of an answer, and the instructions that hold', async () => {
    const { id, path, rows } = await talk(2)
    const citation = { marker: '[1]', at: 5, documentId: newId(), fileId: newId(), name: 'a.pdf', page: 2 }
    const way = { citations: [{ ...citation, from: 0, to: 4, quote: 'So.' }], moves: 1 }
    await db.insert(answerWays).values({ messageId: rows[1]?.id ?? '', way: JSON.stringify(way) })
    const said = { role: 'system', content: 'Be brief.' }
    await createConversations(db).messages.add({ accountId: me.account.id, conversationId: id }, said)
    expect(await page(`${path}/messages`)).toMatchObject({
      instructions: 'Be brief.',
      data: [{}, { moves: 1, citations: [{ marker: '[1]', index: 5, filename: 'a.pdf', page: 2 }] }, {}],
    })
  })

  it('takes a page of the most, and says what is wrong with any other', async () => {
    const { path } = await talk(1)
    expect((await get(`${path}/messages?limit=${MAX_MESSAGES_PER_PAGE}`)).status).toBe(200)
    expect((await get(`${path}/messages?limit=${MAX_MESSAGES_PER_PAGE + 1}`)).status).toBe(400)
    const nowhere = await get(`${path}/messages?before=msg_${newId()}`)
    expect([nowhere.status, await nowhere.json()]).toMatchObject([404, { error: { param: 'before' } }])
  })
})

describe('GET /v1/conversations/{id}/export', () => {
  it('gives the whole conversation as a JSON file', async () => {
    const { path, spelled } = await talk(120)
    const response = await get(`${path}/export`)
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; .*A%20talk%3A%20of%20%2athis%2a\.json$/,
    )
    const { conversation, messages: told } = (await response.json()) as {
      conversation: { id: string }
      messages: Told[]
    }
    expect(conversation.id).toBe(spelled)
    expect(told.map(({ position }) => position)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1))
  })

  it('gives it as Markdown', async () => {
    const { path } = await talk(2)
    const response = await get(`${path}/export?format=markdown`)
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
    expect(await response.text()).toBe('# A talk: of *this*\n\n## You\n\nsaid 1\n\n## Answer\n\nsaid 2\n\n')
  })

  it('knows no other format', async () => {
    const { path } = await talk(1)
    const response = await get(`${path}/export?format=html`)
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'format' } }])
  })
})

describe('POST /v1/conversations/{id}/branches', () => {
  it('begins another conversation like this one, through a message or before it', async () => {
    const { path, spelled, rows } = await talk(4)
    const through = await branch(path, { through: `msg_${rows[1]?.id}` })
    expect(through.status).toBe(201)
    const made = (await through.json()) as { id: string }
    expect(made).toMatchObject({ title: 'A talk: of *this*', branched_from: spelled, model: 'starter' })
    const taken = await page(`/v1/conversations/${made.id}/messages`)
    expect(taken.data.map(({ content }) => content)).toEqual(['said 1', 'said 2'])
    expect(taken.data[0]?.id).not.toBe(`msg_${rows[0]?.id}`)
    const before = (await (await branch(path, { before: `msg_${rows[0]?.id}` })).json()) as { id: string }
    // Its first question names it, which is not the one of the talk before.
    expect(before).toMatchObject({ title: 'Untitled' })
    expect((await page(`/v1/conversations/${before.id}/messages`)).data).toEqual([])
    expect((await page(`${path}/messages`)).data).toHaveLength(4)
  })

  it('takes over the calls between messages, under ids of their own, and the ways of answers', async () => {
    const created = await world.request('/v1/conversations', {
      key: me.token,
      body: {
        items: [
          { type: 'message', role: 'user', content: 'What time is it?' },
          { type: 'function_call', call_id: 'c1', name: 'clock', arguments: '{}' },
          { type: 'function_call_output', call_id: 'c1', output: 'noon' },
          { type: 'message', role: 'assistant', content: 'Noon.' },
        ],
      },
    })
    const { id } = (await created.json()) as { id: string }
    const { data } = await page(`/v1/conversations/${id}/messages`)
    await db.insert(answerWays).values({ messageId: data[1]?.id.slice(4) ?? '', way: '{"moves":2}' })
    const made = await branch(`/v1/conversations/${id}`, { through: data[1]?.id })
    const { id: branchId } = (await made.json()) as { id: string }
    const itemsOf = async (one: string) =>
      (
        (await (await get(`/v1/conversations/${one}/items?order=asc`)).json()) as {
          data: { id: string; type: string }[]
        }
      ).data
    const [old, taken] = [await itemsOf(id), await itemsOf(branchId)]
    expect(taken.map(({ type }) => type)).toEqual(old.map(({ type }) => type))
    expect(taken.filter(({ id: own }) => old.some((one) => one.id === own))).toEqual([])
    for (const { id: item } of taken)
      expect((await get(`/v1/conversations/${branchId}/items/${item}`)).status).toBe(200)
    expect(await page(`/v1/conversations/${branchId}/messages`)).toMatchObject({ data: [{}, { moves: 2 }] })
  })

  it('counts what it takes over as stored: at the limit of the plan, and not past it', async () => {
    const { account, token } = await newAccount({ plan: 'enterprise' })
    const { path, rows } = await talk(1, { accountId: account.id, content: 'x'.repeat(1_000) })
    const weight = (rows[0]?.content.length ?? 0) + MESSAGE_OVERHEAD_BYTES
    const { id: filled } = await createConversations(db).create({ accountId: account.id, title: 'full' })
    const fill = (bytes: number) =>
      env.DB.prepare('update conversations set added_bytes = ? where id = ?').bind(bytes, filled).run()
    await fill(MAX_ADDED_BYTES.enterprise - weight)
    const fits = await branch(path, { through: `msg_${rows[0]?.id}` }, token)
    expect(fits.status).toBe(201)
    const refused = await branch(path, { through: `msg_${rows[0]?.id}` }, token)
    expect([refused.status, await refused.json()]).toMatchObject([413, { error: { code: 'storage_full' } }])
    const listed = (await (await get('/v1/conversations', token)).json()) as { data: unknown[] }
    expect(listed.data).toHaveLength(3)
  })

  it.each([{}, { through: 'msg_1', before: 'msg_2' }, { after: 'msg_1' }])('refuses %j', async (body) => {
    const { path } = await talk(1)
    expect((await branch(path, body)).status).toBe(400)
  })
})

describe('a conversation of somebody else', () => {
  it('is neither told, nor exported, nor branched', async () => {
    const { path, rows } = await talk(1)
    const { token } = await newAccount()
    expect((await get(`${path}/messages`, token)).status).toBe(404)
    expect((await get(`${path}/export`, token)).status).toBe(404)
    expect((await branch(path, { through: `msg_${rows[0]?.id}` }, token)).status).toBe(404)
  })

  it('lends no message to a branch', async () => {
    const [own, other] = [await talk(1), await talk(1, { accountId: (await newAccount()).account.id })]
    expect((await branch(own.path, { through: `msg_${other.rows[0]?.id}` })).status).toBe(404)
  })
})
