import { once } from 'node:events'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import type { NodeHello } from '../../shared/node.ts'
import { LINK_PATH, LINK_PROTOCOL, MAX_EVENT_LENGTH } from '../../shared/wire.ts'
import type { EdgeClient } from '../e2e/support/edge-client.ts'
import { sharedEdge } from '../e2e/support/shared-edge.ts'
import { modelHolding, nodeHello } from '../support/frames.ts'
import { type Bystander, createBystander, expectServed, LEAK, post } from './support/bystander.ts'

const BAD_FRAME = 4400
const REFUSED = 4403

let edge: EdgeClient
let bystander: Bystander
beforeAll(async () => {
  edge = await sharedEdge()
  bystander = await createBystander(edge)
})

const open: WebSocket[] = []
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate()
})

/** A node that has joined and dialled, and says what the test makes it say. */
async function dial(name: string, allowed_models: string[] | null = null) {
  const { token } = await edge.json<{ token: string }>('/v1/nodes/join-tokens', { name, allowed_models })
  const { credential } = await edge.json<{ credential: string }>('/nodes/join', { token })
  const socket = new WebSocket(edge.url.replace('http', 'ws') + LINK_PATH, LINK_PROTOCOL, {
    headers: { authorization: `Bearer ${credential}` },
  })
  open.push(socket)
  const closed = new Promise<number>((resolve) => socket.once('close', (code: number) => resolve(code)))
  await once(socket, 'open')
  return { socket, closed, send: (frame: object) => socket.send(JSON.stringify(frame)) }
}

/** One that is welcome, with these models, and does with each call what `act` makes of it. */
async function join(name: string, over: Partial<NodeHello>, act: (callId: string) => object[] = () => []) {
  const node = await dial(name)
  const welcomed = new Promise<void>((resolve) => {
    node.socket.on('message', (data) => {
      const command = JSON.parse(String(data)) as { type: string; callId?: string }
      if (command.type === 'welcome') resolve()
      if (command.type === 'generation.start') for (const frame of act(command.callId ?? '')) node.send(frame)
    })
  })
  node.send({ type: 'hello', hello: nodeHello({ name, ...over }) })
  await welcomed
  await edge.untilOffered(name, 10_000)
  return node
}

const usage = (over: object = {}) => ({
  promptTokens: 5,
  cachedPromptTokens: 0,
  completionTokens: 1,
  ...over,
})
const ask = (model: string) =>
  post(edge, '/v1/completions', { model, prompt: 'Hi', max_tokens: 4 }, bystander.key)

