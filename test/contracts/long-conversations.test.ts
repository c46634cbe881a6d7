import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb, newId } from '../../worker/db/client.ts'
import { createConversations } from '../../worker/services/conversations/conversations.ts'
import { MAX_MESSAGE_LENGTH } from '../../worker/services/conversations/messages.ts'
import { MAX_READ_BYTES } from '../../worker/services/conversations/read-messages.ts'
import { MAX_NAME_LENGTH, MAX_PAGE_LENGTH } from '../../worker/surfaces/dualquery/schemas.ts'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld, type TestNode } from '../worker/world.ts'
import { contractClient, newAccount, read } from './contract-client.ts'

const conversations = createConversations(createDb(env.DB))
const dualquery = contractClient('dualquery')
const agentic = contractClient('agentic')
const model = uniqueModel()

const MESSAGES = 60
const MESSAGE_BYTES = 200_000

let node: TestNode
let token: string
let accountId: string
beforeAll(async () => {
  node = await (await createWorld()).addNode({ models: [model.holding] })
  const { account, token: issued } = await newAccount()
  accountId = account.id
  token = issued
})

/** A conversation with a system message and behind it far more than is read at once. */
async function longTalk() {
  const sessionId = `session-${newId()}`
  const talk = await conversations.create({ accountId, title: 'A talk', sessionId })
  const insert = env.DB.prepare(
    "INSERT INTO messages (id, conversation_id, position, role, content, state, created_at) VALUES (?, ?, ?, ?, ?, 'complete', 0)",
  )
  await insert.bind(newId(), talk.id, 1, 'system', 'Be brief.').run()
  const text = 'x'.repeat(MESSAGE_BYTES - 3)
  const turns = Array.from({ length: MESSAGES }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: `${String(index).padStart(3, '0')}${text}`,
  }))
  for (const [index, { role, content }] of turns.entries())
    await insert.bind(newId(), talk.id, index + 2, role, content).run()
  return { ...talk, sessionId, turns }
}

describe('a page of a chat', () => {
  it('is bounded in bytes, and the pages behind it reach every message', async () => {
    const talk = await longTalk()
    const base = `/api/messages/chat/${talk.id}`
    const found: string[] = []
    const sizes: number[] = []
    let query: string | undefined = `?limit=${MAX_PAGE_LENGTH}&offset=0`
    while (query !== undefined) {
      const response: Response = await dualquery.call(base + query, { token })
      const text = await response.text()
      sizes.push(text.length)
      found.push(...(JSON.parse(text) as { content: string }[]).map(({ content }) => content))
      query = /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
    }
    expect(found).toEqual(['Be brief.', ...talk.turns.map(({ content }) => content)])
    expect(sizes.length).toBe(Math.ceil(MESSAGES / Math.floor(MAX_READ_BYTES / MESSAGE_BYTES)))
    for (const size of sizes) expect(size).toBeLessThan(MAX_READ_BYTES + 100_000)
  })

  it('is followed by the next, also for a client that counts what came', async () => {
    const talk = await longTalk()
    const page = await dualquery.call(`/api/messages/chat/${talk.id}?limit=5&offset=2`, { token })
    expect(await page.json()).toHaveLength(5)
    expect(page.headers.get('link')).toBe('<?limit=5&offset=7>; rel="next"')
    const last = await dualquery.call(`/api/messages/chat/${talk.id}?limit=5&offset=${MESSAGES}`, { token })
    expect(await last.json()).toHaveLength(1)
    expect(last.headers.get('link')).toBeNull()
  })
})

describe('what a model is shown of a long session', () => {
  const ask = (session_id: string, messages: object[]) =>
    agentic.call('/v1/chat/completions', { token, body: { model: model.id, session_id, messages } })
  const shownTo = async (session_id: string, messages: object[]) => {
    const [response, start] = await Promise.all([ask(session_id, messages), node.answer(['Hi.'])])
    expect(response.status).toBe(200)
    const { prompt } = start.request
    if (prompt.kind !== 'chat') throw new Error('The node was not asked for a chat.')
    return prompt.messages
  }
  const storedIn = ({ id }: { id: string }) =>
    env.DB.prepare('SELECT count(*) AS n FROM messages WHERE conversation_id = ?').bind(id).first('n')

  it('is bounded in bytes: the newest turns, behind the system message', async () => {
    const talk = await longTalk()
    const shown = await shownTo(talk.sessionId, [{ role: 'user', content: 'And?' }])
    const fitting = Math.floor(MAX_READ_BYTES / MESSAGE_BYTES)
    expect(shown).toEqual([
      { role: 'system', content: 'Be brief.' },
      ...talk.turns.slice(-fitting),
      { role: 'user', content: 'And?' },
    ])
  })

  it('is not stored twice when its client sends again more than is remembered', async () => {
    const talk = await longTalk()
    const again = talk.turns.slice(-15)
    await shownTo(talk.sessionId, [...again, { role: 'user', content: 'And?' }])
    expect(await storedIn(talk)).toBe(1 + MESSAGES + 2)
  })
})

describe('a message', () => {
  const rajora = contractClient('rajora')
  const say = (length: number) =>
    rajora.call('/api/chat/completions', {
      token,
      body: { model: model.id, messages: [{ role: 'user', content: '€'.repeat(length) }] },
    })

  it('may be as long as a row holds', async () => {
    const [response] = await Promise.all([say(MAX_MESSAGE_LENGTH), node.answer(['Hi.'])])
    expect(response.status).toBe(200)
  })

  it('is refused when it is longer', async () => {
    expect(await read(await say(MAX_MESSAGE_LENGTH + 1))).toEqual([
      422,
      {
        detail: `messages.0.content: ensure this value has at most ${MAX_MESSAGE_LENGTH} characters`,
        status_code: 422,
      },
    ])
  })
})

describe('a page of chats', () => {
  it('is bounded by what a chat holds: the longest one has no more bytes than a page of messages', async () => {
    const title = '€'.repeat(MAX_NAME_LENGTH)
    const insert = env.DB.prepare(
      `WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?)
       INSERT INTO conversations (id, account_id, title, model_id, dataset_id, created_at, updated_at)
       SELECT lower(hex(randomblob(12))), ?, ?, ?, ?, 0, 0 FROM counted`,
    )
    const { account, token: own } = await newAccount()
    await insert.bind(MAX_PAGE_LENGTH, account.id, title, newId(), newId()).run()
    const response = await dualquery.call(`/api/chats?limit=${MAX_PAGE_LENGTH}`, { token: own })
    const bytes = await response.arrayBuffer()
    expect(JSON.parse(new TextDecoder().decode(bytes))).toHaveLength(MAX_PAGE_LENGTH)
    expect(bytes.byteLength).toBeLessThan(MAX_READ_BYTES)
  })
})
