import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeModel } from '../../../gpu-node/engine/child/model-description.ts'
import { createLlamaEngine } from '../../../gpu-node/engine/llama.ts'
import { checkAdapter, readHeader } from '../../../gpu-node/model-files/adapter-header.ts'
import { hashFile, ModelFiles } from '../../../gpu-node/model-files/model-files.ts'
import { createLogger } from '../../../shared/log.ts'
import { type LoraOptions, tensor, writeLora } from '../engine/lora.ts'
import { STARTER, STARTER_SHAPE } from '../engine/starter-file.ts'

const { width: WIDTH, vocabulary: VOCABULARY } = STARTER_SHAPE

const log = createLogger(() => {})

let folder = ''
let path = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-adapters-'))
  path = join(folder, 'adapter.gguf')
})
afterAll(() => rm(folder, { recursive: true }))

const describeWith = (adapter = path) => {
  const model = { id: 'starter', path: STARTER, slots: 2, adapters: [{ suffix: 'x', path: adapter }] }
  return describeModel({ type: 'load', model, threads: 1, gpu: false })
}

describe('an adapter that fits its model', { timeout: 30_000 }, () => {
  it('is described with what its context will take', async () => {
    await writeLora(path)
    const { holding, needMiB, adapters } = await describeWith()
    expect(holding).toMatchObject({ id: 'starter', slots: 2 })
    expect(adapters).toEqual([
      { holding: { suffix: 'x', createdAt: expect.any(Number) }, needMiB: expect.any(Number) },
    ])
    expect(adapters[0]?.needMiB).toBeGreaterThan(0)
    expect(adapters[0]?.needMiB).toBeLessThan(needMiB)
  })

  it('may bring norms, which llama.cpp leaves out', async () => {
    await writeLora(path, { tensors: (all) => [...all, tensor('blk.0.attn_norm.weight', [WIDTH])] })
    await expect(describeWith()).resolves.toBeDefined()
  })
})

describe('a sentence that quotes a file', { timeout: 30_000 }, () => {
  it('is one line, whatever the file says', async () => {
    await writeFile(path, Buffer.concat([Buffer.from('GGU\n'), Buffer.alloc(100)]))
    await expect(describeWith()).rejects.toThrow(/^[^\n]+$/)
  })
})

