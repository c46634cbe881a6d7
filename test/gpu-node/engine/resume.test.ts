import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GenerationRequest } from '../../../shared/generation.ts'
import { GREEDY } from '../../support/sampling.ts'
import { type Outcome, RunningEngine } from './running-engine.ts'

const TEXT = 'Grüße 👋🏽 aus 日本, “naïve”'
/** Biases of the tokens with which the starter model ends. */
const NO_END: [number, number][] = [
  [2, -100],
  [4, -100],
]
const HOT = { ...GREEDY, temperature: 1.5, seed: 11 }

let running: RunningEngine

beforeAll(async () => {
  running = await RunningEngine.create({ contextTokens: 512 })
})
afterAll(() => running.engine.close())

type Over = Partial<GenerationRequest>
const run = (question: string, over: Over): Promise<Outcome> => running.chat(question, over).outcome

/** The text that a reader had, and the tokens that it had seen, when so many deltas had come. */
function cutAt(outcome: Outcome, count: number): { text: string; tokens: number[] } {
  const deltas = outcome.deltas.slice(0, count)
  return { text: deltas.map(([, text]) => text).join(''), tokens: deltas.flatMap(([, , tokens]) => tokens) }
}

describe('a resumed generation', () => {
  it.each<[string, string, Over]>([
    ['plain text', 'How do I start Switchyard?', {}],
    [
      'a stop string that is held and comes',
      'How do I start Switchyard?',
      { stop: ['edge on', 'local edge'] },
    ],
    [
      'stop strings that are held and do not come',
      'Hello!',
      { stop: ['can I help me', 'you?!', '! How is'] },
    ],
    ['a limit', 'How do I start Switchyard?', { maxTokens: 9 }],
    ['characters of several tokens', 'Hello!', { format: { schema: { const: TEXT } } }],
    ['a grammar', 'Tell me a story.', { format: 'json_object', maxTokens: 60 }],
    [
      'penalties',
      'Hello!',
      {
        sampling: { ...GREEDY, frequencyPenalty: 1.5, presencePenalty: 0.5 },
        format: 'json_object',
        maxTokens: 60,
      },
    ],
    [
      'a schema',
      'Who are you?',
      {
        format: {
          schema: {
            type: 'object',
            properties: {
              name: { type: 'string', maxLength: 20 },
              sizes: { type: 'array', items: { type: 'integer' }, maxItems: 3 },
            },
            required: ['name', 'sizes'],
            additionalProperties: false,
          },
        },
      },
    ],
  ])('goes on as if nothing had happened, wherever it was cut: %s', async (_name, question, over) => {
    const whole = await run(question, over)
    expect(whole.end.type).toBe('call.end')
    const counts = Array.from({ length: whole.deltas.length }, (_, index) => index + 1)
    const resumed = await Promise.all(
      counts.map((count) => run(question, { ...over, resume: cutAt(whole, count).tokens })),
    )
    for (const [index, outcome] of resumed.entries()) {
      const had = cutAt(whole, counts[index] ?? 0)
      expect(had.text + outcome.text).toBe(whole.text)
      expect([...had.tokens, ...outcome.tokens]).toEqual(whole.tokens)
      const { finishReason, usage } = outcome.end as Extract<Outcome['end'], { type: 'call.end' }>
      const expected = whole.end as Extract<Outcome['end'], { type: 'call.end' }>
      expect(finishReason).toBe(expected.finishReason)
      expect(usage.completionTokens).toBe(expected.usage.completionTokens)
      expect(usage.promptTokens).toBe(expected.usage.promptTokens)
    }
  })

  it('draws random numbers of its own', async () => {
    const over = { sampling: HOT, maxTokens: 30, logitBias: NO_END }
    const { tokens } = await run('Hello!', over)
    const once = await run('Hello!', { ...over, resume: tokens.slice(0, 10) })
    const again = await run('Hello!', { ...over, resume: tokens.slice(0, 10) })
    expect(once.tokens).toHaveLength(20)
    expect(once.tokens).toEqual(again.tokens)
    expect(once.tokens).not.toEqual(tokens.slice(0, 20))
    expect(once.tokens).not.toEqual(tokens.slice(10))
  })

  it('still matches its grammar with random tokens', async () => {
    const over: Over = { sampling: HOT, format: { schema: { enum: ['one word', 'two words', 'grüße'] } } }
    const whole = await run('Hello!', over)
    for (let count = 1; count < whole.tokens.length; count += 1) {
      const had = cutAt(whole, count)
      const rest = await run('Hello!', { ...over, resume: had.tokens })
      expect(['one word', 'two words', 'grüße']).toContain(JSON.parse(had.text + rest.text))
    }
  })

  it('keeps to the context limit, and to what its model knows', async () => {
    const prompt = { kind: 'tokens' as const, tokens: Array.from({ length: 500 }, () => 623) }
    const resume = Array.from({ length: 10 }, () => 624)
    const full = await running.generate({ prompt, resume, logitBias: NO_END }).outcome
    expect(full.end).toMatchObject({ finishReason: 'length', usage: { completionTokens: 12 } })
    const over = await running.generate({ prompt, resume: [...resume, 624, 624, 624] }).outcome
    expect(over.end).toMatchObject({
      finishReason: 'length',
      usage: { promptTokens: 500, completionTokens: 12 },
    })
    const strange = await run('Hello!', { resume: [5_000] })
    expect(strange.end).toMatchObject({ code: 'invalid_request', param: 'resume' })
  })

  it('is over at once when it was over', async () => {
    const { tokens } = await run('Hello!', { maxTokens: 5 })
    const { end, deltas } = await run('Hello!', { maxTokens: 5, resume: tokens })
    expect(deltas).toEqual([])
    expect(end).toMatchObject({ finishReason: 'length', usage: { promptTokens: 10, completionTokens: 5 } })
  })

  it('fails by name when its tokens do not fit its grammar', async () => {
    const { tokens } = await run('Hello!', {})
    const { end } = await run('Hello!', { format: 'json_object', resume: tokens.slice(0, 2) })
    expect(end).toMatchObject({ type: 'call.error', code: 'invalid_request', param: 'resume' })
  })
})
