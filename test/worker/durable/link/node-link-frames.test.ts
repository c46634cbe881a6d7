import { beforeAll, describe, expect, it } from 'vitest'
import { ERROR_CODES, type ErrorCode } from '../../../../shared/errors.ts'
import {
  CloseCode,
  MAX_CLOSE_REASON_BYTES,
  MAX_EVENT_LENGTH,
  MAX_STEP_DELTAS,
  NODE_ERROR_CODES,
  type StepDelta,
} from '../../../../shared/wire.ts'
import { badEvents, garbage, goodEvents, modelHolding, nodeHello } from '../../../support/frames.ts'
import { generate, heardOf } from '../../link-calls.ts'
import { uniqueModel, usage } from '../../samples.ts'
import { createWorld, type TestNode, type World } from '../../world.ts'

const well = uniqueModel()
let world: World
let healthy: TestNode
let credentials: { id: string; credential: string }

beforeAll(async () => {
  world = await createWorld()
  healthy = await world.addNode({ models: [well.holding] })
  credentials = await world.join()
})

const training = { slots: 1, architectures: ['llama'], memoryMiB: null, running: [] }
const tasks = { kinds: ['extract'], slots: 1 }
const errands = { kinds: ['math'], slots: 1 }

/** A link of the one node that misbehaves here: each replaces the last. */
async function linked(): Promise<TestNode> {
  const node = await world.dial(credentials.id, credentials.credential)
  await node.greet(nodeHello({ models: [modelHolding({ id: 'm' })], training, tasks, errands }))
  return node
}

/** The frame closes the link, its call fails, and the edge goes on serving another node. */
async function expectRefused(frame: string | ArrayBuffer, reason: RegExp) {
  const node = await linked()
  const { events } = await generate(node)
  node.sendRaw(frame)
  const closed = await node.closed
  expect(closed.code).toBe(CloseCode.badFrame)
  expect(closed.reason).toMatch(reason)
  expect(await heardOf(events)).toEqual([expect.objectContaining({ type: 'error', code: 'node_failed' })])
  const answered = healthy.answer(['still here'])
  const response = await world.request('/v1/completions', { body: { model: well.id, prompt: 'Hi' } })
  expect(response.status).toBe(200)
  await answered
}

/** The link stays open: a call that runs over it ends as its node says. */
async function expectTaken(frame: string, before?: TestNode) {
  const node = before ?? (await linked())
  const { callId, events } = await generate(node)
  node.sendRaw(frame)
  node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
  expect((await heardOf(events)).at(-1)).toMatchObject({ type: 'end', finishReason: 'stop' })
}

describe('the word of a node', () => {
  const isPassedOn = (code: ErrorCode) => NODE_ERROR_CODES.has(code) && code !== 'node_failed'
  const failureOf = async (code: ErrorCode) => {
    const node = await linked()
    const { callId, events } = await generate(node)
    node.send({ type: 'call.error', callId, code, message: 'The words of a node on /srv/models/m.gguf.' })
    return heardOf(events)
  }

  it.each(ERROR_CODES.filter(isPassedOn))('that is %s is passed on, without its paths', async (code) => {
    expect(await failureOf(code)).toEqual([
      { type: 'error', code, message: 'The words of a node on [path].' },
    ])
  })

  it('on its own failure is not passed on', async () => {
    expect(await failureOf('node_failed')).toEqual([
      { type: 'error', code: 'node_failed', message: 'The node could not run this request.' },
    ])
  })

  it.each(ERROR_CODES.filter((code) => !NODE_ERROR_CODES.has(code)))(
    'that is %s, which is not a node’s to say, is that it failed',
    async (code) => {
      expect(await failureOf(code)).toEqual([
        { type: 'error', code: 'node_failed', message: 'The node could not run this request.' },
      ])
    },
  )

  it('on what a call used is held to what came of it', async () => {
    const node = await linked()
    const { callId, events } = await generate(node)
    node.send({ type: 'step', step: [[callId, 'ab', [1, 2]]] })
    const boast = { promptTokens: 1e9, cachedPromptTokens: 1e9, completionTokens: 1e9 }
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: boast })
    const context = modelHolding().contextTokens
    expect((await heardOf(events)).at(-1)).toMatchObject({
      usage: { promptTokens: context - 3, cachedPromptTokens: context - 3, completionTokens: 3 },
    })
  })

  it('that nothing was used is not believed when something came', async () => {
    const node = await linked()
    const { callId, events } = await generate(node)
    node.send({ type: 'step', step: [[callId, 'ab', [1, 2]]] })
    const nothing = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 }
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: nothing })
    expect((await heardOf(events)).at(-1)).toMatchObject({ usage: { promptTokens: 1, completionTokens: 2 } })
  })

  it('ends with the tokens that were asked for: one that goes on has failed, and is told to stop', async () => {
    const node = await linked()
    const { callId, events } = await generate(node, { maxTokens: 2 })
    node.send({ type: 'step', step: [[callId, 'ab', [1, 2]]] })
    node.send({ type: 'step', step: [[callId, 'c', [3]]] })
    expect(await node.next('call.cancel')).toMatchObject({ callId })
    expect(await heardOf(events)).toEqual([
      { type: 'delta', text: 'ab', tokens: [1, 2] },
      { type: 'error', code: 'node_failed', message: 'The node sent more than was asked for.' },
    ])
  })

  it('is held to a context that it has told since', async () => {
    const node = await linked()
    const { callId, events } = await generate(node)
    node.send({ type: 'holdings', models: [modelHolding({ id: 'm', contextTokens: 3 })] })
    node.send({ type: 'step', step: [[callId, 'ab', [1, 2]]] })
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage({ promptTokens: 100 }) })
    expect((await heardOf(events)).at(-1)).toMatchObject({ usage: { promptTokens: 1, completionTokens: 2 } })
  })
})

