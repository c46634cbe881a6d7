import '../../workerd.ts'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/errors.ts'
import type { CallEvent, FinishReason } from '../../../../shared/generation.ts'
import {
  CallRun,
  MAX_ENDED_ENGINES,
  MAX_FRUITLESS_MOVES,
  MAX_TRIES,
  MOVE_INTERVAL_MS,
  MOVE_LIMIT_MS,
  type Outcome,
  type PlacedCall,
  type PlaceOptions,
  RECOVERY_LIMIT_MS,
} from '../../../../worker/services/inference/call-run.ts'
import { encodeEvent, KEEP_ALIVE_LINE } from '../../../../worker/services/inference/event-lines.ts'
import { usage } from '../../samples.ts'

const delta = (text: string, ...tokens: number[]): CallEvent => ({ type: 'delta', text, tokens })
const end = (finishReason: FinishReason = 'stop'): CallEvent => ({
  type: 'end',
  finishReason,
  usage: usage(),
})
const lost: CallEvent = { type: 'error', code: 'node_failed', message: 'lost' }
const busy: CallEvent = { type: 'error', code: 'no_capacity', message: 'waited too long' }

/** A node that says this and then ends its stream, or, with `open`, goes silent. */
function nodeThatSays(nodeId: string, events: (CallEvent | 'alive')[], open = false): PlacedCall {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const stream = new ReadableStream<Uint8Array>({
    start(opened) {
      controller = opened
      for (const event of events) opened.enqueue(event === 'alive' ? KEEP_ALIVE_LINE : encodeEvent(event))
      if (!open) opened.close()
    },
    cancel() {
      controller = undefined
    },
  })
  return {
    nodeId,
    call: { callId: `${nodeId}-1`, events: stream },
    cancel: async () => {
      if (open) {
        controller?.enqueue(encodeEvent(end('cancelled')))
        controller?.close()
      }
      return usage({ completionTokens: 9 })
    },
  }
}

/**
 * A run over these nodes in turn; an `AppError` in their place is a pool that has none to give. Each keeps the call for as
 * long as `keepMs` says in its place, before it says anything.
 */
function runOver(nodes: (PlacedCall | AppError)[], { keepMs = [] }: { keepMs?: number[] } = {}) {
  const placed: PlaceOptions[] = []
  const outcomes: Outcome[] = []
  const later: Promise<unknown>[] = []
  let now = 0
  const kept = ({ call, ...node }: PlacedCall, place: number): PlacedCall => ({
    ...node,
    call: {
      ...call,
      get events() {
        now += keepMs[place] ?? 0
        return call.events
      },
    },
  })
  const [first, ...others] = nodes.map((node, place) => (node instanceof AppError ? node : kept(node, place)))
  const run = new CallRun({
    first: first as PlacedCall, // every test begins with a node
    place: async (options) => {
      placed.push({ ...options, resume: [...options.resume] })
      const next = others.shift() ?? new AppError('no_capacity', 'none')
      if (next instanceof AppError) throw next
      return next
    },
    later: (work) => void later.push(work),
    onEnd: (outcome) => outcomes.push(outcome),
    wait: async (milliseconds) => {
      now += milliseconds
    },
    now: () => now,
  })
  return { run, placed, outcomes, later, elapsed: () => now }
}

const never = new AbortController().signal

async function textOf(run: CallRun, signal = never): Promise<string> {
  let text = ''
  for await (const events of run.stream(signal)) {
    for (const event of events) if (event.type === 'delta') text += event.text
  }
  return text
}

