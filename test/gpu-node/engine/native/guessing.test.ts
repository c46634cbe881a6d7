import { getLlama, type Llama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DecodeOptions } from '../../../../gpu-node/engine/decode/sequence.ts'
import type { ModelSpec } from '../../../../gpu-node/engine/messages.ts'
import { NativeGrammars } from '../../../../gpu-node/engine/native/grammars.ts'
import { NativeSequence } from '../../../../gpu-node/engine/native/sequence.ts'
import { GUESS_LENGTHS } from '../../../../gpu-node/engine/native/speculation.ts'
import type { GenerationRequest } from '../../../../shared/generation.ts'
import { GREEDY } from '../../../support/sampling.ts'
import { RunningEngine, STARTER } from '../running-engine.ts'

const CONTEXT_TOKENS = 256
/** A prompt that repeats itself: what comes next is easily guessed, and often wrong. */
const SENTENCE = 'The capital of France is Paris. The capital of Germany is Berlin. '
const PROMPT = `${SENTENCE}${SENTENCE}The capital of France is`

let llama: Llama
let model: LlamaModel
let grammars: NativeGrammars
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error })
  model = await llama.loadModel({ modelPath: STARTER })
  grammars = new NativeGrammars(model)
})
afterAll(() => llama.dispose())

/** Decodes alone in a context, with as many guesses a step as `most` says and there are; without any where they are off. */
async function answer(most: number | 'off', over: Partial<DecodeOptions> = {}, count = 40) {
  const context = await model.createContext({ sequences: 1, contextSize: CONTEXT_TOKENS })
  const sequence = context.getSequence()
  const noted: number[] = []
  const speculation =
    most === 'off'
      ? undefined
      : {
          lengthFor: (available: number) => Math.min(available, most),
          note: (guessed: number) => void noted.push(guessed),
        }
  const native = new NativeSequence({ sequence, grammars, speculation })
  const prompt = model.tokenize(PROMPT)
  const decoder = native.decode({ tokens: prompt, sampling: GREEDY, maxTokens: count, ...over })
  const tokens: number[] = []
  let steps = 0
  while (tokens.length < count) {
    const next = await decoder.next(true)
    tokens.push(...next)
    steps += 1
    // The last one is computed with the next step.
    expect(sequence.contextTokens).toEqual([...prompt, ...tokens.slice(0, -1)])
    expect(sequence.nextTokenIndex).toBe(sequence.contextTokens.length)
    if (next.some((token) => model.isEogToken(token as never))) break
  }
  decoder.end()
  await context.dispose()
  return { tokens, guessed: noted.reduce((sum, guesses) => sum + guesses, 0), steps }
}

describe('an answer with guesses', () => {
  it('is the same as without, in fewer steps', async () => {
    const plain = await answer(0)
    expect(plain.guessed).toBe(0)
    for (const most of GUESS_LENGTHS) {
      const { tokens, guessed, steps } = await answer(most)
      expect(tokens).toEqual(plain.tokens)
      expect(guessed).toBeGreaterThan(0)
      expect(steps).toBeLessThan(plain.steps)
    }
  })

  it('has a token each step, and is the same, where guessing is off', async () => {
    const { tokens, steps } = await answer('off')
    expect(steps).toBe(tokens.length)
    expect(tokens).toEqual((await answer(4)).tokens)
  })

  it('is the same where tokens are drawn: each is drawn once, in its turn', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const sampling = { ...GREEDY, temperature: 0.7, topK: 40, seed }
      const plain = await answer(0, { sampling })
      expect((await answer(4, { sampling })).tokens).toEqual(plain.tokens)
    }
  })

  it('is the same with penalties, biases and tokens that others forbid', async () => {
    const [token = 1] = model.tokenize(' Paris')
    const over: Partial<DecodeOptions> = {
      sampling: { ...GREEDY, frequencyPenalty: 0.7, presencePenalty: 0.3 },
      logitBias: [[token, -2]],
      forbiddenAfter: (last) => (last % 2 === 0 ? [token] : [token + 1]),
    }
    expect((await answer(4, over)).tokens).toEqual((await answer(0, over)).tokens)
  })

  it('keeps to its grammar, and ends with it', async () => {
    const grammar = 'root ::= (" Paris. The capital of France is"){3} " Paris."'
    const plain = await answer(0, { grammar }, 80)
    const guessing = await answer(8, { grammar }, 80)
    expect(guessing.tokens).toEqual(plain.tokens)
    expect(guessing.guessed).toBeGreaterThan(0)
  })

  it('has no more tokens than it may, to the last one', async () => {
    for (const count of [1, 2, 3, 5]) expect((await answer(8, {}, count)).tokens).toHaveLength(count)
  })

  it('is not guessed at where probabilities are asked for', async () => {
    expect((await answer(8, { topCount: 2 })).guessed).toBe(0)
  })
})

describe('an engine', () => {
  /** A token of the starter model that is an ordinary word: said again and again, it is easily guessed. */
  const WORD = 623
  const sayAgain = async (model: Pick<ModelSpec, 'speculation'>) => {
    const running = await RunningEngine.create({ ...model, slots: 1 })
    const prompt: GenerationRequest['prompt'] = { kind: 'tokens', tokens: [WORD] }
    const call = running.generate({ prompt, logitBias: [[WORD, 100]], maxTokens: 48 })
    const outcome = await call.outcome
    await running.engine.close()
    return outcome
  }

  it('guesses ahead, and does not where its model is not to', async () => {
    const [guessing, plain] = [await sayAgain({}), await sayAgain({ speculation: 'off' })]
    expect(guessing.tokens).toHaveLength(48)
    expect(guessing.steps).toBeLessThan(48)
    expect(plain.steps).toBe(48)
    expect(plain.tokens).toEqual(guessing.tokens)
  })
})
