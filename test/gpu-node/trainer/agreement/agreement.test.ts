import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tensor } from '../../../../gpu-node/model-files/gguf-writer.ts'
import { ARCHITECTURE_NAMES, type RandomModelOptions } from '../random-model.ts'
import { openTrainer, randomModel, sample } from '../training-world.ts'
import { adapterOf, differenceOf, ofEngine, total } from './engine-likelihood.ts'

let llama: Awaited<ReturnType<typeof getLlama>>

beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error, maxThreads: 1 })
})
afterAll(() => llama.dispose())

const LENGTH = 64
const SAMPLE = sample(40, 1)

/** Factors from `least` up. */
const factors = (name: string, count: number, least = 1): Tensor => ({
  name,
  shape: [count],
  type: 'F32',
  data: () => new Uint8Array(Float32Array.from({ length: count }, (_, index) => least + index / 4).buffer),
})

const MODELS: [string, RandomModelOptions][] = [
  ...ARCHITECTURE_NAMES.map((architecture): [string, RandomModelOptions] => [architecture, { architecture }]),
  ['llama with tied embeddings', { architecture: 'llama', isTied: true }],
  [
    'llama with factors of its angles',
    { architecture: 'llama', extraTensors: [factors('rope_freqs.weight', 16)] },
  ],
  [
    'phi3 in a context beyond its first',
    {
      architecture: 'phi3',
      extraTensors: [factors('rope_factors_long.weight', 8), factors('rope_factors_short.weight', 8, 2)],
      metadata: {
        'phi3.rope.scaling.original_context_length': { type: 'uint32', value: 64 },
        'phi3.rope.scaling.attn_factor': { type: 'float32', value: 1.2 },
      },
    },
  ],
  [
    'phi3 in a context within its first',
    {
      architecture: 'phi3',
      context: 512, // llama.cpp makes contexts of 256 tokens at least
      extraTensors: [factors('rope_factors_long.weight', 8), factors('rope_factors_short.weight', 8, 2)],
    },
  ],
  [
    'llama with linear scaling',
    {
      architecture: 'llama',
      metadata: {
        'llama.rope.scaling.type': { type: 'string', value: 'linear' },
        'llama.rope.scaling.factor': { type: 'float32', value: 4 },
      },
    },
  ],
  [
    'gemma3 whose layers without a window are scaled',
    {
      architecture: 'gemma3',
      metadata: {
        'gemma3.rope.freq_base': { type: 'float32', value: 1_000_000 },
        'gemma3.rope.scaling.type': { type: 'string', value: 'linear' },
        'gemma3.rope.scaling.factor': { type: 'float32', value: 8 },
      },
    },
  ],
  ...(['llama', 'qwen2'] as const).map((architecture): [string, RandomModelOptions] => [
    `${architecture} with YaRN`,
    {
      architecture,
      metadata: {
        [`${architecture}.rope.scaling.type`]: { type: 'string', value: 'yarn' },
        [`${architecture}.rope.scaling.factor`]: { type: 'float32', value: 4 },
        [`${architecture}.rope.scaling.original_context_length`]: { type: 'uint32', value: 32 },
      },
    },
  ]),
]

describe('the trainer and the engine agree on the likelihood of a text', () => {
  it.each(MODELS)('%s', async (_, options) => {
    const path = await randomModel(options)
    const trainer = await openTrainer(path)
    const rows = await trainer.evaluate([SAMPLE], LENGTH)
    trainer.close()
    const engine = total(await ofEngine(llama, path, SAMPLE))
    const own = total(rows.map(({ logProbability }) => logProbability))
    expect(differenceOf(own, engine)).toBeLessThan(1e-3)
  })

  it.each(ARCHITECTURE_NAMES)('with an adapter: %s', async (architecture) => {
    const path = await randomModel({ architecture })
    const trainer = await openTrainer(path, { stirs: true })
    const rows = await trainer.evaluate([SAMPLE], LENGTH)
    const plain = await trainer.evaluate([SAMPLE], LENGTH, 'plain')
    const adapter = await adapterOf(trainer)
    trainer.close()
    const engine = total(await ofEngine(llama, path, SAMPLE, adapter))
    const own = total(rows.map(({ logProbability }) => logProbability))
    expect(differenceOf(own, engine)).toBeLessThan(1e-3)
    const changes = rows.map(({ logProbability }, row) => logProbability - (plain[row]?.logProbability ?? 0))
    expect(Math.max(...changes.map(Math.abs))).toBeGreaterThan(0.05)
  })
})