describe('a call whose node is lost', () => {
  it('in the middle goes on elsewhere behind the tokens that were sent, without a gap or a repeat', async () => {
    const { run, placed, outcomes } = runOver([
      nodeThatSays('a', [delta('He', 1), delta('l', 2, 3), lost]),
      nodeThatSays('b', [delta('lo', 4), end()]),
    ])
    expect(await textOf(run)).toBe('Hello')
    expect(placed).toEqual([{ resume: [1, 2, 3], attempt: 1, avoid: 'a', waitMs: MOVE_LIMIT_MS }])
    expect(outcomes).toMatchObject([{ nodeId: 'b', outcome: 'stop', attempts: 2, relayedTokens: 4 }])
  })

  it('whose stream just breaks off is the same as one that says so', async () => {
    const { run } = runOver([nodeThatSays('a', [delta('x', 1)]), nodeThatSays('b', [delta('y', 2), end()])])
    expect(await textOf(run)).toBe('xy')
  })

  it('again and again goes on as long as each node adds something', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const { run, placed } = runOver([
      ...names.map((name, index) => nodeThatSays(name, [delta(name, index), lost])),
      nodeThatSays('z', [end()]),
    ])
    expect(await textOf(run)).toBe('abcdefgh')
    expect(placed.at(-1)?.resume).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('is given up when it kills node after node without a token', async () => {
    const dying = Array.from({ length: MAX_FRUITLESS_MOVES + 1 }, (_, index) =>
      nodeThatSays(`n${index}`, [lost]),
    )
    const { run, placed } = runOver([nodeThatSays('a', [delta('x', 1), lost]), ...dying])
    await expect(textOf(run)).rejects.toMatchObject({ code: 'node_failed' })
    expect(placed).toHaveLength(MAX_FRUITLESS_MOVES)
  })

  it(`waits for another node, alive to its reader, and ends with an error after ${MOVE_LIMIT_MS} ms`, async () => {
    const { run, elapsed, outcomes } = runOver([nodeThatSays('a', [delta('x', 1), lost])])
    const batches: CallEvent[][] = []
    const read = async () => {
      for await (const events of run.stream(never)) batches.push(events)
    }
    await expect(read()).rejects.toMatchObject({ code: 'node_failed' })
    expect(elapsed()).toBe(MOVE_LIMIT_MS)
    expect(batches.filter((events) => events.length === 0)).toHaveLength(MOVE_LIMIT_MS / MOVE_INTERVAL_MS)
    expect(outcomes).toMatchObject([{ outcome: 'node_failed', relayedTokens: 1 }])
  })

  it(`before its first token is tried on ${MAX_TRIES} nodes in all`, async () => {
    const { run, placed } = runOver(['a', 'b', 'c', 'd'].map((name) => nodeThatSays(name, [lost])))
    await expect(textOf(run)).rejects.toMatchObject({ code: 'node_failed' })
    expect(placed.map(({ attempt, resume }) => ({ attempt, resume }))).toEqual([
      { attempt: 1, resume: [] },
      { attempt: 2, resume: [] },
    ])
  })

  it.each([
    ['failed it', lost],
    ['had not run it yet', busy],
  ])(
    'before its first token, because its node %s, waits for another that comes in time',
    async (_why, loss) => {
      const nobody = Array.from(
        { length: MOVE_LIMIT_MS / MOVE_INTERVAL_MS },
        () => new AppError('no_capacity', 'none'),
      )
      const { run, elapsed } = runOver([
        nodeThatSays('a', [loss]),
        ...nobody,
        nodeThatSays('b', [delta('x', 1), end()]),
      ])
      expect(await textOf(run)).toBe('x')
      expect(elapsed()).toBe(MOVE_LIMIT_MS)
    },
  )

  it('under which two engines ended is refused with its reason, and given to no third', async () => {
    const died: CallEvent = { ...lost, endedEngine: true }
    const nodes = ['a', 'b', 'c'].map((name) => nodeThatSays(name, [died]))
    const { run, placed } = runOver(nodes)
    await expect(textOf(run)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(`engines of ${MAX_ENDED_ENGINES} nodes`),
    })
    expect(placed).toHaveLength(MAX_ENDED_ENGINES - 1)
  })

  it('is refused all the same when each engine said which tools it does not enforce: that is no token', async () => {
    const told: CallEvent = { type: 'delta', text: '', tokens: [], extra: { unenforced: ['f'] } }
    const died: CallEvent = { ...lost, endedEngine: true }
    const { run, outcomes } = runOver(['a', 'b', 'c'].map((name) => nodeThatSays(name, [told, died])))
    await expect(textOf(run)).rejects.toMatchObject({ code: 'invalid_request' })
    expect(outcomes).toMatchObject([{ firstMs: null, attempts: MAX_ENDED_ENGINES }])
  })

  it('with an engine that somebody else ended goes on: it says something between', async () => {
    const died: CallEvent = { ...lost, endedEngine: true }
    const { run } = runOver([
      nodeThatSays('a', [delta('x', 1), died]),
      nodeThatSays('b', [delta('y', 2), died]),
      nodeThatSays('c', [delta('z', 3), end()]),
    ])
    expect(await textOf(run)).toBe('xyz')
  })

  it('before its first token, with its model, is waited for by nobody', async () => {
    const { run, elapsed } = runOver([nodeThatSays('a', [lost]), new AppError('model_not_found', 'unknown')])
    await expect(textOf(run)).rejects.toMatchObject({ code: 'node_failed' })
    expect(elapsed()).toBe(0)
  })

  it('that never ran it has no part in its tries', async () => {
    const names = Array.from({ length: MAX_TRIES * 2 }, (_, index) => `n${index}`)
    const { run, placed } = runOver([
      ...names.map((name) => nodeThatSays(name, [busy])),
      nodeThatSays('z', [delta('x', 1), end()]),
    ])
    expect(await textOf(run)).toBe('x')
    expect(placed).toHaveLength(names.length)
  })

  it(`in the middle waits for slots and other nodes ${MOVE_LIMIT_MS} ms in all, and each node is told what is left of them`, async () => {
    const nodes = () => [
      nodeThatSays('a', [delta('x', 1), lost]),
      nodeThatSays('b', [busy]),
      nodeThatSays('c', [busy]),
      nodeThatSays('d', [delta('y', 2), end()]),
    ]
    const left = MOVE_LIMIT_MS - 6_000 - MOVE_INTERVAL_MS
    const inTime = runOver(nodes(), { keepMs: [0, 6_000, left - MOVE_INTERVAL_MS - 1] })
    expect(await textOf(inTime.run)).toBe('xy')
    expect(inTime.placed.map(({ waitMs }) => waitMs)).toEqual([MOVE_LIMIT_MS, left, 1])
    const late = runOver(nodes(), { keepMs: [0, 6_000, left] })
    await expect(textOf(late.run)).rejects.toMatchObject({ code: 'no_capacity' })
    expect(late.elapsed()).toBe(MOVE_LIMIT_MS)
  })

  it(`and lost again and again is given to another within ${RECOVERY_LIMIT_MS} ms`, async () => {
    const nodes = () => [
      nodeThatSays('a', [delta('x', 1), lost]),
      nodeThatSays('b', [lost]),
      nodeThatSays('c', [delta('y', 2), end()]),
    ]
    const inTime = runOver(nodes(), { keepMs: [0, RECOVERY_LIMIT_MS - 1] })
    expect(await textOf(inTime.run)).toBe('xy')
    const late = runOver(nodes(), { keepMs: [0, RECOVERY_LIMIT_MS] })
    await expect(textOf(late.run)).rejects.toMatchObject({ code: 'node_failed' })
    expect(late.placed).toHaveLength(1)
  })

  it(`before its first token is not tried again when it has waited in vain for ${RECOVERY_LIMIT_MS} ms`, async () => {
    const nodes = () => [nodeThatSays('a', [busy]), nodeThatSays('b', [delta('x', 1), end()])]
    expect(await textOf(runOver(nodes(), { keepMs: [RECOVERY_LIMIT_MS - 1] }).run)).toBe('x')
    const late = runOver(nodes(), { keepMs: [RECOVERY_LIMIT_MS] })
    await expect(textOf(late.run)).rejects.toMatchObject({ code: 'no_capacity' })
    expect(late.placed).toEqual([])
  })

  it('or that let it wait too long for a slot is tried elsewhere as well', async () => {
    const { run } = runOver([nodeThatSays('a', ['alive', busy]), nodeThatSays('b', [delta('x', 1), end()])])
    expect(await textOf(run)).toBe('x')
  })

  it('is answered with what was wrong first when nobody else can take it', async () => {
    const { run } = runOver([nodeThatSays('a', [busy])])
    await expect(textOf(run)).rejects.toMatchObject({ code: 'no_capacity', message: 'waited too long' })
  })
})

