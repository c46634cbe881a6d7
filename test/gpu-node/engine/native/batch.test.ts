import { getLlama, type Llama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { computeTokens } from '../../../../gpu-node/engine/native/batch.ts'
import { createSampler, type Logits } from '../../../../gpu-node/engine/native/internals.ts'
import { MEASURED_STEPS } from '../../../../gpu-node/engine/native/measured.ts'
import { STARTER } from '../running-engine.ts'

const TEXT = 'What is the capital of France? The capital of France is Paris.'
const CONTEXT_TOKENS = 64
const BATCH_TOKENS = 8

let llama: Llama
let model: LlamaModel

beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error })
  model = await llama.loadModel({ modelPath: STARTER })
})
afterAll(() => llama.dispose())

async function createWorld(sequences = 1, batchSize = 64) {
  const context = await model.createContext({ sequences, contextSize: CONTEXT_TOKENS, batchSize })
  return {
    sequences: Array.from({ length: sequences }, () => context.getSequence()),
    // A sampler of its own each time: those of a step may be at work at the same time.
    best: (logits: Logits) => {
      const greedy = createSampler(model, { temperature: 0, seed: 0 })
      return logits.sample(greedy).finally(() => greedy.dispose())
    },
  }
}

describe('computeTokens', () => {
  it('gives what is read at each of the last tokens, in order', async () => {
    const { sequences, best } = await createWorld()
    const [sequence] = sequences
    if (sequence === undefined) throw new Error('There is no sequence.')
    const tokens = model.tokenize(TEXT)
    const read = await computeTokens(sequence, { tokens, wanted: 3 }, async (logits, index) => {
      return [index, await best(logits)]
    })
    expect(read.map(([index]) => index)).toEqual([tokens.length - 3, tokens.length - 2, tokens.length - 1])
    expect(sequence.contextTokens).toEqual(tokens)
    expect(sequence.nextTokenIndex).toBe(tokens.length)
  })

  it('computes what is asked for in one tick together, and what is more than a batch in several', async () => {
    const tokens = model.tokenize(TEXT)
    expect(tokens.length).toBeGreaterThan(BATCH_TOKENS)
    const answers = async (batchSize: number) => {
      const { sequences, best } = await createWorld(3, batchSize)
      const parts = sequences.map((sequence, index) =>
        computeTokens(sequence, { tokens: tokens.slice(index), wanted: 2 }, best),
      )
      const read = await Promise.all(parts)
      expect(sequences.map(({ contextTokens }) => contextTokens)).toEqual(
        [0, 1, 2].map((n) => tokens.slice(n)),
      )
      return read
    }
    const whole = await answers(3 * CONTEXT_TOKENS)
    expect(whole.map(({ length }) => length)).toEqual([2, 2, 2])
    expect(await answers(BATCH_TOKENS)).toEqual(whole)
  })

  it('goes on behind what the sequence holds, as the library itself does', async () => {
    const { sequences, best } = await createWorld(2)
    const [own, other] = sequences
    if (own === undefined || other === undefined) throw new Error('There are too few sequences.')
    const tokens = model.tokenize(TEXT)
    await computeTokens(own, { tokens: tokens.slice(0, 5), wanted: 0 }, best)
    const [next] = await computeTokens(own, { tokens: tokens.slice(5), wanted: 1 }, best)
    const answer = other.evaluate(tokens, { temperature: 0, yieldEogToken: true })
    expect((await answer.next()).value).toBe(next)
    await own.eraseContextTokenRanges([{ start: 5, end: tokens.length }])
    expect(await computeTokens(own, { tokens: tokens.slice(5), wanted: 1 }, best)).toEqual([next])
  })

  it('fills a context but for its last place, and refuses one token more', async () => {
    const { sequences, best } = await createWorld()
    const [sequence] = sequences
    if (sequence === undefined) throw new Error('There is no sequence.')
    const [token = 1] = model.tokenize(TEXT)
    const filling = Array.from({ length: sequence.contextSize - 1 }, () => token)
    await computeTokens(sequence, { tokens: filling, wanted: 1 }, best)
    const more = computeTokens(sequence, { tokens: [token], wanted: 1 }, best)
    await expect(more).rejects.toThrow('The context is full.')
    await sequence.clearHistory()
    expect(await computeTokens(sequence, { tokens: [token], wanted: 1 }, best)).toHaveLength(1)
  })

  it('gives each sequence its own answer, whether sequences are computed together or one by one', async () => {
    const steps = 2 * MEASURED_STEPS // together, then one by one
    // Questions that the model is sure of: rounding, which is another for another size of batch, decides nothing.
    const prompts = ['France', 'Germany', 'Spain'].map((country) =>
      model.tokenize(
        `<|im_start|>user\nWhat is the capital of ${country}?<|im_end|>\n<|im_start|>assistant\n`,
        true,
      ),
    )
    const { sequences, best } = await createWorld(prompts.length)
    const step = (sequence: number, tokens: readonly number[]): Promise<number[]> => {
      const used = sequences[sequence]
      if (used === undefined) throw new RangeError('There are too few sequences.')
      return computeTokens(used, { tokens, wanted: 1 }, best)
    }
    const side = prompts.map(() => [] as number[])
    let next: readonly (readonly number[])[] = prompts
    for (let count = 0; count <= steps; count += 1) {
      next = await Promise.all(next.map((tokens, index) => step(index, tokens)))
      for (const [index, tokens] of next.entries()) side[index]?.push(...tokens)
    }
    await Promise.all(sequences.map((sequence) => sequence.clearHistory()))
    for (const [index, prompt] of prompts.entries()) {
      const alone: number[] = []
      let tokens: readonly number[] = prompt
      for (let count = 0; count <= steps; count += 1) {
        tokens = await step(index, tokens)
        alone.push(...tokens)
      }
      expect(side[index]).toEqual(alone)
    }
  })

  it('fails only the part that cannot be read', async () => {
    const { sequences, best } = await createWorld(2)
    const failure = new Error('unreadable')
    const tokens = model.tokenize(TEXT)
    const parts = sequences.map((sequence, index) =>
      computeTokens(sequence, { tokens, wanted: 1 }, (logits) =>
        index === 0 ? Promise.reject(failure) : best(logits),
      ),
    )
    const [failed, done] = await Promise.allSettled(parts)
    expect(failed).toEqual({ status: 'rejected', reason: failure })
    expect(done?.status).toBe('fulfilled')
    expect(sequences[1]?.contextTokens).toEqual(tokens)
  })
})
