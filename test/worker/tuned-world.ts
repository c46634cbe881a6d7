import type { TunedModel } from '../../worker/services/models/tuned-models.ts'
import { newAccount, unique } from '../contracts/contract-client.ts'
import { modelHolding } from '../support/frames.ts'
import { services, tunedResult } from './tuned.ts'
import { createWorld, freshAccounts, type TestNode, type World } from './world.ts'

const { keys } = freshAccounts()

/** An account with a key of its own. */
export interface Person {
  id: string
  key: string
  token: string
}

export async function newPerson(): Promise<Person> {
  const { account, token } = await newAccount({ plan: 'enterprise' })
  return { id: account.id, token, key: (await keys.create({ accountId: account.id, name: 'test' })).secret }
}

/** A key of an account that runs models and does nothing else. */
export const narrowKey = async (accountId: string) => ({
  key: (await keys.create({ accountId, name: 'narrow', scopes: ['inference'] })).secret,
})

/** A base that no other test has, a node that holds it and fetches adapters, and Ada, whose models are made of it. */
export interface TunedWorld extends World {
  base: string
  node: TestNode
  ada: Person
  publish(over?: object): Promise<TunedModel>
  ask(model: string, asking: { key: string }, over?: object): Promise<Response>
  shown(model: string, asking: { key: string }): Promise<Response>
  remove(model: string, asking: { key: string }): Promise<Response>
}

export async function createTunedWorld(): Promise<TunedWorld> {
  const world = await createWorld()
  const base = unique('base')
  const node = await world.addNode({ models: [modelHolding({ id: base })], fetchesAdapters: true })
  const ada = await newPerson()
  const pathOf = (model: string) => `/v1/models/${encodeURIComponent(model)}`
  return {
    ...world,
    base,
    node,
    ada,
    publish: async (over = {}) =>
      services.tunedModels.publish(await tunedResult({ accountId: ada.id, base, ...over })),
    ask: (model, { key }, over = {}) =>
      world.request('/v1/chat/completions', {
        key,
        body: { model, messages: [{ role: 'user', content: 'Hi' }], ...over },
      }),
    shown: (model, { key }) => world.request(pathOf(model), { key }),
    remove: (model, { key }) => world.request(pathOf(model), { key, method: 'DELETE' }),
  }
}
