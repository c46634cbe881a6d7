import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb, newId } from '../../worker/db/client.ts'
import { createConversations } from '../../worker/services/conversations/conversations.ts'
import { openSocket } from '../worker/chat-socket.ts'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld, type TestNode } from '../worker/world.ts'
import { contractClient, from, newAccount } from './contract-client.ts'
import { createRajoraWorld } from './rajora-world.ts'
import { query } from './sira-client.ts'

const conversations = createConversations(createDb(env.DB))
const held = uniqueModel()
const away = uniqueModel()
const UNKNOWN = 'nobody-holds-this'

let node: TestNode
let token: string
let accountId: string
beforeAll(async () => {
  const rajora = await createRajoraWorld(held.holding)
  node = rajora.node
  const leaving = await (await createWorld()).addNode({ models: [away.holding] })
  leaving.close()
  await leaving.closed
  const { account, token: issued } = await newAccount({ plan: 'enterprise' })
  accountId = account.id
  token = issued
})

/** Everything that the account has in its conversations, and what it was counted for. */
async function everything() {
  const rows = async (sql: string) => (await env.DB.prepare(sql).bind(accountId).all()).results
  return {
    conversations: await rows('SELECT * FROM conversations WHERE account_id = ? ORDER BY id'),
    messages: await rows(
      'SELECT * FROM messages WHERE conversation_id IN (SELECT id FROM conversations WHERE account_id = ?) ORDER BY id',
    ),
    account: await rows('SELECT queries_used FROM accounts WHERE id = ?'),
  }
}

/** A conversation with a past. */
async function talk(over: object = {}) {
  const created = await conversations.create({ accountId, title: 'A talk', model: held.id, ...over })
  const owner = { accountId, conversationId: created.id }
  await conversations.messages.add(owner, { role: 'user', content: 'Hello?' })
  await conversations.messages.add(owner, { role: 'assistant', content: 'Hi.' })
  return created
}

/** A way to ask: prepares a place, and answers how to ask the model there. Gives the status of the refusal. */
type Way = (model: string) => Promise<() => Promise<number>>

const agentic = contractClient('agentic')
const rajora = contractClient('rajora')
const dualquery = contractClient('dualquery')
const sira = contractClient('sira')

const statusOf = async (response: Response): Promise<number> => {
  await response.text()
  return response.status
}

const messages = [{ role: 'user', content: 'Refused?' }]
const agenticWay =
  (begin: () => Promise<string | null>, stream: boolean): Way =>
  async (model) => {
    const session_id = await begin()
    const body = { model, messages, session_id, stream }
    return async () => statusOf(await agentic.call('/v1/chat/completions', { token, body }))
  }
const ownSession = async () => {
  const sessionId = `session-${newId()}`
  await talk({ sessionId })
  return sessionId
}

const rajoraWay =
  (path: string, begin: () => Promise<number | null>): Way =>
  async (model) => {
    const body = { model, messages, conversation_id: await begin() }
    return async () => statusOf(await rajora.call(path, { token, body }))
  }

const dualqueryWay =
  (stream: boolean): Way =>
  async (model) => {
    const record = await dualquery.call('/api/models', {
      token,
      body: { name: 'm', base_model: model, version: '1' },
    })
    const { _id: modelId } = (await record.json()) as { _id: string }
    const { id } = await talk({ model: null, modelId })
    const body = { content: 'Refused?', stream }
    return async () => statusOf(await dualquery.call(`/api/chats/${id}/reply`, { token, body }))
  }

/** The last message of the chat is answered: there is nothing new to keep, and no answer either. */
const dualqueryAgain: Way = async (model) => {
  const { id } = await talk({ model })
  await conversations.messages.add({ accountId, conversationId: id }, { role: 'user', content: 'Well?' })
  return async () => statusOf(await dualquery.call(`/api/chats/${id}/reply`, { token, body: {} }))
}

const siraWay: Way = async (model) => {
  const { id } = await talk({ model })
  return async () =>
    statusOf(
      await sira.call(query({ token, session_id: `sess_${id}`, message: 'Refused?' }), { headers: from() }),
    )
}

const socketWay =
  (begin: () => Promise<number | undefined>): Way =>
  async (model) => {
    const joined = await begin()
    const socket = await openSocket(joined)
    return async () => {
      socket.send({ token, message: 'Refused?', model })
      const frames = await socket.answer()
      // An id would be a place behind an answer that there is not, a number a conversation.
      expect(frames.at(-1)).toMatchObject({ done: true, conversation_id: joined ?? null })
      expect(frames.at(-1)?.id).toBeUndefined()
      return frames.at(-1)?.status_code ?? 0
    }
  }

const number = async () => (await talk()).number
const WAYS: [name: string, way: Way][] = [
  ['Agentic, a new session', agenticWay(async () => null, false)],
  ['Agentic, a new session, streamed', agenticWay(async () => null, true)],
  ['Agentic, a session', agenticWay(ownSession, false)],
  ['Agentic, a session, streamed', agenticWay(ownSession, true)],
  ['Rajora, a new conversation', rajoraWay('/api/chat/completions', async () => null)],
  ['Rajora, a new conversation, streamed', rajoraWay('/api/chat/stream', async () => null)],
  ['Rajora, a conversation', rajoraWay('/api/chat/completions', number)],
  ['Rajora, a conversation, streamed', rajoraWay('/api/chat/stream', number)],
  ['Rajora’s socket, a new conversation', socketWay(async () => undefined)],
  ['Rajora’s socket, a conversation', socketWay(number)],
  ['DualQuery', dualqueryWay(false)],
  ['DualQuery, streamed', dualqueryWay(true)],
  ['DualQuery, the last message', dualqueryAgain],
  ['SIRA', siraWay],
]

describe('a question that is refused leaves nothing behind:', () => {
  it.each([false, true])('Agentic, where nothing is asked (streamed: %s)', async (stream) => {
    const before = await everything()
    const body = { model: held.id, messages: [{ role: 'system', content: 'Be brief.' }], stream }
    expect(await statusOf(await agentic.call('/v1/chat/completions', { token, body }))).toBe(400)
    expect(await everything()).toEqual(before)
  })

  it.each(WAYS)('%s, of a model that nobody holds', async (_name, way) => {
    const ask = await way(UNKNOWN)
    const before = await everything()
    expect(await ask()).toBe(404)
    expect(await everything()).toEqual(before)
  })

  it.each(WAYS)('%s, of a model whose node is away', async (_name, way) => {
    const ask = await way(away.id)
    const before = await everything()
    expect(await ask()).toBe(503)
    expect(await everything()).toEqual(before)
  })

  it.each(WAYS)('%s, by the node before its first word', async (_name, way) => {
    const ask = await way(held.id)
    const before = await everything()
    const asked = ask()
    const { callId } = await node.next('generation.start')
    node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'Not like this.' })
    expect(await asked).toBe(400)
    expect(await everything()).toEqual(before)
  })
})
