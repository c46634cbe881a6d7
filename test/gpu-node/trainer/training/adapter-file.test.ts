import { describe, expect, it } from 'vitest'
import { type MetadataValue, writeGguf } from '../../../../gpu-node/model-files/gguf-writer.ts'
import { readFloats, write } from '../../../../gpu-node/trainer/ggml/memory.ts'
import { UntrainableWish } from '../../../../gpu-node/trainer/model/metadata.ts'
import { readAdapter, writeAdapter } from '../../../../gpu-node/trainer/training/adapter-file.ts'
import type { Trainer } from '../../../../gpu-node/trainer/training/trainer.ts'
import { packed } from '../random-model.ts'
import { cosine, ggml, openTrainer, randomModel, scratchFile } from '../training-world.ts'

/** A whole block of numbers of 8 bits. */
const RANK = 32

const METHOD = { kind: 'lora', rank: RANK, alpha: 64 } as const

const open = async (method: object = {}) =>
  openTrainer(await randomModel({ architecture: 'llama' }), { method: { ...METHOD, ...method }, stirs: true })

const numbersOf = ({ parameters }: Trainer) =>
  new Map(parameters.all.map(({ name, tensor }) => [name, readFloats(ggml, tensor)]))

/** The adapter of a trainer, its numbers kept in another kind. */
async function written({ parameters }: Trainer, type: 'F16' | 'BF16' | 'Q8_0'): Promise<string> {
  const path = scratchFile()
  const text = (value: string): MetadataValue => ({ type: 'string', value })
  const metadata = { 'general.type': text('adapter'), 'general.architecture': text('llama') }
  const tensors = parameters.all.map(({ name, tensor }) => {
    const [row, rows] = ggml.shapeOf(tensor)
    const data = packed(ggml, readFloats(ggml, tensor), type, row, rows)
    return { name, shape: [row, rows], type, data: () => data }
  })
  await writeGguf(path, metadata, tensors)
  return path
}

function forget({ parameters }: Trainer): void {
  for (const { tensor } of parameters.all) write(ggml, tensor, new Float32Array(ggml.ggml_nelements(tensor)))
}

describe('an earlier adapter', () => {
  it.each([
    ['F16', 1e-3],
    ['BF16', 8e-3],
    ['Q8_0', 8e-3],
  ] as const)('is read from numbers of the kind %s', async (type, tolerance) => {
    const trainer = await open()
    const before = numbersOf(trainer)
    const path = await written(trainer, type)
    forget(trainer)
    await readAdapter(ggml, path, trainer.parameters.all)
    for (const [name, numbers] of numbersOf(trainer)) {
      const expected = before.get(name) ?? numbers
      const largest = Math.max(...expected.map(Math.abs))
      for (const [index, number] of numbers.entries())
        expect(Math.abs(number - (expected[index] ?? Number.NaN)) / largest).toBeLessThan(tolerance)
      expect(cosine(numbers, expected), name).toBeGreaterThan(0.9999)
    }
    trainer.close()
  })

  it('of some layers is one where those alone are changed, and of no other job', async () => {
    const all = await open()
    const some = await open({ layers: [1], targets: ['attn_q', 'ffn_down'] })
    expect([...numbersOf(some).keys()]).toEqual([
      ...['blk.1.attn_q.weight.lora_a', 'blk.1.attn_q.weight.lora_b'],
      ...['blk.1.ffn_down.weight.lora_a', 'blk.1.ffn_down.weight.lora_b'],
    ])
    const path = scratchFile()
    const file = { architecture: 'llama', name: 'some', alpha: 64, parameters: some.parameters.all }
    await writeAdapter(ggml, path, file)
    const before = numbersOf(some)
    forget(some)
    await readAdapter(ggml, path, some.parameters.all)
    expect(numbersOf(some)).toEqual(before)
    const untouched = numbersOf(all)
    await expect(readAdapter(ggml, path, all.parameters.all)).rejects.toThrow(UntrainableWish)
    expect(numbersOf(all)).toEqual(untouched)
    all.close()
    some.close()
  })

  it('cannot change a layer that the model has not', async () => {
    await expect(open({ layers: [1, 2] })).rejects.toThrow('The model has no layer 2; it has 2')
  })
})
