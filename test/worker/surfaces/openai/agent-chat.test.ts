import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newAccount } from '../../../contracts/contract-client.ts'
import { eventsOf, uniqueModel } from '../../samples.ts'
import { createWorld, type TestNode, type World } from '../../world.ts'

/** Large enough to decide for itself. */
let model: ReturnType<typeof uniqueModel>
let world: World
let node: TestNode
beforeAll(async () => {
  world = await createWorld()
})
beforeEach(async () => {
  model = uniqueModel({ sizeBytes: 2_000_000_000, slots: 8 })
  node = await world.addNode({ models: [model.holding] })
})

type Person = Awaited<ReturnType<typeof newAccount>>

const TIME = JSON.stringify({ action: 'current_time', arguments: { time_zone: 'Asia/Seoul' } })
const ANSWER = JSON.stringify({ action: 'answer' })

async function runsOf({ token }: Person): Promise<unknown[]> {
  const response = await world.request('/v1/agents/runs', { key: token })
  const { data } = (await response.json()) as { data: unknown[] } // as the document of the API promises it
  return data
}

describe('/v1/chat/completions with agent_type', () => {
  const askV1 = ({ token }: Person, over: object = {}) =>
    world.request('/v1/chat/completions', {
      key: token,
      method: 'POST',
      body: {
        model: model.id,
        messages: [{ role: 'user', content: 'What time is it in Seoul?' }],
        agent_type: 'auto',
        ...over,
      },
    })

  it('answers by an agent, whole', async () => {
    const person = await newAccount()
    const asked = askV1(person)
    await node.answer([TIME])
    await node.answer([ANSWER])
    await node.answer(['It is late.'])
    expect(await (await asked).json()).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: 'It is late.' }, finish_reason: 'stop' }],
      x_agent: { agent: 'react', steps: [{ tool: 'current_time', ok: true }] },
      x_citations: [],
    })
    expect(await runsOf(person)).toMatchObject([{ status: 'completed' }])
  })

  it('and streamed, each step as reasoning', async () => {
    const person = await newAccount()
    const asked = askV1(person, { stream: true, stream_options: { include_usage: true } })
    await node.answer([TIME])
    await node.answer([ANSWER])
    await node.answer(['It is', ' late.'])
    const text = await (await asked).text()
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true)
    const chunks = eventsOf(text).filter((chunk) => chunk !== '[DONE]') as {
      choices: { delta: { role?: string; content?: string; reasoning_content?: string } }[]
      x_step?: { state: string }
      x_agent?: object
      usage?: { completion_tokens: number } | null
    }[]
    const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta))
    expect(deltas[0]?.role).toBe('assistant')
    expect(deltas.map(({ content = '' }) => content).join('')).toBe('It is late.')
    expect(deltas.map(({ reasoning_content = '' }) => reasoning_content).join('')).toContain('current_time')
    expect(chunks.flatMap(({ x_step }) => x_step?.state ?? [])).toEqual(['started', 'ended'])
    expect(chunks.filter(({ x_agent }) => x_agent)).toHaveLength(1)
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(4)
  })

  it('leaves a request with tools of its own to the model, and runs none of them', async () => {
    const person = await newAccount()
    const tools = [{ type: 'function', function: { name: 'mine', parameters: { type: 'object' } } }]
    const asked = askV1(person, { tools })
    await node.answer(['Plain.'])
    expect(await (await asked).json()).toMatchObject({ choices: [{ message: { content: 'Plain.' } }] })
    expect(await runsOf(person)).toEqual([])
  })

  it.each([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['x_documents', { x_documents: { search: false } }],
    ['agent_type', { agent_type: 'other' }],
  ])('refuses %s by its name', async (param, over) => {
    const refused = await askV1(await newAccount(), over)
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ error: { param } })
  })
})
