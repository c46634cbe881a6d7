import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { uniqueModel, usage } from '../worker/samples.ts'
import { createWorld, type TestNode } from '../worker/world.ts'
import { type Call, contractClient, newAccount, requestInit } from './contract-client.ts'

const { call, raw } = contractClient('dualquery')

/** An account of DualQuery that chats, a model of its own, and the node in the test's hands that holds it. */
export interface Chatter {
  model: string
  node: TestNode
  token: string
  ask(path: string, request?: Call): Promise<Response>
  /** The id of what a POST has made. */
  create(path: string, body: object): Promise<string>
  newChat(over?: object): Promise<string>
  newDataset(content: string): Promise<string>
  reply(chatId: string, body?: object): Promise<Response>
  /** Begins a streamed reply, leaves it after the model's first piece, and sees the node told to stop. */
  leaveReply(chatId: string, body: object, piece: string): Promise<void>
  messages(chatId: string): Promise<{ _id: string; content: string }[]>
  /** A number `n` about the account, from the database. */
  count(sql: string): Promise<number>
}

export async function createChatter(): Promise<Chatter> {
  const model = uniqueModel()
  const node = await (await createWorld()).addNode({ models: [model.holding] })
  const { account, token } = await newAccount()
  const idOf = async (response: Response): Promise<string> => {
    expect(response.status).toBe(201)
    return ((await response.json()) as { _id: string })._id
  }
  const ask: Chatter['ask'] = (path, request = {}) => call(path, { token, ...request })
  const create: Chatter['create'] = async (path, body) => idOf(await ask(path, { body }))
  const modelId = await create('/api/models', { name: 'm', base_model: model.id, version: '1' })
  return {
    model: model.id,
    node,
    token,
    ask,
    create,
    newChat: (over = {}) => create('/api/chats', { title: 'A', model_id: modelId, ...over }),
    async newDataset(content) {
      const body = new FormData()
      body.set('file', new File([content], 'sales.csv', { type: 'text/csv' }))
      const headers = { authorization: `Bearer ${token}` }
      return idOf(await raw('/api/datasets/upload', { method: 'POST', headers, body }))
    },
    reply: (chatId, body = {}) => ask(`/api/chats/${chatId}/reply`, { body }),
    async leaveReply(chatId, body, piece) {
      const abort = new AbortController()
      const init = requestInit({ token, body: { ...body, stream: true } })
      const asked = raw(`/api/chats/${chatId}/reply`, { ...init, signal: abort.signal })
      const { callId } = await node.next('generation.start')
      node.send({ type: 'step', step: [[callId, piece, [1]]] })
      const reader = (await asked).body?.getReader()
      await reader?.read()
      abort.abort()
      await reader?.cancel().catch(() => {})
      expect((await node.next('call.cancel')).callId).toBe(callId)
      node.send({
        type: 'call.end',
        callId,
        finishReason: 'cancelled',
        usage: usage({ completionTokens: 1 }),
      })
    },
    messages: async (chatId) =>
      (await (await ask(`/api/messages/chat/${chatId}`)).json()) as { _id: string; content: string }[],
    count: async (sql) => Number(await env.DB.prepare(sql).bind(account.id).first('n')),
  }
}
