import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getLlama, type Llama, LlamaLogLevel, type LlamaModel, type Token } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DecodeOptions, Decoder, Likelihood } from '../../../../gpu-node/engine/decode/sequence.ts'
import { compileJsonSchema } from '../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import { NativeGrammars } from '../../../../gpu-node/engine/native/grammars.ts'
import { acceptToken, releaseAdapter } from '../../../../gpu-node/engine/native/internals.ts'
import { NativeSequence } from '../../../../gpu-node/engine/native/sequence.ts'
import { Speculation } from '../../../../gpu-node/engine/native/speculation.ts'
import { GREEDY } from '../../../support/sampling.ts'
import { writeLora } from '../lora.ts'
import { STARTER } from '../running-engine.ts'

const PROMPT = 'What is the capital of France? The capital of France is'
const JSON_GRAMMAR = compileJsonSchema({ type: 'object' }).grammar

let llama: Llama
let model: LlamaModel
let grammars: NativeGrammars

beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error })
  model = await llama.loadModel({ modelPath: STARTER })
  grammars = new NativeGrammars(model)
})
afterAll(() => llama.dispose())

async function createSequence() {
  const context = await model.createContext({ sequences: 1, contextSize: 128 })
  const sequence = context.getSequence()
  return { sequence, native: new NativeSequence({ sequence, grammars, speculation: new Speculation() }) }
}

async function sample(decoder: Decoder, count: number) {
  const tokens: number[] = []
  const likelihoods: Likelihood[][] = []
  while (tokens.length < count) {
    tokens.push(...(await decoder.next()))
    likelihoods.push([...(decoder.likelihoods ?? [])])
  }
  decoder.end()
  return { tokens, likelihoods }
}

describe('what the engine uses of the inside of node-llama-cpp', () => {
  const decode = async (over: Partial<DecodeOptions>, count = 8) => {
    const { native } = await createSequence()
    const tokens = model.tokenize(PROMPT)
    return sample(native.decode({ tokens, sampling: GREEDY, maxTokens: count, ...over }), count)
  }

  it('samples what the public interface samples', async () => {
    const { sequence } = await createSequence()
    const expected: number[] = []
    for await (const token of sequence.evaluate(model.tokenize(PROMPT), { yieldEogToken: true })) {
      expected.push(token)
      if (expected.length === 8) break
    }
    expect((await decode({})).tokens).toEqual(expected)
  })

  it('reads the log probabilities that the public interface gives for the same place', async () => {
    const { tokens, likelihoods } = await decode({ topCount: 5 })
    const { sequence } = await createSequence()
    // In the same pieces as the engine computes them: a batch of another size rounds differently.
    const probabilitiesBehind = async (input: readonly Token[]) => {
      const generateNext = { probabilities: true, options: { temperature: 0 } } as const
      const places = await sequence.controlledEvaluate(
        input.map((token, index) => (index < input.length - 1 ? token : [token, { generateNext }])),
      )
      return places.at(-1)?.next.probabilities ?? new Map<Token, number>()
    }
    let input: readonly Token[] = model.tokenize(PROMPT)
    for (const [index, token] of tokens.entries()) {
      const [likelihood] = likelihoods[index] ?? []
      // A greedy sampler drops nothing, so these are the probabilities of the whole vocabulary.
      const whole = await probabilitiesBehind(input)
      const ranked = [...whole].sort(([, a], [, b]) => b - a)
      expect(whole.size).toBe(model.fileInfo.metadata.tokenizer.ggml.tokens.length)
      expect(ranked.reduce((sum, [, probability]) => sum + probability, 0)).toBeCloseTo(1, 4)
      expect(likelihood?.token).toBe(token)
      expect(likelihood?.top[0]).toEqual([token, likelihood?.logprob])
      expect(likelihood?.top.map(([other]) => other)).toEqual(ranked.slice(0, 5).map(([other]) => other))
      for (const [other, logprob] of likelihood?.top ?? []) {
        expect(Math.exp(logprob)).toBeCloseTo(whole.get(other as Token) ?? -1, 5)
      }
      input = [token as Token]
    }
  })

  it('reads probabilities that add up to one', async () => {
    const size = model.fileInfo.metadata.tokenizer.ggml.tokens.length
    const { likelihoods } = await decode({ topCount: size, grammar: JSON_GRAMMAR }, 3)
    for (const [likelihood] of likelihoods) {
      expect(likelihood?.top).toHaveLength(size)
      const sum = likelihood?.top.reduce((total, [, logprob]) => total + Math.exp(logprob), 0)
      expect(sum).toBeCloseTo(1, 4)
    }
  })

  it.each<[string, Partial<DecodeOptions>]>([
    ['greedy', {}],
    ['at random', { sampling: { ...GREEDY, temperature: 1.5, topP: 0.9, topK: 50, minP: 0.01 } }],
    ['under a grammar', { grammar: JSON_GRAMMAR }],
    ['under penalties', { sampling: { ...GREEDY, frequencyPenalty: 1 } }],
    ['under biases', { logitBias: [[700, 100]] }],
  ])('samples the same tokens with likelihoods as without: %s', async (_name, over) => {
    expect((await decode({ ...over, topCount: 20 })).tokens).toEqual((await decode(over)).tokens)
  })

  it('shows the likelihoods of resumed tokens as if it had sampled them', async () => {
    const whole = await decode({ topCount: 2 })
    const resumed = whole.tokens.slice(0, 4)
    const { native } = await createSequence()
    const tokens = [...model.tokenize(PROMPT), ...resumed]
    const rest = await sample(
      native.decode({ tokens, sampling: GREEDY, maxTokens: 8, topCount: 2, resumed, rated: 3 }),
      2,
    )
    const expected = whole.likelihoods.flat()
    expect(rest.likelihoods[0]?.map(({ token }) => token)).toEqual(
      expected.slice(1, 5).map(({ token }) => token),
    )
    rest.likelihoods[0]?.forEach(({ logprob }, index) => {
      expect(logprob).toBeCloseTo(expected[index + 1]?.logprob ?? 0, 2)
    })
    expect(rest.likelihoods[1]).toHaveLength(1)
  })

  it('moves a grammar on by tokens that were sampled elsewhere, and knows those that do not fit', () => {
    const state = grammars.stateBehind(JSON_GRAMMAR, model.tokenize('{"a":'))
    for (const token of model.tokenize('1}')) acceptToken(model, state, token)
    expect(() => grammars.stateBehind(JSON_GRAMMAR, model.tokenize('Hello'))).toThrow(
      'The resumed tokens do not fit what the answer is held to.',
    )
  })
})

describe('an adapter', () => {
  it('stays in memory while a context has it, and no longer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-adapter-'))
    const path = join(folder, 'adapter.gguf')
    const lora = { adapters: [{ filePath: path }] }
    const open = () => model.createContext({ contextSize: 128, lora, failedCreationRemedy: false })
    await writeLora(path)
    const contexts = [await open(), await open()]
    await rm(folder, { recursive: true })
    for (const context of contexts) {
      await (await open()).dispose() // from memory
      await releaseAdapter(model, path, 1)
      await context.dispose()
      await releaseAdapter(model, path, 1)
    }
    await expect(open()).rejects.toThrow()
    await releaseAdapter(model, path, 0)
  })
})
