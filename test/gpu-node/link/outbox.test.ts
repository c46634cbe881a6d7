import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OUTBOX_LIMITS, Outbox, type OutboxLimits, type OutboxSocket } from '../../../gpu-node/link/outbox.ts'
import type { DeltaExtra } from '../../../shared/generation.ts'
import { MAX_EVENT_LENGTH, MAX_STEP_DELTAS, NodeEvent, type StepDelta } from '../../../shared/wire.ts'

/** A socket whose network takes frames away only when the test says so. */
class SlowSocket implements OutboxSocket {
  bufferedAmount = 0
  readonly frames: string[] = []
  readonly #unwritten: { size: number; onWritten: () => void }[] = []

  send(frame: string, onWritten: () => void): void {
    this.frames.push(frame)
    this.bufferedAmount += frame.length
    this.#unwritten.push({ size: frame.length, onWritten })
  }

  /** The network takes the oldest frame. False when there is none. */
  writeOne(): boolean {
    const first = this.#unwritten.shift()
    if (!first) return false
    this.bufferedAmount -= first.size
    first.onWritten()
    return true
  }

  writeAll(): void {
    while (this.writeOne()) {}
  }

  events(): NodeEvent[] {
    return this.frames.map((frame) => NodeEvent.parse(JSON.parse(frame)))
  }
}

const failOnOverflow = (): void => {
  throw new Error('The outbox overflowed.')
}
const outboxOf = (limits: Partial<OutboxLimits> = {}, onOverflow = failOnOverflow) => {
  const socket = new SlowSocket()
  return { socket, outbox: new Outbox(socket, onOverflow, { ...OUTBOX_LIMITS, ...limits }) }
}
const step = (...deltas: StepDelta[]): NodeEvent => ({ type: 'step', step: deltas })
const end = (callId: string): NodeEvent => ({
  type: 'call.end',
  callId,
  finishReason: 'stop',
  usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 1 },
})
/** Behind from the first byte on. */
const ALWAYS_BEHIND = { behindBytes: 0 }

interface Told {
  text: string
  tokens: number[]
  /** Names and joined arguments, by index. */
  toolCalls: string[]
  logprobs: unknown[]
  vectors: [number, string][]
  ended: boolean
}

/** A reader's knowledge of each call after these events. Throws when a call says anything after its end. */
function tellCalls(events: readonly NodeEvent[]): Map<string, Told> {
  const calls = new Map<string, Told>()
  const callOf = (callId: string): Told => {
    const call = calls.get(callId) ?? {
      text: '',
      tokens: [],
      toolCalls: [],
      logprobs: [],
      vectors: [],
      ended: false,
    }
    calls.set(callId, call)
    if (call.ended) throw new Error(`${callId} went on after its end`)
    return call
  }
  for (const event of events) {
    if (event.type === 'step') {
      for (const [callId, text, tokens, extra] of event.step) {
        const call = callOf(callId)
        call.text += text
        call.tokens.push(...tokens)
        call.logprobs.push(...(extra?.logprobs ?? []))
        for (const { index, name, arguments: text } of extra?.toolCalls ?? []) {
          if (name !== undefined && call.toolCalls[index] !== undefined) throw new Error('a name came twice')
          call.toolCalls[index] = (call.toolCalls[index] ?? `${name}:`) + text
        }
      }
    } else if (event.type === 'call.vectors') {
      const { vectors } = callOf(event.callId)
      for (const [index, vector] of event.vectors.entries()) vectors.push([event.start + index, vector])
    } else if (event.type === 'call.end') callOf(event.callId).ended = true
  }
  return calls
}

describe('Outbox on a socket that keeps up', () => {
  it('sends each event as one frame at once', () => {
    const { socket, outbox } = outboxOf()
    const events = [step(['a', 'x', [1]], ['b', 'y', [2]]), step(['a', 'z', [3]]), end('a')]
    for (const event of events) outbox.send(event)
    expect(socket.events()).toEqual(events)
  })

  it('goes on sending one by one while exactly the limit of bytes waits, and holds at one more', () => {
    const frame = JSON.stringify(step(['a', 'x', [1]]))
    const { socket, outbox } = outboxOf({ behindBytes: frame.length })
    outbox.send(step(['a', 'x', [1]]))
    outbox.send(step(['a', 'x', [1]]))
    expect(socket.frames).toHaveLength(2)
    outbox.send(step(['a', 'x', [1]]))
    expect(socket.frames).toHaveLength(2)
  })
})

type Extra = { toolCalls: string[]; logprobs: NonNullable<DeltaExtra['logprobs']> }

