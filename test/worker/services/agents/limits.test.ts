import { describe, expect, it, vi } from 'vitest'
import type { Loop } from '../../../../worker/services/agents/hands.ts'
import {
  MAX_CALLS_AT_A_TIME,
  MAX_PLAN_STEPS,
  MAX_STEPS,
  MAX_TOOL_CALLS,
  RUN_KEPT_MS,
  RUN_LIMIT_MS,
  STEP_TOKENS,
} from '../../../../worker/services/agents/limits.ts'
import { react } from '../../../../worker/services/agents/loops/react.ts'
import {
  bounded,
  everShorter,
  MAX_STEP_CODE,
  MAX_STEP_ITEMS,
  MAX_STEP_TEXT,
} from '../../../../worker/services/agents/loops/step-schema.ts'
import { createModelSizes } from '../../../../worker/services/agents/model-sizes.ts'
import type { RunModel } from '../../../../worker/services/agents/run-model.ts'
import { call, echoTool, runLoop } from './scripted-run.ts'

/** A loop that has so many calls done at once. */
const using =
  (count: number): Loop =>
  async (hands) => {
    const decided = { tool: 'echo', decidedBy: 'rule' as const }
    await hands.use(
      Array.from({ length: count }, (_, at) => ({ ...decided, arguments: { text: String(at) } })),
    )
    await hands.say('Done.')
  }

const endsOf = (events: readonly { type: string }[]) => events.filter(({ type }) => type === 'step.ended')

describe('a run', () => {
  it('has the limits that are told of it', () => {
    expect([MAX_STEPS, MAX_TOOL_CALLS, MAX_CALLS_AT_A_TIME, MAX_PLAN_STEPS]).toEqual([12, 16, 4, 8])
    expect([RUN_LIMIT_MS, RUN_KEPT_MS]).toEqual([120_000, 30 * 86_400_000])
  })

  it('does the same call once, also where it is asked for twice at a time', async () => {
    const run = vi.fn(async () => ({ text: 'kept' }))
    const twice = [1, 2].map(() => ({ tool: 'echo', arguments: { text: 'a' }, decidedBy: 'rule' as const }))
    const { events } = await runLoop(
      async (hands) => {
        await hands.use(twice)
        await hands.say('Done.')
      },
      { tools: [echoTool('echo', { effect: 'changes', run })] },
    )
    expect(run).toHaveBeenCalledOnce()
    expect(endsOf(events)).toMatchObject([
      { step: 1, shown: 'kept' },
      { step: 2, shown: expect.stringMatching(/done in step 1 already.*\nkept/s) },
    ])
  })

  it(`has ${MAX_TOOL_CALLS} calls of tools, and says that there was one more`, async () => {
    const most = await runLoop(using(MAX_TOOL_CALLS), {})
    expect([endsOf(most.events).length, most.summary.limit]).toEqual([MAX_TOOL_CALLS, null])
    const more = await runLoop(using(MAX_TOOL_CALLS + 1), {})
    expect([endsOf(more.events).length, more.summary.limit]).toEqual([MAX_TOOL_CALLS, 'tool_calls'])
  })

  it('is answered with what was said until its time was over', async () => {
    const model: RunModel = {
      async *generate(_messages, _wanted, signal) {
        yield { text: 'So far', tokens: [1] }
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        throw new Error('it was not stopped')
      },
    }
    const { summary, said } = await runLoop((hands) => hands.answer(hands.messages), {
      over: { model, now: () => RUN_LIMIT_MS },
    })
    expect([said, summary.limit, summary.finishReason]).toEqual(['So far', 'time', 'length'])
  })

  it(`gives a decision ${STEP_TOKENS} tokens, or half of a small context`, async () => {
    const tokensFor = async (contextTokens: number) =>
      (await runLoop(react, { spec: { contextTokens } })).prompts[0]?.maxTokens
    expect(await tokensFor(2 * STEP_TOKENS)).toBe(STEP_TOKENS)
    expect(await tokensFor(2 * STEP_TOKENS + 2)).toBe(STEP_TOKENS)
    expect(await tokensFor(2 * STEP_TOKENS - 2)).toBe(STEP_TOKENS - 1)
  })

  it('goes on after a tool that hangs, one that floods, and one that loses its node', async () => {
    const flood = 'x'.repeat(10_000_000)
    const read = vi.fn(async (_args, { resultOf }) => ({ text: String((await resultOf(2))?.length) }))
    const { events, prompts, said } = await runLoop(react, {
      tools: [
        echoTool('hangs', { limitMs: 10, run: () => new Promise(() => {}) }),
        echoTool('floods', { run: async () => ({ text: flood }) }),
        echoTool('reads', { run: read }),
      ],
      thoughts: [call('hangs', 'x'), call('floods', 'x'), call('reads', 'x')],
    })
    expect(endsOf(events)).toMatchObject([
      { ok: false, code: 'time_limit' },
      { ok: true, shown: expect.stringMatching(/characters are left out here/) },
      // The whole stays with its step.
      { ok: true, shown: '10000000' },
    ])
    expect(prompts.at(-1)?.text.length).toBeLessThan(10_000)
    expect(said).toBe('The answer.')
  })
})