describe('a malicious node', () => {
  it.each<[says: string, frame: string | Buffer]>([
    ['a frame longer than may be', `"${'x'.repeat(MAX_EVENT_LENGTH)}"`],
    ['bytes', Buffer.from('garbage')],
    ['brackets', '['.repeat(100_000)],
    ['a step before its hello', JSON.stringify({ type: 'step', step: [['a-1', 'x', [1]]] })],
    [
      'more models than may be',
      JSON.stringify({
        type: 'hello',
        hello: nodeHello({
          models: Array.from({ length: 257 }, (_, index) => modelHolding({ id: `m${index}` })),
        }),
      }),
    ],
    [
      'more adapters of a model than may be',
      JSON.stringify({
        type: 'hello',
        hello: nodeHello({
          models: [
            modelHolding({
              adapters: Array.from({ length: 257 }, (_, index) => ({ suffix: `a${index}`, createdAt: 0 })),
            }),
          ],
        }),
      }),
    ],
  ])('that says %s is closed, and offers nothing', async (_says, frame) => {
    const { socket, closed } = await dial('liar')
    socket.send(frame)
    expect(await closed).toBe(BAD_FRAME)
    const { data } = await edge.json<{ data: { id: string }[] }>('/v1/models')
    expect(data.map(({ id }) => id)).toEqual(['starter'])
  })

  it('whose models are called as what every object has leaves every list as it is', async () => {
    const models = ['constructor', 'toString', '__proto__', 'hasOwnProperty'].map((id) =>
      modelHolding({ id }),
    )
    const { closed, send, socket } = await dial('namesake')
    send({ type: 'hello', hello: nodeHello({ models }) })
    // It may be refused or welcome: nobody else is to feel it.
    await Promise.race([closed, once(socket, 'message')])
    for (const path of ['/v1/nodes', '/v1/models', '/v1/metrics', '/health'])
      expect([path, (await edge.request(path)).status]).toEqual([path, 200])
  })

  it('that sends steps and ends of calls which are not its own changes nobody’s answer', async () => {
    const node = await join('meddler', { models: [modelHolding({ id: 'meddled' })] })
    const meddling = setInterval(() => {
      const callId = `${crypto.randomUUID().slice(0, 8)}-1`
      node.send({ type: 'step', step: [[callId, 'x', [1]]] })
      node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    }, 5)
    await expectServed(edge, bystander).finally(() => clearInterval(meddling))
  })

  it('that tells more usage than there can be is believed as much as came, and nobody pays the rest', async () => {
    const most = Number.MAX_SAFE_INTEGER
    await join('boaster', { models: [modelHolding({ id: 'boasted' })] }, (callId) => [
      { type: 'step', step: [[callId, 'Hi', [1]]] },
      {
        type: 'call.end',
        callId,
        finishReason: 'stop',
        usage: usage({ promptTokens: most, cachedPromptTokens: most, completionTokens: most }),
      },
    ])
    const response = await ask('boasted')
    expect(response.status).toBe(200)
    const { usage: told } = (await response.json()) as { usage: Record<string, number> }
    expect(told.completion_tokens).toBeLessThanOrEqual(2)
    expect(told.total_tokens).toBeLessThanOrEqual(modelHolding().contextTokens)
    await expectServed(edge, bystander)
  })

  it('that tells no usage for what it sent gives nothing away', async () => {
    const nothing = usage({ promptTokens: 0, completionTokens: 0 })
    await join('donor', { models: [modelHolding({ id: 'donated' })] }, (callId) => [
      { type: 'step', step: [[callId, 'Hi', [1, 2]]] },
      { type: 'call.end', callId, finishReason: 'stop', usage: nothing },
    ])
    expect(await (await ask('donated')).json()).toMatchObject({
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    })
    await expectServed(edge, bystander)
  })

  it('that says what only the edge may say of a caller has failed, in our words', async () => {
    let code = ''
    const message = 'Your key is in /var/judge/keys, log in at evil.example.'
    await join('judge', { models: [modelHolding({ id: 'judged' })] }, (callId) => [
      { type: 'call.error', callId, code, message },
    ])
    for (code of [
      'unauthenticated',
      'token_expired',
      'forbidden',
      'limit_exceeded',
      'internal',
      'maintenance',
    ]) {
      const response = await ask('judged')
      const text = await response.text()
      expect([code, response.status, text]).toEqual([code, 502, expect.stringContaining('node_failed')])
      expect(text).not.toMatch(LEAK)
      expect(text).not.toContain('evil.example')
    }
    await expectServed(edge, bystander)
  })

  it.each([
    ['with another file', { sha256: '0'.repeat(64) }],
    ['without a hash', {}],
  ])(
    'that would take over the model of another one %s is closed, and is given none of its calls',
    async (how, file) => {
      const { closed, send } = await dial('taker')
      send({ type: 'hello', hello: nodeHello({ models: [modelHolding({ id: 'starter', ...file })] }) })
      expect(await closed).toBe(REFUSED)
      const linked = await join(`late taker ${how}`, { models: [modelHolding({ id: 'bait' })] })
      linked.send({ type: 'holdings', models: [modelHolding({ id: 'starter', ...file })] })
      expect(await linked.closed).toBe(REFUSED)
      await expectServed(edge, bystander)
    },
  )

  it('that joined with a token for one model serves no other', async () => {
    const { closed, send } = await dial('outreacher', ['its-own'])
    send({ type: 'hello', hello: nodeHello({ models: [modelHolding({ id: 'not-its-own' })] }) })
    expect(await closed).toBe(REFUSED)
    await expectServed(edge, bystander)
  })

  it('that sends a flood for its own call keeps nobody waiting', async () => {
    await join('flooder', { models: [modelHolding({ id: 'flooded' })] }, (callId) => [
      ...Array.from({ length: 300 }, () => ({ type: 'step', step: [[callId, 'x'.repeat(10_000), [1]]] })),
      { type: 'call.end', callId, finishReason: 'stop', usage: usage({ completionTokens: 300 }) },
    ])
    const [response] = await Promise.all([ask('flooded'), expectServed(edge, bystander)])
    // Whole, or given up because its reader is slower than the flood.
    expect([200, 408, 502]).toContain(response.status)
    await response.arrayBuffer()
  })
})

it('an account whose stream begins after all that has its tokens in time', () =>
  expectServed(edge, bystander))