describe('Outbox on a socket that is behind', () => {
  it('joins the deltas of a call, and keeps those of different calls apart', () => {
    const { socket, outbox } = outboxOf(ALWAYS_BEHIND)
    outbox.send(step(['a', '0', [0]]))
    outbox.send(step(['a', '1', [1]], ['b', 'x', [8]]))
    outbox.send(step(['a', '2', [2, 3]], ['b', 'y', [9]]))
    socket.writeAll()
    expect(socket.events()).toEqual([
      step(['a', '0', [0]]),
      step(['a', '12', [1, 2, 3]], ['b', 'xy', [8, 9]]),
    ])
  })

  it('keeps which tools are not enforced, also where there are none', () => {
    const { socket, outbox } = outboxOf(ALWAYS_BEHIND)
    outbox.send(end('first'))
    outbox.send(step(['a', '', [], { unenforced: [] }], ['b', '', [], { unenforced: ['f'] }]))
    outbox.send(step(['a', 'x', [1]], ['b', 'y', [2]]))
    socket.writeAll()
    expect(socket.events()[1]).toEqual(
      step(['a', 'x', [1], { unenforced: [] }], ['b', 'y', [2], { unenforced: ['f'] }]),
    )
  })

  it('keeps what deltas carry beside text', () => {
    const { socket, outbox } = outboxOf(ALWAYS_BEHIND)
    const logprob = { token: 'x', logprob: -1, bytes: [120], top: [] }
    outbox.send(end('first'))
    outbox.send(step(['a', 'x', [1], { logprobs: [logprob] }]))
    outbox.send(step(['a', '', [2], { toolCalls: [{ index: 0, name: 'f', arguments: '{' }] }]))
    outbox.send(step(['a', '', [3], { toolCalls: [{ index: 0, arguments: '}' }], logprobs: [logprob] }]))
    socket.writeAll()
    const toolCalls = [
      { index: 0, name: 'f', arguments: '{' },
      { index: 0, arguments: '}' },
    ]
    expect(socket.events()[1]).toEqual(
      step(['a', 'x', [1, 2, 3], { toolCalls, logprobs: [logprob, logprob] }]),
    )
  })

  it('says when all that was held is on its way', async () => {
    const { socket, outbox } = outboxOf(ALWAYS_BEHIND)
    await outbox.flushed()
    outbox.send(end('first'))
    outbox.send(end('second'))
    let isFlushed = false
    const flushed = outbox.flushed().then(() => {
      isFlushed = true
    })
    await Promise.resolve()
    expect(isFlushed).toBe(false)
    socket.writeOne()
    await flushed
    expect(socket.frames).toHaveLength(2)
  })

  it('lets nobody wait for a link that is gone', async () => {
    const { outbox } = outboxOf(ALWAYS_BEHIND)
    outbox.send(end('first'))
    outbox.send(end('second'))
    const flushed = outbox.flushed()
    outbox.close()
    await flushed
  })

  it('lets no other call wait behind the deltas of one that never stops', () => {
    const { socket, outbox } = outboxOf(ALWAYS_BEHIND)
    outbox.send(step(['busy', '.', [0]]))
    outbox.send(end('done'))
    for (let turn = 0; turn < 3; turn += 1) {
      outbox.send(step(['busy', '.', [0]]))
      socket.writeOne()
    }
    expect(socket.events().map(({ type }) => type)).toContain('call.end')
  })

  it('does not join a delta of the caller’s array into what the caller still holds', () => {
    const { socket, outbox } = outboxOf(ALWAYS_BEHIND)
    const tokens = [1]
    outbox.send(end('first'))
    outbox.send(step(['a', 'x', tokens]))
    outbox.send(step(['a', 'y', [2]]))
    socket.writeAll()
    expect(tokens).toEqual([1])
  })

  const likely = {
    token: fc.string({ maxLength: 3 }),
    logprob: fc.constant(-1),
    bytes: fc.constant<number[]>([1]),
  }
  const extra = fc.record({
    toolCalls: fc.array(fc.string({ unit: 'binary', maxLength: 90 }), { maxLength: 4 }),
    logprobs: fc.array(fc.record({ ...likely, top: fc.constant<[]>([]) }), { maxLength: 4 }),
  })
  const event = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.array(
        fc.tuple(
          fc.nat(3),
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.array(fc.nat(99_999), { maxLength: 6 }),
          fc.option(extra, { nil: undefined }),
        ),
        { minLength: 1, maxLength: 6 },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        vectors: fc.array(fc.uint8Array({ minLength: 4, maxLength: 40 }), { minLength: 1, maxLength: 5 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ ends: fc.nat(3) }) },
    { weight: 3, arbitrary: fc.record({ writes: fc.integer({ min: 1, max: 4 }) }) },
  )

  it('keeps the content and order of each call and every limit, whatever comes and however slow the socket', () => {
    const limits = { behindBytes: 60, frameLength: 300, stepDeltas: 3 }
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (script) => {
        const { socket, outbox } = outboxOf(limits)
        const sent: NodeEvent[] = []
        const generation = [0, 0, 0, 0]
        const named = new Set<string>()
        const deltaOf = (
          callId: string,
          text: string,
          tokens: number[],
          more: Extra | undefined,
        ): StepDelta => {
          if (!more) return [callId, text, tokens]
          const toolCalls = more.toolCalls.map((piece, index) => {
            const isFirst = !named.has(`${callId}/${index}`)
            named.add(`${callId}/${index}`)
            return { index, ...(isFirst && { name: `f${index}` }), arguments: piece }
          })
          return [callId, text, tokens, { toolCalls, logprobs: more.logprobs }]
        }
        const idOf = (call: number) => `${call}-${generation[call]}`
        const send = (sending: NodeEvent) => {
          sent.push(structuredClone(sending))
          outbox.send(sending)
        }
        for (const item of script) {
          if (Array.isArray(item))
            send(step(...item.map(([call, text, tokens, more]) => deltaOf(idOf(call), text, tokens, more))))
          else if ('vectors' in item) {
            const vectors = item.vectors.map((bytes) => Buffer.from(bytes).toString('base64'))
            send({ type: 'call.vectors', callId: `v${sent.length}`, start: 7, vectors })
          } else if ('ends' in item) {
            send(end(idOf(item.ends)))
            generation[item.ends] = (generation[item.ends] ?? 0) + 1
          } else for (let write = 0; write < item.writes; write += 1) socket.writeOne()
        }
        socket.writeAll()
        expect(tellCalls(socket.events())).toEqual(tellCalls(sent))
        for (const frame of socket.frames) expect(frame.length).toBeLessThanOrEqual(limits.frameLength)
        for (const { step: deltas } of socket.events().filter((sentEvent) => sentEvent.type === 'step')) {
          expect(deltas.length).toBeLessThanOrEqual(limits.stepDeltas)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('Outbox limits', () => {
  const deltas = (count: number): StepDelta[] =>
    Array.from({ length: count }, (_, index) => [`c${index}`, 'x', [index]])

  it.each([
    [MAX_STEP_DELTAS, 1],
    [MAX_STEP_DELTAS + 1, 2],
  ])('sends a step of %i deltas in %i frames', (count, frames) => {
    const { socket, outbox } = outboxOf()
    outbox.send(step(...deltas(count)))
    expect(socket.frames).toHaveLength(frames)
    expect(socket.events().flatMap((event) => (event.type === 'step' ? event.step : []))).toEqual(
      deltas(count),
    )
  })

  const EMPTY = JSON.stringify(step(['a', '', [1]])).length
  it.each([
    [MAX_EVENT_LENGTH, 1],
    [MAX_EVENT_LENGTH + 1, 2],
  ])('sends a delta that takes a frame of %i units in %i frames', (length, frames) => {
    const { socket, outbox } = outboxOf({ behindBytes: Number.POSITIVE_INFINITY })
    const text = 'x'.repeat(length - EMPTY)
    outbox.send(step(['a', text, [1]]))
    expect(socket.frames).toHaveLength(frames)
    expect(tellCalls(socket.events()).get('a')).toMatchObject({ text, tokens: [1] })
  })

  it('never cuts a character in two', () => {
    const { socket, outbox } = outboxOf({ frameLength: 60 })
    outbox.send(step(['a', '😀'.repeat(40), [1]]))
    socket.writeAll()
    for (const event of socket.events()) {
      if (event.type === 'step') for (const [, text] of event.step) expect(text.isWellFormed()).toBe(true)
    }
  })

  it('gives the link up once more waits than the limit, and not before', () => {
    let overflows = 0
    const limits = { behindBytes: 0, totalLength: 1_000 }
    const { socket, outbox } = outboxOf(limits, () => {
      overflows += 1
    })
    outbox.send(end('first'))
    const room = limits.totalLength - socket.bufferedAmount
    outbox.send(step(['a', 'x'.repeat(room), []]))
    expect(overflows).toBe(0)
    outbox.send(step(['a', 'x', []]))
    expect(overflows).toBe(1)
    outbox.send(step(['a', 'x'.repeat(room), []]))
    socket.writeAll()
    expect(overflows).toBe(1)
    expect(socket.frames).toHaveLength(1)
  })
})
