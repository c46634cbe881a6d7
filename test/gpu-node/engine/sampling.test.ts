import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GenerationRequest, TokenLogprob } from '../../../shared/generation.ts'
import { NodeEvent } from '../../../shared/wire.ts'
import { GREEDY } from '../../support/sampling.ts'
import { type Outcome, RunningEngine } from './running-engine.ts'

const WORDS = 'Grüße 👋🏽 aus 日本'

let running: RunningEngine

beforeAll(async () => {
  running = await RunningEngine.create({ contextTokens: 512 })
})
afterAll(() => running.engine.close())

const run = (over: Partial<GenerationRequest>, question = 'Hello!'): Promise<Outcome> =>
  running.chat(question, over).outcome
const logprobsOf = ({ deltas }: Outcome): TokenLogprob[] =>
  deltas.flatMap(([, , , extra]) => extra?.logprobs ?? [])
const textOf = (logprobs: readonly TokenLogprob[]): string =>
  Buffer.from(logprobs.flatMap(({ bytes }) => bytes)).toString()

describe('logit_bias', () => {
  it('forbids a token at -100 and forces one at 100', async () => {
    const { tokens } = await run({})
    const [first = 0] = tokens
    expect((await run({ logitBias: [[first, -100]] })).tokens).not.toContain(first)
    const forced = await run({ logitBias: [[700, 100]], maxTokens: 5 })
    expect(forced.tokens).toEqual([700, 700, 700, 700, 700])
  })

  it('moves the choice between equals a little', async () => {
    const { tokens } = await run({ logitBias: [[700, 0]] })
    expect(tokens).toEqual((await run({})).tokens)
  })

  it('forces nothing that a grammar does not allow', async () => {
    const { text } = await run({ logitBias: [[700, 100]], format: { schema: { enum: ['a', 'b'] } } })
    expect(['a', 'b']).toContain(JSON.parse(text))
  })

  it('names a token that does not exist', async () => {
    expect((await run({ logitBias: [[5_000, 1]] })).end).toMatchObject({
      code: 'invalid_request',
      param: 'logit_bias',
    })
  })
})

describe('logprobs', () => {
  it('come with the text of their tokens, one for each', async () => {
    running.events.length = 0
    const outcome = await run({ logprobs: 3 })
    for (const [, text, , extra] of outcome.deltas) expect(textOf(extra?.logprobs ?? [])).toBe(text)
    expect(logprobsOf(outcome)).toHaveLength(outcome.tokens.length)
    for (const event of running.events) expect(NodeEvent.safeParse(event).error).toBeUndefined()
    expect(outcome.text).toBe((await run({})).text)
  })

  it('are those of greedy tokens: the highest of the top', async () => {
    for (const { token, logprob, top } of logprobsOf(await run({ logprobs: 20 }))) {
      expect(top).toHaveLength(20)
      expect(top[0]).toMatchObject({ token, logprob })
      expect(top.reduce((sum, other) => sum + Math.exp(other.logprob), 0)).toBeLessThanOrEqual(1.00001)
      expect(top.map((other) => other.logprob)).toEqual(
        top.map((other) => other.logprob).sort((a, b) => b - a),
      )
    }
  })

  it('can be without others', async () => {
    const logprobs = logprobsOf(await run({ logprobs: 0, format: 'json_object', maxTokens: 10 }))
    expect(logprobs).toHaveLength(10)
    for (const { top, logprob } of logprobs) {
      expect(top).toEqual([])
      expect(logprob).toBeLessThanOrEqual(0)
    }
  })

  it('have the exact bytes of characters that are several tokens', async () => {
    const outcome = await run({ logprobs: 1, format: { schema: { const: WORDS } } })
    const logprobs = logprobsOf(outcome)
    expect(textOf(logprobs)).toBe(JSON.stringify(WORDS))
    expect(logprobs.some(({ token }) => token === '\ufffd')).toBe(true)
    for (const [, text, , extra] of outcome.deltas) expect(textOf(extra?.logprobs ?? [])).toBe(text)
  })

  it('leave out the tokens of a stop string', async () => {
    const outcome = await run({ logprobs: 1, stop: [' help'] })
    expect(textOf(logprobsOf(outcome))).toBe(outcome.text)
    expect(outcome.text).toBe('Hello! How can I')
  })

  it('have the token that a stop string begins in', async () => {
    const outcome = await run({ logprobs: 1, stop: ['help'] })
    expect(textOf(logprobsOf(outcome))).toBe('Hello! How can I help')
    expect(outcome.text).toBe('Hello! How can I ')
  })

  it.each<[string, Partial<GenerationRequest>]>([
    ['plain', {}],
    ['held text', { stop: ['can I help me', 'you?!'] }],
    ['split characters', { format: { schema: { const: WORDS } } }],
  ])('go on in a resumed answer: %s', async (_name, over) => {
    const whole = await run({ ...over, logprobs: 2 })
    for (let count = 1; count <= whole.deltas.length; count += 1) {
      const deltas = whole.deltas.slice(0, count)
      const rest = await run({ ...over, logprobs: 2, resume: deltas.flatMap(([, , tokens]) => tokens) })
      const joined = [...logprobsOf({ ...whole, deltas }), ...logprobsOf(rest)]
      expect(joined.map(({ bytes }) => bytes)).toEqual(logprobsOf(whole).map(({ bytes }) => bytes))
      joined.forEach(({ logprob }, index) => {
        expect(logprob).toBeCloseTo(logprobsOf(whole)[index]?.logprob ?? 1, 1)
      })
    }
  })
})

describe('response_format', () => {
  it('is kept at any temperature', async () => {
    const schema = {
      type: 'object',
      properties: { city: { enum: ['Rome', 'Oslo'] }, count: { type: 'integer', minimum: 1, maximum: 9 } },
      required: ['city', 'count'],
      additionalProperties: false,
    }
    for (let seed = 0; seed < 20; seed += 1) {
      const { text } = await run({ format: { schema }, sampling: { ...GREEDY, temperature: 2, seed } })
      expect(JSON.parse(text)).toEqual({
        city: expect.stringMatching(/^(Rome|Oslo)$/),
        count: expect.any(Number),
      })
    }
  })

  it('refuses by name what a grammar cannot say', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string', minLength: -1 } } }
    expect((await run({ format: { schema } })).end).toMatchObject({
      code: 'invalid_request',
      param: expect.stringContaining('response_format.json_schema.schema.properties.a'),
    })
  })
})
