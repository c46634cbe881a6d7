import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STARTER_TOOLS } from '../../../../scripts/starter/families/examples.ts'
import type { GenerationRequest, Message, ToolDefinition, Tools } from '../../../../shared/generation.ts'
import { NodeEvent, type StepDelta } from '../../../../shared/wire.ts'
import { GREEDY } from '../../../support/sampling.ts'
import { type Outcome, RunningEngine } from '../running-engine.ts'

const QUESTION = 'Calculate the derivative of x^3 + 2x^2 - 5x + 7'
const EXPRESSION = 'derivative of x^3 + 2x^2 - 5x + 7'

const DEFINITIONS: ToolDefinition[] = STARTER_TOOLS
const STRICT = DEFINITIONS.map((definition) => ({ ...definition, strict: true }))
const tools = (over: Partial<Tools> = {}): Tools => ({
  definitions: DEFINITIONS,
  choice: 'auto',
  parallel: true,
  ...over,
})

let running: RunningEngine

beforeAll(async () => {
  running = await RunningEngine.create({ contextTokens: 1_024 })
})
afterAll(() => running.engine.close())

const run = (over: Partial<GenerationRequest>, messages?: Message[]): Promise<Outcome> =>
  running.generate({
    prompt: { kind: 'chat', messages: messages ?? [{ role: 'user', content: QUESTION }] },
    maxTokens: 120,
    ...over,
  }).outcome

interface Call {
  name: string
  arguments: string
}

/** Calls put together from pieces, as a client does it. */
function callsOf(deltas: readonly StepDelta[]): Call[] {
  const calls: Call[] = []
  for (const piece of deltas.flatMap(([, , , extra]) => extra?.toolCalls ?? [])) {
    if (piece.name !== undefined) {
      expect(calls).toHaveLength(piece.index)
      calls.push({ name: piece.name, arguments: '' })
    }
    const call = calls[piece.index]
    if (call) call.arguments += piece.arguments
  }
  return calls
}

const hot = (seed: number) => ({ ...GREEDY, temperature: 1.7, seed })