describe('a call whose only node starts its engine anew', () => {
  const starting: CallEvent = { type: 'error', code: 'no_capacity', message: 'starting' }

  it('asks again and again, with a pause between, and goes on when the engine is back', async () => {
    const { run, placed, elapsed } = runOver([
      nodeThatSays('a', [delta('x', 1), lost]),
      ...Array.from({ length: 10 }, () => nodeThatSays('a', [starting])),
      nodeThatSays('a', [delta('y', 2), end()]),
    ])
    expect(await textOf(run)).toBe('xy')
    expect(placed).toHaveLength(11)
    expect(elapsed()).toBe(10 * MOVE_INTERVAL_MS)
  })

  it('is given up when that takes too long, however often it was taken and lost', async () => {
    const { run, elapsed } = runOver([
      nodeThatSays('a', [delta('x', 1), lost]),
      ...Array.from({ length: 100 }, () => nodeThatSays('a', [starting])),
    ])
    await expect(textOf(run)).rejects.toMatchObject({ code: 'no_capacity' })
    expect(elapsed()).toBe(MOVE_LIMIT_MS)
  })
})

describe('a node that stops a call unasked', () => {
  it('has failed it: the answer goes on elsewhere, and is never an empty success', async () => {
    const { run } = runOver([
      nodeThatSays('a', [delta('x', 1), end('cancelled')]),
      nodeThatSays('b', [delta('y', 2), end()]),
    ])
    expect(await textOf(run)).toBe('xy')
  })
})

