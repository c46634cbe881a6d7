import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../../gpu-node/model-files/gguf-writer.ts'
import { Untrainable } from '../../../gpu-node/trainer/model/metadata.ts'
import { ARCHITECTURE_NAMES, type RandomModelOptions, writeSplitModel } from './random-model.ts'
import { ggml, gradientsOf, openTrainer, randomModel, sample, scratchFile } from './training-world.ts'

/** The words in which a file was refused; undefined when it was opened. */
async function refusalOf(options: RandomModelOptions): Promise<string | undefined> {
  const path = await randomModel(options)
  try {
    const trainer = await openTrainer(path)
    trainer.close()
    return undefined
  } catch (thrown) {
    if (thrown instanceof Untrainable) return thrown.message
    throw thrown
  }
}

const vector = (name: string, length = 64): Tensor => ({
  name,
  shape: [length],
  type: 'F32',
  data: () => new Uint8Array(new Float32Array(length).buffer),
})

describe('a model in several files', () => {
  it('is trained as if it were one', async () => {
    const options = { architecture: 'qwen3', weights: 'Q8_0' } as const
    const whole = await openTrainer(await randomModel(options), { stirs: true })
    const split = await openTrainer(await writeSplitModel(ggml, scratchFile('split'), options), {
      stirs: true,
    })
    const [samples, length] = [[sample(20, 6)], 32] as const
    expect(await gradientsOf(split, samples, length)).toEqual(await gradientsOf(whole, samples, length))
    whole.close()
    split.close()
  })

  it('of which one is missing is refused by the name of that', async () => {
    const path = await writeSplitModel(ggml, scratchFile('split'), { architecture: 'llama' })
    const second = path.replace('-00001-', '-00002-')
    await rm(second)
    await expect(openTrainer(path)).rejects.toThrow(`The model's file "${basename(second)}" is missing.`)
  })
})

/** Tensors that llama.cpp would compute with in other models of these families. */
const STRAY_TENSORS = ['blk.0.attn_q_norm.weight', 'blk.0.ffn_gate_inp.weight', 'blk.2.attn_norm.weight']

describe('a file that the graph would not follow in all it says is refused by name', () => {
  it.each(ARCHITECTURE_NAMES)('%s without anything strange is not', async (architecture) => {
    expect(await refusalOf({ architecture })).toBeUndefined()
  })

  it.each(ARCHITECTURE_NAMES)('a mixture of experts: %s', async (architecture) => {
    const metadata = { [`${architecture}.expert_count`]: { type: 'uint32', value: 4 } } as const
    expect(await refusalOf({ architecture, metadata })).toBe('Mixtures of experts cannot be trained.')
  })

  it('a mixture of experts by its tensors alone', async () => {
    const extraTensors = [vector('blk.1.ffn_gate_exps.weight')]
    expect(await refusalOf({ architecture: 'qwen3', extraTensors })).toBe(
      'The model\'s file has the tensor "blk.1.ffn_gate_exps.weight", which its graph would not use.',
    )
  })

  it('an architecture that the table lacks', async () => {
    const metadata = { 'general.architecture': { type: 'string', value: 'qwen2moe' } } as const
    expect(await refusalOf({ architecture: 'qwen2', metadata })).toBe(
      'Models of the architecture "qwen2moe" cannot be trained; these can: llama, qwen2, qwen3, gemma3, phi3.',
    )
  })

  it.each(STRAY_TENSORS)('the tensor %s', async (name) => {
    expect(await refusalOf({ architecture: 'llama', extraTensors: [vector(name)] })).toBe(
      `The model's file has the tensor "${name}", which its graph would not use.`,
    )
  })

  it.each([
    ['qwen2', 'rope_factors_long.weight', 8],
    ['qwen3', 'rope_factors_short.weight', 16],
    ['gemma3', 'rope_freqs.weight', 16],
    ['phi3', 'rope_freqs.weight', 8],
  ] as const)(
    'factors that llama.cpp does not know of this family: %s, %s',
    async (architecture, name, length) => {
      expect(await refusalOf({ architecture, extraTensors: [vector(name, length)] })).toBe(
        `The model's file has the tensor "${name}", which its graph would not use.`,
      )
    },
  )

  it.each(['llama', 'qwen2', 'qwen3', 'phi3'] as const)(
    'a bound of the logits, which is of gemma3 alone: %s',
    async (architecture) => {
      const key = `${architecture}.final_logit_softcapping`
      const metadata = { [key]: { type: 'float32', value: 30 } } as const
      expect(await refusalOf({ architecture, metadata })).toContain(`has "${key}"`)
    },
  )

  it.each(ARCHITECTURE_NAMES)('a key of the architecture: %s', async (architecture) => {
    const key = `${architecture}.attention.temperature_length`
    const metadata = { [key]: { type: 'uint32', value: 8 } } as const
    expect(await refusalOf({ architecture, metadata })).toBe(
      `The model's file has "${key}", which the trainer does not know how to follow.`,
    )
  })
})
