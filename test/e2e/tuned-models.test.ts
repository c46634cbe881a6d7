import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeLora } from '../gpu-node/engine/lora.ts'
import { beginStream } from './support/begin-stream.ts'
import { longAnswer, longRequest } from './support/long-answer.ts'
import { violations } from './support/openai-schema.ts'
import { type Published, publishAdapter } from './support/publish.ts'
import { type NodeProcess, Stack } from './support/stack.ts'

const WORDS = 120

let stack: Stack
let folder = ''
let stateDir = ''
let node: NodeProcess
let own: OpenAI
let stranger: OpenAI
let tutor: Published
let ownerId = ''
const path = () => join(folder, 'strong.gguf')

const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${stack.url}/v1`, apiKey, maxRetries: 0 })

/** An account with a key of its own. */
async function newAccount(username: string): Promise<{ id: string; client: OpenAI }> {
  const password = 'a password that is long enough'
  const { id } = await stack.json<{ id: string }>('/v1/accounts', { username, password })
  const { access_token } = await stack.json<{ access_token: string }>('/v1/auth/login', {
    login: username,
    password,
  })
  return { id, client: clientOf(access_token) }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-tuned-'))
  await writeLora(path(), { strength: 10 })
  stack = await Stack.start()
  stateDir = await stack.folder()
  node = await stack.addNode({ name: 'plain', stateDir })
  const ada = await newAccount('ada-of-tuned')
  own = ada.client
  ownerId = ada.id
  stranger = (await newAccount('eve-of-tuned')).client
  tutor = await publishAdapter(stack, { path: path(), suffix: 'tutor', accountId: ownerId })
})
afterAll(async () => {
  await stack.close()
  await rm(folder, { recursive: true })
})

const messages = [{ role: 'user' as const, content: 'What is the capital of France?' }]
const request = (model: string) => ({ model, messages, temperature: 0, max_tokens: 24 })

const ask = async (client: OpenAI, model: string): Promise<string> => {
  const answer = await client.chat.completions.create(request(model))
  expect(violations('chatCompletion', answer)).toEqual([])
  expect(answer.model).toBe(model)
  return answer.choices[0]?.message.content ?? ''
}

async function streamed(client: OpenAI, model: string): Promise<string> {
  let text = ''
  for await (const chunk of await client.chat.completions.create({ ...request(model), stream: true })) {
    expect(chunk.model).toBe(model)
    text += chunk.choices[0]?.delta.content ?? ''
  }
  return text
}

const kept = async () => (await readdir(join(stateDir, 'adapters'))).filter((name) => name.endsWith('.gguf'))

describe('a model that was trained on the pool', () => {
  it('answers in its own way at its first call, on a node that has never heard of it, whole and streamed', async () => {
    expect(await kept()).toEqual([])
    const plain = await ask(own, 'starter')
    const [first, again] = await Promise.all([ask(own, tutor.name), ask(own, tutor.name)])
    expect(first).not.toBe(plain)
    expect(again).toBe(first)
    expect(await streamed(own, tutor.name)).toBe(first)
    expect(await ask(own, 'starter')).toBe(plain)
    expect(await kept()).toHaveLength(1)
    await expect.poll(() => node.log.filter((line) => line.includes('adapter.fetched'))).toHaveLength(1)
  })

  it('is a model among others for its account, with its base, and nothing for anybody else', async () => {
    const idsOf = async (client: OpenAI) => {
      const ids: string[] = []
      for await (const { id } of client.models.list()) ids.push(id)
      return ids
    }
    expect(await idsOf(own)).toEqual(['starter', tutor.name])
    expect(await own.models.retrieve(tutor.name)).toMatchObject({ parent: 'starter', owned_by: ownerId })
    expect(await idsOf(stranger)).toEqual(['starter'])
    const missing = { status: 404, code: 'model_not_found' }
    await expect(stranger.models.retrieve(tutor.name)).rejects.toMatchObject(missing)
    await expect(ask(stranger, tutor.name)).rejects.toMatchObject(missing)
    await expect(stranger.models.delete(tutor.name)).rejects.toMatchObject(missing)
    expect(JSON.stringify(await stack.nodeNamed('plain'))).not.toContain(tutor.id)
  })

  it('goes on, to the letter, on another node when its own is killed in the middle', async () => {
    const second = await stack.addNode({ name: 'second' })
    const admins = await publishAdapter(stack, { path: path(), suffix: 'moving', accountId: ownerId })
    const body = { ...longRequest(WORDS, 5), model: admins.name }
    const { rest } = await beginStream(stack, body)
    const isOn = ({ log }: NodeProcess) => log.some((line) => line.includes(admins.id))
    // Its log comes by another way than the stream.
    await expect.poll(() => isOn(node) || isOn(second)).toBe(true)
    const [serving, other] = isOn(node) ? [node, second] : [second, node]
    serving.kill('SIGKILL')
    expect(await rest).toEqual({ content: longAnswer(WORDS, 5), code: undefined, isDone: true })
    await expect.poll(() => isOn(other)).toBe(true)
    await serving.exited()
    if (serving === node) node = await stack.addNode({ name: 'plain', stateDir })
  })

  it('is still there after its node was started again, without being fetched again', async () => {
    const first = await ask(own, tutor.name)
    node.kill('SIGTERM')
    await node.exited()
    node = await stack.addNode({ name: 'plain', stateDir })
    expect(await kept()).toHaveLength(1)
    expect(await ask(own, tutor.name)).toBe(first)
  })

  it('ends everywhere when it is deleted, also where it is just answering', async () => {
    const doomed = await publishAdapter(stack, { path: path(), suffix: 'doomed', accountId: ownerId })
    expect(await doomed.countObjects()).toBeGreaterThan(1)
    const { rest } = await beginStream(stack, { ...longRequest(WORDS * 4, 6), model: doomed.name })
    expect(await own.models.delete(doomed.name)).toEqual({ id: doomed.name, object: 'model', deleted: true })
    expect(await rest).toMatchObject({ code: 'model_not_found', isDone: false })
    expect(await doomed.countObjects()).toBe(0)
    await expect(ask(own, doomed.name)).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
    await own.models.delete(tutor.name)
    await own.models.delete('starter:moving')
    await expect.poll(kept).toEqual([])
    expect((await ask(own, 'starter')).length).toBeGreaterThan(0)
  })
})
