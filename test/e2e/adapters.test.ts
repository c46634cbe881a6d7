import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeLora } from '../gpu-node/engine/lora.ts'
import { eventually } from '../support/eventually.ts'
import { violations } from './support/openai-schema.ts'
import { Stack } from './support/stack.ts'

let stack: Stack
let client: OpenAI
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-adapters-'))
  const paths = { none: join(folder, 'none.gguf'), strong: join(folder, 'strong.gguf') }
  await writeLora(paths.none)
  await writeLora(paths.strong, { strength: 10 })
  stack = await Stack.start()
  await stack.addNode({ name: 'plain' })
  const flags = ['--adapter', `starter:none=${paths.none}`, '--adapter', `starter:strong=${paths.strong}`]
  await stack.addNode({ name: 'tuned', slots: 2, flags })
  client = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: stack.key, maxRetries: 0 })
})
afterAll(async () => {
  await stack.close()
  await rm(folder, { recursive: true })
})

const ask = async (model: string) => {
  const messages = [{ role: 'user' as const, content: 'What is the capital of France?' }]
  const answer = await client.chat.completions.create({ model, messages, temperature: 0, max_tokens: 24 })
  expect(violations('chatCompletion', answer)).toEqual([])
  return answer
}

interface Tuned {
  models: { adapters: { id: string; residence: string }[] }[]
}
const residences = async () => {
  const { models } = (await stack.nodeNamed('tuned')) as unknown as Tuned
  return models[0]?.adapters.map(({ id, residence }) => `${id} ${residence}`)
}

describe('adapters of a real node', () => {
  it('are models of their own, which say whose they are', async () => {
    // The list is up to a second old, and both nodes hold the base.
    await eventually(async () => {
      const models = []
      for await (const { id, ...model } of client.models.list()) models.push({ id, ...model })
      expect(models).toEqual([
        expect.objectContaining({ id: 'starter', object: 'model', owned_by: 'switchyard' }),
        expect.objectContaining({ id: 'starter:none', owned_by: 'switchyard', parent: 'starter' }),
        expect.objectContaining({ id: 'starter:strong', owned_by: 'switchyard', parent: 'starter' }),
      ])
    })
    expect(await client.models.retrieve('starter:strong')).toMatchObject({ parent: 'starter' })
  })

  it('answer each in its own way, alone and at once, on the node that holds them', async () => {
    expect(await residences()).toEqual(['starter:none disk', 'starter:strong disk'])
    const plain = await ask('starter')
    const tuned = await ask('starter:strong')
    expect(tuned.model).toBe('starter:strong')
    expect(tuned.choices[0]?.message.content).not.toBe(plain.choices[0]?.message.content)
    await eventually(async () =>
      expect(await residences()).toEqual(['starter:none disk', 'starter:strong loaded']),
    )
    const models = ['starter', 'starter:none', 'starter:strong']
    const expected = [plain, plain, tuned].map(({ choices }) => choices[0]?.message.content)
    const rounds = await Promise.all([...models, ...models, ...models].map(ask))
    expect(rounds.map(({ choices }) => choices[0]?.message.content)).toEqual([
      ...expected,
      ...expected,
      ...expected,
    ])
  })

  it('are unknown where no node has one of that name', async () => {
    await expect(ask('starter:other')).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
  })
})
