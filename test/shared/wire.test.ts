import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_MODELS } from '../../shared/node.ts'
import {
  decodeFrame,
  EdgeCommand,
  MAX_COMMAND_LENGTH,
  MAX_EVENT_LENGTH,
  MAX_STEP_DELTAS,
  NodeEvent,
} from '../../shared/wire.ts'
import {
  badCommands,
  badEvents,
  garbage,
  goodCommands,
  goodEvents,
  modelHolding,
  nodeHello,
} from '../support/frames.ts'

const decode = (frame: unknown, maxLength = MAX_EVENT_LENGTH) => decodeFrame(NodeEvent, frame, maxLength)
const decodeCommand = (frame: unknown) => decodeFrame(EdgeCommand, frame, MAX_COMMAND_LENGTH)

describe('a frame from a node', () => {
  it.each(goodEvents)('may be %s', (_name, frame) => {
    expect(decode(JSON.stringify(frame))).toMatchObject({ ok: true, message: { type: expect.any(String) } })
  })

  it.each(badEvents)('may not be %s, and the reason names it', (_name, frame, reason) => {
    expect(decode(JSON.stringify(frame))).toEqual({ ok: false, reason: expect.stringMatching(reason) })
  })

  it.each(garbage)('may not be %s', (_name, text, reason) => {
    expect(decode(text)).toEqual({ ok: false, reason: expect.stringMatching(reason) })
  })

  it.each([
    ['bytes', new TextEncoder().encode('{"type":"gauge"}')],
    ['a buffer', new ArrayBuffer(8)],
    ['nothing', undefined],
    ['an object', { type: 'step', step: [] }],
  ])('may not be %s: frames are text', (_name, frame) => {
    expect(decode(frame)).toEqual({ ok: false, reason: 'expected a text frame' })
  })

  it('loses the fields that we do not know, as those of a later version', () => {
    const decoded = decode(
      JSON.stringify({ type: 'hello', hello: { ...nodeHello(), colour: 'red' }, mood: 'good' }),
    )
    expect(decoded).toEqual({ ok: true, message: { type: 'hello', hello: nodeHello() } })
  })

  it('does not become a prototype', () => {
    const decoded = decode('{"type":"gauge","gauge":{"__proto__":{"rssMiB":1}}}')
    expect(decoded.ok).toBe(false)
    expect(Object.prototype).not.toHaveProperty('rssMiB')
  })
})

describe('a frame from the edge', () => {
  it.each(goodCommands)('may be %s', (_name, frame) => {
    expect(decodeCommand(JSON.stringify(frame))).toMatchObject({ ok: true, message: frame })
  })

  it.each(badCommands)('may not be %s, and the reason names it', (_name, frame, reason) => {
    expect(decodeCommand(JSON.stringify(frame))).toEqual({ ok: false, reason: expect.stringMatching(reason) })
  })

  it.each(goodEvents)('may not be what only a node may say: %s', (_name, frame) => {
    expect(decodeCommand(JSON.stringify(frame)).ok).toBe(false)
  })
})

describe('a limit holds', () => {
  const padded = (length: number) => {
    const frame = JSON.stringify({ type: 'holdings', models: [], pad: '' })
    return frame.replace('"pad":""', `"pad":"${'x'.repeat(length - frame.length)}"`)
  }
  const steps = (count: number) =>
    JSON.stringify({ type: 'step', step: Array(count).fill(['0a1b2c3d-1', 'x', [1]]) })
  const models = (count: number) =>
    JSON.stringify({
      type: 'holdings',
      models: Array.from({ length: count }, (_, index) => modelHolding({ id: `m${index}` })),
    })
  const name = (length: number) =>
    JSON.stringify({ type: 'hello', hello: nodeHello({ name: 'x'.repeat(length) }) })
  const callId = (length: number) => JSON.stringify({ type: 'step', step: [['x'.repeat(length), '', []]] })

  it.each<[name: string, frame: (size: number) => string, limit: number]>([
    ['units of a frame', padded, MAX_EVENT_LENGTH],
    ['deltas of a step', steps, MAX_STEP_DELTAS],
    ['models of a node', models, MAX_MODELS],
    ['letters of a name', name, 100],
    ['letters of a call id', callId, 64],
  ])('for the %s: at it and one past it', (_name, frame, limit) => {
    expect(decode(frame(limit)).ok).toBe(true)
    expect(decode(frame(limit + 1)).ok).toBe(false)
  })

  it('of length counts UTF-16 units and is the caller’s', () => {
    expect(decode('"🦙"', 4)).not.toEqual({ ok: false, reason: 'frame longer than 4' })
    expect(decode('"🦙"', 3)).toEqual({ ok: false, reason: 'frame longer than 3' })
  })
})

describe('decodeFrame', () => {
  const answersFor = (frame: unknown) => {
    const decoded = decode(frame)
    if (!decoded.ok) expect(decoded.reason.length).toBeGreaterThan(0)
    return true
  }

  it('answers any text without throwing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), answersFor))
  })

  it('answers any JSON without throwing', () => {
    fc.assert(fc.property(fc.json(), answersFor))
  })

  it('answers any value of any known field without throwing', () => {
    const types = ['step', 'call.end', 'call.error', 'call.vectors', 'gauge', 'holdings', 'hello']
    const frames = fc.record({
      type: fc.constantFrom(...types),
      step: fc.anything({ maxDepth: 3 }),
      callId: fc.anything({ maxDepth: 1 }),
      usage: fc.anything({ maxDepth: 2 }),
      models: fc.anything({ maxDepth: 3 }),
      hello: fc.anything({ maxDepth: 3 }),
      gauge: fc.anything({ maxDepth: 2 }),
    })
    fc.assert(
      fc.property(frames, (frame) => {
        const text = JSON.stringify(frame, (_key, value) =>
          typeof value === 'bigint' ? String(value) : value,
        )
        return answersFor(text)
      }),
    )
  })

  it('reads back what it takes: a second reading changes nothing', () => {
    for (const [, frame] of goodEvents) {
      const once = decode(JSON.stringify(frame))
      expect(decode(JSON.stringify(once.ok ? once.message : null))).toEqual(once)
    }
  })
})