describe('a call that fails by its own fault', () => {
  it.each(['invalid_request', 'context_length_exceeded'] as const)('%s is not tried again', async (code) => {
    const { run, placed } = runOver([
      nodeThatSays('a', [{ type: 'error', code, message: 'no', param: 'messages' }]),
      nodeThatSays('b', [end()]),
    ])
    await expect(textOf(run)).rejects.toMatchObject({ code, param: 'messages' })
    expect(placed).toEqual([])
  })
})

describe('a reader who leaves', () => {
  it('stops the call once, and it is metered by what the node says', async () => {
    const { run, outcomes, later } = runOver([nodeThatSays('a', [delta('x', 1)], true)])
    for await (const _ of run.stream(never)) break
    await Promise.all(later)
    expect(outcomes).toMatchObject([{ outcome: 'cancelled', usage: { completionTokens: 9 } }])
  })

  it('by aborting wakes a silent call, which then ends as cancelled, once', async () => {
    const { run, outcomes, later, placed } = runOver([nodeThatSays('a', [delta('x', 1)], true)])
    const abort = new AbortController()
    for await (const events of run.stream(abort.signal)) if (events.length > 0) abort.abort()
    await Promise.all(later)
    expect(outcomes).toMatchObject([{ outcome: 'cancelled', usage: { completionTokens: 2 } }])
    expect(placed).toEqual([])
  })

  it('by aborting is metered within the work that outlives the request, which ends with the last of it', async () => {
    const { run, outcomes, later } = runOver([nodeThatSays('a', [delta('x', 1)], true)])
    const abort = new AbortController()
    const stream = run.stream(abort.signal)
    await stream.next()
    const silent = stream.next()
    abort.abort()
    const outcomesAtTheEnd = Promise.all(later).then(() => [...outcomes])
    await silent
    await stream.return()
    expect(await outcomesAtTheEnd).toMatchObject([{ outcome: 'cancelled' }])
  })

  it('while another node is looked for ends the search, and has cancelled the call', async () => {
    const { run, elapsed, outcomes, later } = runOver([nodeThatSays('a', [delta('x', 1), lost])])
    const abort = new AbortController()
    const read = async () => {
      for await (const events of run.stream(abort.signal)) if (events.length === 0) abort.abort()
    }
    await expect(read()).rejects.toMatchObject({ code: 'node_failed' })
    expect(elapsed()).toBe(MOVE_INTERVAL_MS)
    await Promise.all(later)
    expect(outcomes).toMatchObject([{ outcome: 'cancelled' }])
  })
})