describe('a file is refused as an adapter', { timeout: 30_000 }, () => {
  const check = async () => checkAdapter(path, await readHeader(STARTER))
  const text = (value: string) => ({ type: 'string', value }) as const
  const shaped = (name: string, a: number[], b: number[]): LoraOptions => ({
    tensors: () => [tensor(`${name}.lora_a`, a), tensor(`${name}.lora_b`, b)],
  })

  it.each<[what: string, options: LoraOptions, reason: RegExp]>([
    ['that says to be a model', { metadata: { 'general.type': text('model') } }, /not an adapter/],
    ['that does not say what it is', { metadata: { 'general.type': undefined } }, /not an adapter/],
    ['of another kind', { metadata: { 'adapter.type': text('control') } }, /type "control"/],
    [
      'for another architecture',
      { metadata: { 'general.architecture': text('qwen2') } },
      /architecture "qwen2", and the model has "llama"/,
    ],
    [
      'that works only behind certain tokens',
      { metadata: { 'adapter.alora.invocation_tokens': { type: 'int32s', value: [1, 2] } } },
      /aLoRA/,
    ],
    [
      'whose strength is a whole number, at which llama.cpp ends its process',
      { metadata: { 'adapter.lora.alpha': { type: 'uint32', value: 4 } } },
      /alpha/,
    ],
    ['without tensors', { tensors: () => [] }, /changes nothing/],
    [
      'with half of a pair',
      { tensors: (all) => all.filter(({ name }) => name !== 'blk.0.attn_q.weight.lora_b') },
      /"blk.0.attn_q.weight" has only one/,
    ],
    [
      'with other tensors',
      { tensors: (all) => [...all, tensor('blk.0.attn_q.weight', [4])] },
      /not one of LoRA/,
    ],
    [
      'for a tensor that is not there',
      shaped('blk.9.attn_q.weight', [WIDTH, 4], [4, WIDTH]),
      /does not have/,
    ],
    [
      'for rows of another length',
      shaped('blk.0.attn_q.weight', [WIDTH / 2, 4], [4, WIDTH]),
      /another shape/,
    ],
    [
      'for another number of rows',
      shaped('blk.0.attn_q.weight', [WIDTH, 4], [4, WIDTH / 2]),
      /another shape/,
    ],
    ['whose halves do not fit', shaped('blk.0.attn_q.weight', [WIDTH, 4], [8, WIDTH]), /another shape/],
    ['with a third dimension', shaped('blk.0.attn_q.weight', [WIDTH, 4, 2], [4, WIDTH, 2]), /another shape/],
    [
      'that changes embeddings which are the output layer too, at which llama.cpp ends its process',
      shaped('token_embd.weight', [4, VOCABULARY], [4, WIDTH]),
      /embeddings/,
    ],
    [
      'whose rows are no whole blocks',
      {
        tensors: () => [
          tensor('blk.0.attn_q.weight.lora_a', [WIDTH, 4]),
          {
            name: 'blk.0.attn_q.weight.lora_b',
            shape: [4, WIDTH],
            type: 'Q8_0',
            data: () => new Uint8Array((WIDTH * 4 * 34) / 32),
          },
        ],
      },
      /rows of a broken length/,
    ],
  ])('%s', async (_what, options, reason) => {
    await writeLora(path, options)
    await expect(check()).rejects.toThrow(reason)
  })

  it('that is a model', async () => {
    await expect(describeWith(STARTER)).rejects.toThrow(
      'Its adapter "x" cannot be used. It is not an adapter',
    )
  })

  it('with numbers of a type that adapters do not have', async () => {
    await writeLora(path)
    const bytes = await readFile(path)
    const name = 'blk.0.attn_q.weight.lora_a'
    // Behind a tensor's name: how many dimensions, each of them, its type.
    bytes.writeUInt32LE(26, bytes.indexOf(name) + name.length + 4 + 8 + 8)
    await writeFile(path, bytes)
    await expect(check()).rejects.toThrow('type of numbers')
  })

  it('that is cut off', async () => {
    await writeLora(path)
    const { length } = await readFile(path)
    await truncate(path, length - 64)
    await expect(check()).rejects.toThrow('It is cut off')
  })

  it.each([5, 40, 400, 1_000])('that is cut off after %i bytes', async (length) => {
    await writeLora(path)
    await truncate(path, length)
    await expect(describeWith()).rejects.toThrow()
  })

  it('that is noise behind its first bytes', async () => {
    await writeFile(path, `GGUF${'\u0003\u0000\u0000\u0000'}${'\u00ff'.repeat(500)}`)
    await expect(describeWith()).rejects.toThrow()
  })
})

describe('an engine with a bad adapter', { timeout: 30_000 }, () => {
  const engineWith = (sha256?: string) => {
    const files = new ModelFiles(folder, log)
    return createLlamaEngine(
      {
        models: [{ id: 'starter', path: STARTER, slots: 1, adapters: [{ suffix: 'x', path }] }],
        threads: 1,
        gpu: false,
        verify: (file, signal) =>
          files.check({ path: file.path, sha256: file.path === path ? sha256 : undefined }, signal),
        log,
      },
      () => {},
    )
  }

  it('does not start, and says which it is', async () => {
    await writeLora(path, { metadata: { 'general.architecture': { type: 'string', value: 'qwen2' } } })
    await expect(engineWith()).rejects.toThrow(
      'The model "starter" could not be loaded: Its adapter "x" cannot be used. It was made for the architecture "qwen2"',
    )
  })

  it('does not start with another file than the one that its hash names', async () => {
    await writeLora(path)
    await expect(engineWith('0'.repeat(64))).rejects.toThrow('is not the one that its hash names')
    const sha256 = await hashFile(path, new AbortController().signal)
    const engine = await engineWith(sha256)
    expect(engine.models).toMatchObject([
      { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), adapters: [{ suffix: 'x', sha256 }] },
    ])
    await engine.close()
  })

  it('does not start with two models of one name', async () => {
    const model = { path: STARTER, slots: 1 }
    const models = [
      { ...model, id: 'starter', adapters: [{ suffix: 'x', path }] },
      { ...model, id: 'starter:x' },
    ]
    await expect(createLlamaEngine({ models, threads: 1, gpu: false, log }, () => {})).rejects.toThrow(
      'Two models have the id "starter:x".',
    )
  })
})