describe('tools', () => {
  it.each([
    ['auto', tools()],
    ['auto, strict', tools({ definitions: STRICT })],
    ['required', tools({ choice: 'required' })],
    ['one by its name', tools({ choice: { name: 'math_calculator' }, definitions: STRICT })],
    ['without schemas', tools({ definitions: DEFINITIONS.map(({ parameters: _, ...rest }) => rest) })],
  ])('are called by the starter model: %s', async (_name, given) => {
    running.events.length = 0
    const { text, end, deltas } = await run({ tools: given })
    const [call, ...others] = callsOf(deltas)
    expect(call?.name).toBe('math_calculator')
    expect(JSON.parse(call?.arguments ?? '')).toEqual({ expression: EXPRESSION })
    expect(others).toEqual([])
    expect(text).toBe('')
    expect(end).toMatchObject({ type: 'call.end', finishReason: 'tool_calls' })
    expect(deltas.filter(([, , , extra]) => extra?.toolCalls).length).toBeGreaterThan(5)
    for (const event of running.events) expect(NodeEvent.safeParse(event).error).toBeUndefined()
  })

  it('give results that the starter model answers from', async () => {
    const { deltas } = await run({ tools: tools() })
    const [call] = callsOf(deltas)
    const { text, end } = await run({ tools: tools() }, [
      { role: 'user', content: QUESTION },
      { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', name: '', arguments: '', ...call }] },
      { role: 'tool', toolCallId: 'call_1', content: '3x^2 + 4x - 5' },
    ])
    expect(text).toContain('3x^2 + 4x - 5')
    expect(end).toMatchObject({ finishReason: 'stop' })
  })

  it('are left alone where a model just answers', async () => {
    const { text, end, deltas } = await run({ tools: tools() }, [{ role: 'user', content: 'Hello!' }])
    expect(callsOf(deltas)).toEqual([])
    expect(text.length).toBeGreaterThan(5)
    expect(end).toMatchObject({ finishReason: 'stop' })
  })

  it('are not called when they may not be', async () => {
    for (let seed = 0; seed < 5; seed += 1) {
      const sampling = seed === 0 ? GREEDY : hot(seed)
      const { text, deltas, end } = await run({ tools: tools({ choice: 'none' }), sampling })
      expect(callsOf(deltas)).toEqual([])
      expect(text).not.toMatch(/^\s*\{\s*"tool"\s*:\s*"(web_search|math_calculator|python_executor)"/mu)
      expect(end).not.toMatchObject({ finishReason: 'tool_calls' })
    }
  })

  it.each([
    ['required', tools({ choice: 'required', definitions: STRICT, parallel: false })],
    ['several', tools({ choice: 'required', definitions: STRICT })],
    ['by name', tools({ choice: { name: 'web_search' }, definitions: STRICT })],
  ])('are called with valid arguments at any temperature when they must be: %s', async (_name, given) => {
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, seed) => run({ tools: given, sampling: hot(seed), maxTokens: 400 })),
    )
    let whole = 0
    for (const { text, deltas, end } of outcomes) {
      const calls = callsOf(deltas)
      expect(text).toBe('')
      if (!given.parallel || typeof given.choice === 'object') expect(calls.length).toBeLessThanOrEqual(1)
      if (end.type !== 'call.end' || end.finishReason !== 'tool_calls') continue
      whole += 1
      expect(calls.length).toBeGreaterThan(0)
      for (const { name, arguments: json } of calls) {
        const key = { web_search: 'query', math_calculator: 'expression', python_executor: 'code' }[name]
        expect(JSON.parse(json)).toEqual({ [key ?? '']: expect.any(String) })
        if (typeof given.choice === 'object') expect(name).toBe(given.choice.name)
      }
    }
    expect(whole).toBeGreaterThan(8)
  })

  it('stand beside a form of answer', async () => {
    const format = {
      schema: {
        type: 'object',
        properties: { answer: { enum: ['yes', 'no'] } },
        required: ['answer'],
        additionalProperties: false,
      },
    }
    const called = await run({ tools: tools(), format })
    expect(callsOf(called.deltas)).toHaveLength(1)
    const answered = await run({ tools: tools({ choice: 'none' }), format })
    expect(JSON.parse(answered.text)).toEqual({ answer: expect.stringMatching(/^(yes|no)$/u) })
    const greeted = await run({ tools: tools(), format }, [{ role: 'user', content: 'Hello!' }])
    const said =
      greeted.text === '' ? callsOf(greeted.deltas).map(({ arguments: json }) => json) : [greeted.text]
    for (const json of said) expect(JSON.parse(json)).toEqual(expect.any(Object))
  })

  it.each(['auto', 'required'] as const)('are only called where they are allowed: %s', async (choice) => {
    const { deltas, text } = await run({ tools: tools({ choice, allowed: ['web_search'] }) })
    const names = callsOf(deltas).map(({ name }) => name)
    if (choice === 'required') expect(names).not.toEqual([])
    expect(names.every((name) => name === 'web_search')).toBe(true)
    expect(text).not.toContain('"math_calculator"')
  })

  it('do not stop at a stop string in their arguments', async () => {
    const { deltas, end } = await run({ tools: tools(), stop: ['x^3'] })
    expect(JSON.parse(callsOf(deltas)[0]?.arguments ?? '')).toEqual({ expression: EXPRESSION })
    expect(end).toMatchObject({ finishReason: 'tool_calls' })
  })

  it('are cut by the limit of tokens, and end with its name', async () => {
    const { deltas, end } = await run({ tools: tools(), maxTokens: 20 })
    expect(callsOf(deltas)).toMatchObject([{ name: 'math_calculator' }])
    expect(end).toMatchObject({ finishReason: 'length' })
  })

  it.each([
    ['required', tools({ choice: 'required' })],
    ['by name', tools({ choice: { name: 'math_calculator' } })],
    ['auto', tools()],
  ])('are never told as text when they are cut: %s', async (_name, given) => {
    for (let maxTokens = 1; maxTokens <= 16; maxTokens += 1) {
      const { text, tokens, deltas, end } = await run({ tools: given, maxTokens, logprobs: 0 })
      expect(text).toBe('')
      expect(tokens).toHaveLength(maxTokens)
      expect(deltas.flatMap(([, , , extra]) => extra?.logprobs ?? [])).toEqual([])
      expect(end).toMatchObject({ finishReason: 'length', usage: { completionTokens: maxTokens } })
    }
  })

  it('are told of before the first token where a node is asked, and only there', async () => {
    const hard = { name: 'hard', strict: false, parameters: { type: 'object', not: { required: ['a'] } } }
    const definitions = [...DEFINITIONS, hard]
    const told = async (over: Partial<Tools>) => {
      const { deltas } = await run({ tools: tools({ definitions, ...over }), maxTokens: 4 })
      return deltas.map(([, , tokens, extra]) => [tokens.length, extra?.unenforced])
    }
    expect((await told({ tellUnenforced: true }))[0]).toEqual([0, ['hard']])
    expect((await told({ tellUnenforced: true, definitions: DEFINITIONS }))[0]).toEqual([0, []])
    expect((await told({ tellUnenforced: true, allowed: ['web_search'] }))[0]).toEqual([0, []])
    expect((await told({})).map(([, unenforced]) => unenforced)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  it('have no log probabilities: they are no content', async () => {
    const { deltas } = await run({ tools: tools(), logprobs: 2 })
    expect(deltas.flatMap(([, , , extra]) => extra?.logprobs ?? [])).toEqual([])
    const plain = await run({ tools: tools(), logprobs: 2 }, [{ role: 'user', content: 'Hello!' }])
    const said = plain.deltas.flatMap(([, , , extra]) => extra?.logprobs ?? []).map(({ token }) => token)
    expect(said.join('')).toBe(plain.text)
  })

  it.each<[string, Partial<GenerationRequest>]>([
    ['auto', { tools: tools() }],
    ['strict', { tools: tools({ definitions: STRICT, choice: 'required' }) }],
    [
      'several',
      { tools: tools({ choice: 'required' }), sampling: { ...GREEDY, frequencyPenalty: 1 }, maxTokens: 90 },
    ],
  ])('go on where another node stopped: %s', async (_name, over) => {
    const whole = await run(over)
    const counts = Array.from({ length: whole.deltas.length }, (_, index) => index + 1)
    const resumed = await Promise.all(
      counts.map((count) => {
        const had = whole.deltas.slice(0, count)
        return run({ ...over, resume: had.flatMap(([, , tokens]) => tokens) })
      }),
    )
    for (const [index, outcome] of resumed.entries()) {
      const had = whole.deltas.slice(0, index + 1)
      expect(callsOf([...had, ...outcome.deltas])).toEqual(callsOf(whole.deltas))
      expect([...had.flatMap(([, , tokens]) => tokens), ...outcome.tokens]).toEqual(whole.tokens)
      expect(outcome.end).toMatchObject({
        finishReason: whole.end.type === 'call.end' && whole.end.finishReason,
      })
    }
  })

  it.each<[Tools, string]>([
    [tools({ choice: { name: 'other' } }), 'tool_choice'],
    [tools({ definitions: [...DEFINITIONS, ...DEFINITIONS] }), 'tools[3].function.name'],
    [
      tools({
        definitions: [
          { name: 'a', strict: true, parameters: { type: 'object', properties: { b: { minLength: -1 } } } },
        ],
      }),
      'tools[0].function.parameters.properties.b.minLength',
    ],
    [
      tools({ definitions: [{ name: 'a', strict: true, parameters: { type: 'string' } }] }),
      'tools[0].function.parameters',
    ],
  ])('are refused by name (%#)', async (given, param) => {
    expect((await run({ tools: given })).end).toMatchObject({ code: 'invalid_request', param })
  })
})
