import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb } from '../../worker/db/client.ts'
import { UNTOLD_PATH } from '../../worker/durable/link/node-words.ts'
import { createConversations } from '../../worker/services/conversations/conversations.ts'
import { openSocket } from '../worker/chat-socket.ts'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld, type TestNode, type World } from '../worker/world.ts'
import { contractClient, from, newAccount } from './contract-client.ts'
import { createRajoraWorld } from './rajora-world.ts'
import { query } from './sira-client.ts'

const LEAK = /secret|models[/\\]|srv/
const PATHS = ['/srv/models/private/secret.gguf', 'C:\\models\\secret.gguf', '~/models/secret.gguf']
const WORDS = `The model file ${PATHS[0]} changed, '${PATHS[1]}' is not there, nor is ${PATHS[2]}.`

const conversations = createConversations(createDb(env.DB))
const { id: model, holding } = uniqueModel()
let world: World
let node: TestNode
let token: string
let accountId: string
beforeAll(async () => {
  world = await createWorld()
  node = (await createRajoraWorld(holding)).node
  const { account, token: issued } = await newAccount({ plan: 'enterprise' })
  accountId = account.id
  token = issued
  void failAll('generation.start')
  void failAll('embedding.start')
})

/** The node's word on each call. */
let failure: { code: string; word?: string } = { code: 'node_failed' }

/** Fails whatever the node is asked, perhaps after a first word. */
async function failAll(type: 'generation.start' | 'embedding.start'): Promise<never> {
  for (;;) {
    const { callId, request } = await node.next(type)
    const { code, word } = failure
    const isResumed = 'resume' in request && (request.resume ?? []).length > 0
    if (word !== undefined && !isResumed)
      node.sendRaw(JSON.stringify({ type: 'step', step: [[callId, word, [1]]] }))
    node.sendRaw(JSON.stringify({ type: 'call.error', callId, code, message: WORDS, param: PATHS[0] }))
  }
}

const messages = [{ role: 'user', content: 'Hi' }]
const talk = () => conversations.create({ accountId, title: 'A talk', model })
const native = (path: string, body: object) => async () =>
  (await world.request(path, { body: { model, ...body } })).text()
const of = (surface: string, path: string, body: object) => async () =>
  (await contractClient(surface).call(path, { token, body: { model, messages, ...body } })).text()

/** Everything through which an answer of a node reaches a caller. */
const WAYS: [name: string, ask: () => Promise<string>][] = [
  ['a chat', native('/v1/chat/completions', { messages })],
  ['a chat, streamed', native('/v1/chat/completions', { messages, stream: true })],
  ['a completion', native('/v1/completions', { prompt: 'Hi' })],
  ['a completion, streamed', native('/v1/completions', { prompt: 'Hi', stream: true })],
  ['an embedding', native('/v1/embeddings', { input: 'Hi' })],
  ['Agentic', of('agentic', '/v1/chat/completions', {})],
  ['Agentic, streamed', of('agentic', '/v1/chat/completions', { stream: true })],
  ['Rajora', of('rajora', '/api/chat/completions', {})],
  ['Rajora, streamed', of('rajora', '/api/chat/stream', {})],
  [
    'Rajora’s socket',
    async () => {
      const socket = await openSocket()
      socket.send({ token, message: 'Hi', model })
      const frames = await socket.answer()
      socket.close()
      return JSON.stringify(frames)
    },
  ],
  ...[false, true].map((stream): [string, () => Promise<string>] => [
    `DualQuery${stream ? ', streamed' : ''}`,
    async () => {
      const { id } = await talk()
      const body = { content: 'Hi', stream }
      return (await contractClient('dualquery').call(`/api/chats/${id}/reply`, { token, body })).text()
    },
  ]),
  [
    'SIRA',
    async () => {
      const path = query({ token, session_id: `sess_${(await talk()).id}`, message: 'Hi' })
      return (await contractClient('sira').call(path, { headers: from() })).text()
    },
  ],
]

/** Those of a node's codes after which a call is not tried again for half a minute. */
const CODES = ['node_failed', 'invalid_request', 'context_length_exceeded', 'internal']

describe('no path of a node’s machine reaches a caller through', () => {
  it.each(WAYS)('%s, whatever its node says before the first word', async (_name, ask) => {
    for (const code of CODES) {
      failure = { code }
      const answer = await ask()
      expect(answer).not.toMatch(LEAK)
      expect([code, answer]).toEqual([
        code,
        expect.stringContaining(/request$|exceeded$/.test(code) ? UNTOLD_PATH : 'could not run this request'),
      ])
    }
  })

  it.each(WAYS.filter(([name]) => /streamed|socket|SIRA/.test(name)))(
    '%s, whatever its node says in the middle of an answer',
    async (_name, ask) => {
      for (const code of CODES) {
        failure = { code, word: 'Hello' }
        const answer = await ask()
        expect(answer).toContain('Hello')
        expect(answer).not.toMatch(LEAK)
      }
    },
  )
})