describe('a link is closed with 4400 by', () => {
  it.each(badEvents)('%s', (_name, frame, reason) => expectRefused(JSON.stringify(frame), reason))

  it.each(garbage)('%s', (_name, text, reason) => expectRefused(text, reason))

  it('a binary frame', () =>
    expectRefused(new TextEncoder().encode('{"type":"gauge"}').buffer as ArrayBuffer, /text frame/))

  it('a call id that was never given out', async () => {
    const node = await linked()
    const { callId } = await generate(node)
    node.send({ type: 'step', step: [[callId.replace(/\d+$/, '999'), 'x', [1]]] })
    expect(await node.closed).toMatchObject({ code: CloseCode.badFrame, reason: /was ever started/ })
  })

  it.each([
    ['step', { type: 'step', step: [['me', 'x', [1]]] }],
    ['call.end', { type: 'call.end', callId: 'me', finishReason: 'stop', usage: usage() }],
    ['call.error', { type: 'call.error', callId: 'me', code: 'internal', message: 'x' }],
    ['call.vectors', { type: 'call.vectors', callId: 'me', start: 0, vectors: ['AACAPw=='] }],
  ])('an id that is none, in %s', (_type, frame) => expectRefused(JSON.stringify(frame), /'me'/))

  it('a fault whose reason is long in bytes, for a close frame has room for 123', async () => {
    const node = await linked()
    const callId = '漢'.repeat(40)
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    const { code, reason } = await node.closed
    expect(code).toBe(CloseCode.badFrame)
    expect(new TextEncoder().encode(reason).length).toBeLessThanOrEqual(MAX_CLOSE_REASON_BYTES)
  })
})

describe('a link takes', () => {
  it.each(goodEvents.filter(([name]) => !name.startsWith('hello')))('%s', (_name, frame) =>
    expectTaken(JSON.stringify(frame)),
  )

  it.each(goodEvents.filter(([name]) => name.startsWith('hello')))('%s', async (_name, frame) => {
    const node = await world.dial(credentials.id, credentials.credential)
    node.sendRaw(JSON.stringify(frame))
    await node.next('welcome')
    await expectTaken(JSON.stringify({ type: 'holdings', models: [] }), node)
  })
})

describe('a frame', () => {
  const padded = (length: number) => {
    const frame = JSON.stringify({ type: 'holdings', models: [], pad: '' })
    return frame.replace('"pad":""', `"pad":"${'x'.repeat(length - frame.length)}"`)
  }

  it(`of ${MAX_EVENT_LENGTH} units is taken, one unit more closes the link`, async () => {
    expect(padded(MAX_EVENT_LENGTH)).toHaveLength(MAX_EVENT_LENGTH)
    await expectTaken(padded(MAX_EVENT_LENGTH))
    await expectRefused(padded(MAX_EVENT_LENGTH + 1), /longer than/)
  })

  it(`with ${MAX_STEP_DELTAS} deltas is taken, one more closes the link`, async () => {
    const frame = (count: number) =>
      JSON.stringify({ type: 'step', step: Array<StepDelta>(count).fill(['0a1b2c3d-1', '', []]) })
    // Each delta of the full frame is one of another epoch, which the link answers and allows 1,000 of: own ids instead.
    const node = await linked()
    const call = await generate(node)
    node.sendRaw(frame(MAX_STEP_DELTAS).replaceAll('0a1b2c3d-1', call.callId))
    node.send({ type: 'call.end', callId: call.callId, finishReason: 'stop', usage: usage() })
    const events = await heardOf(call.events)
    expect(events).toHaveLength(MAX_STEP_DELTAS + 1)
    await expectRefused(frame(MAX_STEP_DELTAS + 1), /step/)
  })
})
