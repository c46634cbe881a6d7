import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import type { EdgeCommand } from '../../../../../shared/wire.ts'
import { UNENFORCED_HEADER } from '../../../../../worker/http/chat-completions/unenforced-tools.ts'
import { eventsOf, uniqueModel, usage } from '../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../world.ts'

type Start = Extract<EdgeCommand, { type: 'generation.start' }>

const model = uniqueModel({ slots: 8 })
let world: World
let node: TestNode

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

const tool = (name: string, strict?: boolean) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', not: {} }, ...(strict === undefined ? {} : { strict }) },
})
const TOOLS = [tool('get_weather'), tool('get_time', false)]

const bodyOf = (over: Record<string, unknown>) => ({
  model: model.id,
  messages: [{ role: 'user', content: 'Hi' }],
  tools: TOOLS,
  ...over,
})
const chat = (over: Record<string, unknown> = {}) =>
  world.request('/v1/chat/completions', { body: bodyOf(over) })

const tell = ({ callId }: Start, ...unenforced: string[]) =>
  node.send({ type: 'step', step: [[callId, '', [], { unenforced }]] })
const answer = ({ callId }: Start) => {
  node.send({ type: 'step', step: [[callId, 'Hello', [1]]] })
  node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage({ completionTokens: 2 }) })
}

describe('tools that a node cannot hold to their schema', () => {
  it('are asked for where a tool need not be strict, and only there', async () => {
    for (const [tools, asked] of [
      [TOOLS, true],
      [[tool('get_weather', true)], undefined],
      [[{ type: 'function', function: { name: 'get_time' } }], undefined],
    ] as const) {
      const answering = chat({ tools })
      const start = await node.next('generation.start')
      expect(start.request.tools?.tellUnenforced).toBe(asked)
      answer(start)
      await (await answering).text()
    }
  })

  it('are named by a header of a whole answer', async () => {
    const answering = chat()
    const start = await node.next('generation.start')
    tell(start, 'get_time')
    answer(start)
    const response = await answering
    expect(response.headers.get(UNENFORCED_HEADER)).toBe('get_time')
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
    expect(choices[0]?.message.content).toBe('Hello')
  })

  it('are named by the headers of a stream, and are no piece of it', async () => {
    const answering = chat({ stream: true })
    const start = await node.next('generation.start')
    tell(start, 'get_weather', 'get_time')
    answer(start)
    const response = await answering
    expect(response.headers.get(UNENFORCED_HEADER)).toBe('get_weather, get_time')
    const events = eventsOf(await response.text())
    expect(events.map((event) => event.choices?.[0].delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Hello' },
      {},
      undefined,
    ])
  })

  it('are not named where there are none, and are `*` where a node does not say', async () => {
    for (const stream of [false, true]) {
      const enforced = chat({ stream })
      const first = await node.next('generation.start')
      tell(first)
      answer(first)
      expect((await enforced).headers.get(UNENFORCED_HEADER)).toBeNull()
      const untold = chat({ stream })
      answer(await node.next('generation.start'))
      expect((await untold).headers.get(UNENFORCED_HEADER)).toBe('*')
    }
  })

  it('do not hold the headers of a stream back for longer than a first piece does', async () => {
    const answering = chat({ stream: true })
    const start = await node.next('generation.start')
    const response = await answering
    expect(response.headers.get(UNENFORCED_HEADER)).toBe('*')
    tell(start)
    answer(start)
    expect(await response.text()).toContain('Hello')
  })

  it('are named to pages of other origins, and again to whoever repeats a request', async () => {
    const send = () =>
      SELF.fetch('http://localhost/v1/chat/completions', {
        method: 'POST',
        headers: {
          authorization: `Bearer ${world.adminKey}`,
          'content-type': 'application/json',
          origin: 'http://localhost:3000',
          'idempotency-key': 'tools',
        },
        body: JSON.stringify(bodyOf({})),
      })
    const answering = send()
    const start = await node.next('generation.start')
    tell(start, 'get_time')
    answer(start)
    const response = await answering
    expect(response.headers.get('access-control-expose-headers')?.toLowerCase()).toContain(UNENFORCED_HEADER)
    const again = await send()
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.headers.get(UNENFORCED_HEADER)).toBe('get_time')
  })
})
