import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMPILE_LIMIT_MS } from '../../../gpu-node/engine/tools/form-compiler.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import { SEED, timesOf } from '../../support/property-runs.ts'
import { GREEDY } from '../../support/sampling.ts'
import { DEAR_PATTERN, DEAR_TOOLS, dearSchema } from './dear-schemas.ts'
import { type Outcome, RunningEngine } from './running-engine.ts'

/** The longest wait of a stream for a token because of what somebody else asks for: many times what it is, and far below what compiling takes. */
const MOST_MS = COMPILE_LIMIT_MS / 3

const RUNS = timesOf(12, 60)
const AT_ONCE = 6

let running: RunningEngine

beforeAll(async () => {
  running = await RunningEngine.create({ contextTokens: 2_048 })
})
afterAll(() => running.engine.close())

/** The longest time between two tokens of a stream that goes on while `work` is done. */
async function longestWait(work: () => Promise<unknown>): Promise<number> {
  let [longest, last] = [0, Number.NaN]
  const endless = { ...GREEDY, temperature: 2, seed: 5 }
  const next = () => running.chat('Tell me a story.', { format: 'json_object', sampling: endless })
  let stream = next()
  await stream.started
  let isOver = false
  const stop = running.listen((event) => {
    if (event.type !== 'step' || !event.step.some(([callId]) => callId === stream.id)) return
    const now = performance.now()
    if (!Number.isNaN(last)) longest = Math.max(longest, now - last)
    last = now
  })
  const streaming = (async () => {
    for (; ; stream = next()) {
      await stream.outcome
      if (isOver) return
      last = Number.NaN // the next one begins
    }
  })()
  try {
    await work()
  } finally {
    isOver = true
    stream.cancel()
    await streaming
    stop()
  }
  return longest
}

const ask = (over: Partial<GenerationRequest>): Promise<Outcome> =>
  running.chat('Tell me something.', {
    maxTokens: 40,
    sampling: { ...GREEDY, temperature: 2, seed: 3 },
    ...over,
  }).outcome

const strict = (definitions: typeof DEAR_TOOLS): Partial<GenerationRequest> => ({
  tools: { definitions, choice: 'required', parallel: true },
})

describe('a schema that is dear to compile', { timeout: 120_000 }, () => {
  it('holds up no stream, is refused, and costs nothing the second time', async () => {
    const [pid] = running.engine.pids
    const waited = await longestWait(async () => {
      const { end } = await ask(strict(DEAR_TOOLS))
      expect(end).toMatchObject({
        type: 'call.error',
        code: 'invalid_request',
        // By its steps, or by the time of a machine that has not come so far.
        message: expect.stringContaining('take'),
      })
      const before = performance.now()
      expect((await ask(strict(DEAR_TOOLS))).end).toEqual({ ...end, callId: expect.any(String) })
      expect(performance.now() - before).toBeLessThan(MOST_MS)
    })
    expect(waited).toBeLessThan(MOST_MS)
    expect(running.engine.pids).toEqual([pid])
  })

  it('holds up no stream where it is a single pattern', async () => {
    const waited = await longestWait(async () => {
      const { end } = await ask({ format: { schema: DEAR_PATTERN } })
      expect(end).toMatchObject({ type: 'call.error', code: 'invalid_request' })
    })
    expect(waited).toBeLessThan(MOST_MS)
  })

  it('is not waited for by calls without one, nor by those whose own is known', async () => {
    await ask({ format: 'json_object' })
    const dear = ask(strict(DEAR_TOOLS.map((tool) => ({ ...tool, name: `other_${tool.name}` }))))
    const order: string[] = []
    await Promise.all([
      dear.then(() => order.push('dear')),
      ask({}).then(() => order.push('text')),
      ask({ format: 'json_object' }).then(() => order.push('known')),
    ])
    expect(order.at(-1)).toBe('dear')
  })

  it('can be cancelled while it is compiled', async () => {
    const call = running.chat(
      'Hi',
      strict(DEAR_TOOLS.map((tool) => ({ ...tool, name: `third_${tool.name}` }))),
    )
    call.cancel()
    expect((await call.outcome).end).toMatchObject({
      type: 'call.end',
      finishReason: 'cancelled',
      usage: { promptTokens: 0, completionTokens: 0 },
    })
  })

  it(`of whatever kind holds up no stream, ${RUNS} times (seed ${SEED})`, {
    timeout: 60_000 + RUNS * 6_000,
  }, async () => {
    const schemas = fc.sample(dearSchema, { numRuns: RUNS, seed: SEED })
    for (let at = 0; at < schemas.length; at += AT_ONCE) {
      const part = schemas.slice(at, at + AT_ONCE)
      const waited = await longestWait(() =>
        Promise.all(
          part.map(async (schema) => {
            const { end } = await ask({ format: { schema } })
            const isFine = end.type === 'call.end' || end.code === 'invalid_request'
            expect(isFine, JSON.stringify([schema, end]).slice(0, 2_000)).toBe(true)
          }),
        ),
      )
      expect(waited, JSON.stringify(part).slice(0, 5_000)).toBeLessThan(MOST_MS)
    }
  })
})
