import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, expect } from 'vitest'
import type { NodeHello } from '../../../../shared/node.ts'
import { contractClient, type newAccount } from '../../../contracts/contract-client.ts'
import { uniqueModel, usage } from '../../samples.ts'
import { createWorld, type TestNode, type World } from '../../world.ts'

export type Person = Awaited<ReturnType<typeof newAccount>>

/** The decision for a call of a tool. */
export const decided = (action: string, args: object = {}) => JSON.stringify({ action, arguments: args })

export const TIME = decided('current_time', { time_zone: 'Asia/Seoul' })
export const ANSWER = JSON.stringify({ action: 'answer' })

/** A run as `/v1/agents/runs` shows it. */
export interface ShownRun {
  id: string
  status: string
  limit: string | null
  steps: {
    step: number
    state: string
    tool: string
    ok?: boolean
    code?: string
    decided_by: string
    result?: string
  }[]
  answer: string
  answered_by: string | null
  error: { code: string; message: string } | null
}

const { call } = contractClient('agentic')

/** An edge with a node of its own for each test, whose model is large enough to decide. */
export function useAgents(hello: Partial<NodeHello> = {}) {
  let world: World
  let model: ReturnType<typeof uniqueModel>
  let node: TestNode
  beforeAll(async () => {
    world = await createWorld()
  })
  beforeEach(async () => {
    model = uniqueModel({ sizeBytes: 2_000_000_000, slots: 8 })
    node = await world.addNode({ models: [model.holding], ...hello })
  })
  // Its errands would go to any node that is left of another test.
  afterEach(() => node.close())
  const bodyOf = (over: object = {}) => ({
    model: model.id,
    messages: [{ role: 'user', content: 'What time is it in Seoul?' }],
    agent_type: 'react',
    ...over,
  })
  const get = async <Body>(path: string, { token }: Pick<Person, 'token'>) =>
    (await world.request(`/v1/agents/runs${path}`, { key: token })).json() as Promise<Body>
  const newest = async (person: Pick<Person, 'token'>) =>
    (await get<{ data: ShownRun[] }>('', person)).data[0]
  return {
    bodyOf,
    get node() {
      return node
    },
    get model() {
      return model
    },
    get world() {
      return world
    },
    /** A question of Agentic's chat. */
    ask: ({ token }: Pick<Person, 'token'>, over: object = {}) =>
      call('/v1/chat/completions', { token, body: bodyOf(over) }),
    /** A run that is asked for as such. */
    begin: ({ token }: Pick<Person, 'token'>, over: object = {}) =>
      world.request('/v1/agents/runs', { key: token, body: bodyOf(over) }),
    get,
    run: (person: Pick<Person, 'token'>, id: string) => get<ShownRun>(`/${id}`, person),
    statusOf: async (person: Pick<Person, 'token'>, id: string) =>
      (await get<ShownRun>(`/${id}`, person)).status,
    post: ({ token }: Pick<Person, 'token'>, id: string, action: string, body?: object) =>
      world.request(`/v1/agents/runs/${id}/${action}`, {
        key: token,
        method: 'POST',
        ...(body ? { body } : {}),
      }),
    newest,
    /** The id of the run that a question has begun. */
    newestId: async (person: Pick<Person, 'token'>) => {
      await expect.poll(() => newest(person)).toBeDefined()
      return (await newest(person))?.id ?? ''
    },
    /** Ends a call of the model in the node's words. */
    endCall: (callId: string, text?: string) => {
      if (text !== undefined) node.send({ type: 'step', step: [[callId, text, [0]]] })
      const finishReason = text === undefined ? 'cancelled' : 'stop'
      node.send({ type: 'call.end', callId, finishReason, usage: usage({ completionTokens: 1 }) })
    },
    /** The object of a run is lost, as in a deploy. */
    evict: (id: string) =>
      runInDurableObject(env.AGENT_RUN.getByName(id), (_instance, state) => state.abort('evicted')).catch(
        () => {},
      ),
  }
}