describe('a decision', () => {
  it('is bounded in its texts, its programs and its lists', () => {
    const open = {
      type: 'object',
      properties: {
        text: { type: 'string' },
        code: { type: 'string', maxLength: MAX_STEP_CODE + 1 },
        short: { type: 'string', maxLength: MAX_STEP_TEXT - 1 },
        list: { type: 'array', items: { type: 'string' } },
      },
    }
    expect(bounded(open)).toMatchObject({
      properties: {
        text: { maxLength: MAX_STEP_TEXT },
        code: { maxLength: MAX_STEP_CODE },
        short: { maxLength: MAX_STEP_TEXT - 1 },
        list: { maxItems: MAX_STEP_ITEMS, items: { maxLength: MAX_STEP_TEXT } },
      },
    })
  })

  it('that ran out of tokens is asked for again, shorter each time, until it parses', async () => {
    const cut = '{"action": "echo", "arguments": {"text": "and so on'
    const { events, prompts, summary } = await runLoop(react, { thoughts: [cut, cut, call('echo', 'short')] })
    const lengths = prompts
      .slice(0, 3)
      .map(({ schema }) => /"maxLength":(\d+)/.exec(JSON.stringify(schema))?.[1])
    expect(lengths.map(Number)).toEqual([MAX_STEP_TEXT, MAX_STEP_TEXT / 4, Math.floor(MAX_STEP_TEXT / 16)])
    expect(endsOf(events)).toMatchObject([{ ok: true, usage: { completionTokens: 6 } }])
    expect(summary.usage.completionTokens).toBe(10)
  })

  it('keeps what its schema demands, however short it is to be', () => {
    const schema = {
      type: 'object',
      properties: { maxLength: { type: 'string', minLength: 3, maxLength: 8 }, one: { enum: ['maxItems'] } },
    }
    expect(everShorter(schema).at(-1)).toEqual({
      ...schema,
      properties: { maxLength: { type: 'string', minLength: 3, maxLength: 3 }, one: { enum: ['maxItems'] } },
    })
  })
})

describe('the size from which models decide', () => {
  it('is the operator’s', async () => {
    const snapshot = async () => [{ hello: { models: [{ id: 'mine', sizeBytes: 50 }] } }]
    // Of a node only its models' sizes are read.
    const pool = { snapshot } as unknown as Parameters<typeof createModelSizes>[0]
    expect(await createModelSizes(pool, 100).decides('mine')).toBe(true)
    expect(await createModelSizes(pool, 101).decides('mine')).toBe(false)
    expect(await createModelSizes(pool, 0).decides('unknown')).toBe(true)
  })
})
