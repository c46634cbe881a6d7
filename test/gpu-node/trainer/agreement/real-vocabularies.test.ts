import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { SEED } from '../../../support/property-runs.ts'
import type { ArchitectureName } from '../random-model.ts'
import { openTrainer, randomModel } from '../training-world.ts'
import { adapterOf, differenceOf, ofEngine, total } from './engine-likelihood.ts'
import { type RealVocabulary, realVocabularies } from './real-vocabulary.ts'

type Case = readonly [architecture: ArchitectureName, vocabulary: string]

/** Of 32,000 tokens each; the others have five times as many, and take as much longer. */
const SMALL: readonly Case[] = [
  ['gemma3', 'llama-spm'],
  ['phi3', 'phi-3'],
]

const CASES: readonly Case[] = inject('isLongRun')
  ? [...SMALL, ['llama', 'llama-bpe'], ['qwen2', 'qwen2'], ['qwen3', 'qwen35']]
  : SMALL.filter((_, index) => index === SEED % SMALL.length)

const TEXT = 'Der Zug nach 東京 leaves at 07:45, on platform 3½; naïve café-goers can’t miss it 🚆.'

let llama: Awaited<ReturnType<typeof getLlama>>
let vocabularies: ReadonlyMap<string, RealVocabulary>

beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error, maxThreads: 1 })
  vocabularies = await realVocabularies(CASES.map(([, name]) => name))
})
afterAll(() => llama.dispose())

describe('the trainer and the engine agree on the likelihood of a text in a real vocabulary', () => {
  it.each(CASES)('%s, %s', async (architecture, name) => {
    const real = vocabularies.get(name)
    if (real === undefined) throw new Error('The vocabulary was read.')
    const path = await randomModel({
      ...{ architecture, isTied: true, layers: 1, vocabulary: real.size, metadata: real.metadata },
    })
    const words = await llama.loadModel({ modelPath: path, vocabOnly: true })
    const tokens: number[] = words.tokenize(TEXT)
    expect(words.detokenize(words.tokenize(TEXT)).trim()).toBe(TEXT)
    await words.dispose()
    const text = { tokens, weights: tokens.map(() => 1) }
    const trainer = await openTrainer(path, { stirs: true })
    const sumOf = async (purpose: 'evaluate' | 'plain') =>
      total((await trainer.evaluate([text], 96, purpose)).map(({ logProbability }) => logProbability))
    const own = { adapted: await sumOf('evaluate'), plain: await sumOf('plain') }
    const adapter = await adapterOf(trainer)
    trainer.close()
    expect(differenceOf(own.plain, total(await ofEngine(llama, path, text)))).toBeLessThan(1e-3)
    expect(differenceOf(own.adapted, total(await ofEngine(llama, path, text, adapter)))).toBeLessThan(1e-3)
    expect(own.adapted).not.toBeCloseTo(own.plain, 1)
  })
})
