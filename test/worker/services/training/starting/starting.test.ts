import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { toAppError } from '../../../../../shared/errors.ts'
import { MAX_TRAINED_LAYERS, type TrainingWishes } from '../../../../../shared/training.ts'
import { newId } from '../../../../../worker/db/client.ts'
import { workspaceFiles } from '../../../../../worker/db/tables/workspace.ts'
import {
  createStarting,
  MAX_ADAPTER_BYTES,
} from '../../../../../worker/services/training/starting/starting.ts'
import { createUploadedAdapters } from '../../../../../worker/services/training/starting/uploaded-adapters.ts'
import { versionKey } from '../../../../../worker/services/workspace/workspace.ts'
import { adapterFile, pairOf } from '../adapter-file.ts'
import { accountOf, db, newJob } from '../training-setup.ts'

const uploadedAdapters = createUploadedAdapters(db)
const matrices = ['attn_q', 'ffn_up'].map((name) => ({ name, inputs: 8, outputs: 8 }))
const base = { architecture: 'llama', sizeBytes: 1, shape: { layers: 2, matrices } }
const { startOf } = createStarting({
  bucket: env.FILES,
  tunedModels: { find: async () => undefined },
  uploadedAdapters,
})

async function putFile(accountId: string, path: string, bytes: Uint8Array, sizeBytes = bytes.length) {
  const versionId = newId()
  await env.FILES.put(versionKey(versionId), bytes)
  const place = { accountId, path, createdAt: 0, contentType: 'x/y' }
  const version = { versionId, sizeBytes, modifiedAt: 0 }
  await db
    .insert(workspaceFiles)
    .values({ ...place, ...version })
    .onConflictDoUpdate({ target: [workspaceFiles.accountId, workspaceFiles.path], set: version })
  return versionId
}

async function owner() {
  const account = await accountOf()
  const put = (...file: [path: string, bytes: Uint8Array, sizeBytes?: number]) => putFile(account.id, ...file)
  const start = (startFrom: string, wishes: Partial<TrainingWishes> = {}) =>
    startOf(newJob(account, { startFrom, wishes: { method: 'lora', ...wishes } }), base)
  const refusalOf = async (...asked: Parameters<typeof start>) => {
    const { code, param, message } = toAppError(await start(...asked).catch((thrown: unknown) => thrown))
    return { code, param, message }
  }
  const at = (path: string) => uploadedAdapters.at(account.id, path)
  return { put, start, refusalOf, at }
}

/** One of rank 4 and alpha 8. */
const ADAPTER = adapterFile({
  tensors: [0, 1].flatMap((layer) => pairOf(`blk.${layer}.attn_q`, 8, 8, 4)),
  alpha: 8,
})
const WHOLE = adapterFile({
  tensors: [0, 1].flatMap((layer) => matrices.flatMap(({ name }) => pairOf(`blk.${layer}.${name}`, 8, 8, 4))),
  alpha: 8,
})

describe('a job that goes on from an uploaded adapter', () => {
  it('takes over how it was made, and keeps to the version that was there', async () => {
    const ada = await owner()
    const versionId = await ada.put('a/adapter.gguf', ADAPTER)
    expect(await ada.start('a/adapter.gguf', { epochs: 2 })).toEqual({
      wishes: { method: 'lora', rank: 4, alpha: 8, targets: ['attn_q'], epochs: 2 },
      startFrom: { path: 'a/adapter.gguf', versionId, sizeBytes: ADAPTER.length },
    })
    await ada.put('b.gguf', WHOLE)
    // All matrices are what a job changes that says nothing.
    expect((await ada.start('b.gguf')).wishes).toEqual({ method: 'lora', rank: 4, alpha: 8 })
    const same = { rank: 4, alpha: 8, targets: ['ffn_up', 'attn_q'] }
    expect((await ada.start('b.gguf', same)).wishes).toEqual({ method: 'lora', ...same })
    const { wishes } = await ada.start('b.gguf', { isRankStabilised: true })
    expect(wishes).toMatchObject({ rank: 4, alpha: 4 })
  })

  it('of some layers trains those alone, in whichever numbers it is kept', async () => {
    const ada = await owner()
    await ada.put('some.gguf', adapterFile({ tensors: pairOf('blk.1.ffn_up', 8, 8, 4), alpha: 8 }))
    expect((await ada.start('some.gguf')).wishes).toEqual({
      ...{ method: 'lora', rank: 4, alpha: 8 },
      ...{ targets: ['ffn_up'], layers: [1] },
    })
    for (const numberType of [1, 30]) {
      await ada.put('half.gguf', adapterFile({ numberType }))
      expect((await ada.start('half.gguf')).wishes).toMatchObject({ rank: 2, layers: [0] })
    }
  })

  it('of more layers than are named one by one is refused by that', async () => {
    const account = await accountOf()
    const many = Array.from({ length: MAX_TRAINED_LAYERS + 1 }, (_, layer) => pairOf(`blk.${layer}.attn_q`))
    const deep = { ...base, shape: { layers: many.length + 1, matrices } }
    const start = async (tensors: (typeof many)[number]) => {
      const path = `${tensors.length}.gguf`
      const file = adapterFile({ tensors })
      await putFile(account.id, path, file)
      return startOf(newJob(account, { startFrom: path, wishes: { method: 'lora' } }), deep)
    }
    expect((await start(many.slice(1).flat())).wishes.layers).toHaveLength(MAX_TRAINED_LAYERS)
    await expect(start(many.flat())).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('by its layers'),
    })
  })

  it.each<[name: string, wishes: Partial<TrainingWishes>, param: string, message: RegExp]>([
    ['rank', { rank: 8 }, 'wishes.rank', /rank 4/],
    ['alpha', { alpha: 9 }, 'wishes.alpha', /alpha 8/],
    ['alpha, stabilised', { alpha: 8, isRankStabilised: true }, 'wishes.alpha', /alpha 4/],
    ['matrices', { targets: ['attn_q', 'ffn_up'] }, 'wishes.targets', /targets attn_q/],
    ['other matrices', { targets: ['ffn_up'] }, 'wishes.targets', /targets attn_q/],
  ])('of another %s is refused by name', async (_, wishes, param, message) => {
    const ada = await owner()
    await ada.put('a.gguf', ADAPTER)
    expect(await ada.refusalOf('a.gguf', wishes)).toEqual({
      code: 'invalid_request',
      param,
      message: expect.stringMatching(message),
    })
  })

  it.each<[name: string, file: Uint8Array, message: RegExp]>([
    ['another model', adapterFile({ tensors: pairOf('blk.0.attn_q', 16, 8) }), /another model/],
    ['another architecture', adapterFile({ architecture: 'qwen2' }), /another model/],
    ['garbage', new TextEncoder().encode('garbage, and nothing else'), /no GGUF/],
    [
      'other matrices in one layer than in another',
      adapterFile({ tensors: [...pairOf('blk.0.attn_q'), ...pairOf('blk.1.ffn_up')] }),
      /other matrices in some layers/,
    ],
    ['a layer that the model has not', adapterFile({ tensors: pairOf('blk.2.attn_q') }), /another model/],
    ['a rank that is too high', adapterFile({ tensors: pairOf('blk.0.attn_q', 8, 8, 257) }), /by its rank/],
  ])('of %s is refused in a sentence', async (_, file, message) => {
    const ada = await owner()
    await ada.put('a.gguf', file)
    const refusal = await ada.refusalOf('a.gguf')
    expect(refusal).toMatchObject({ code: 'invalid_request', param: 'startFrom' })
    expect(refusal.message).toMatch(message)
    expect(refusal.message).toContain("'a.gguf'")
  })

  it('is refused where there is none, and where it is larger than it may be', async () => {
    const ada = await owner()
    expect(await ada.refusalOf('none.gguf')).toMatchObject({ code: 'not_found', param: 'startFrom' })
    await ada.put('most.gguf', ADAPTER, MAX_ADAPTER_BYTES)
    expect((await ada.start('most.gguf')).startFrom?.sizeBytes).toBe(MAX_ADAPTER_BYTES)
    await ada.put('more.gguf', ADAPTER, MAX_ADAPTER_BYTES + 1)
    expect(await ada.refusalOf('more.gguf')).toMatchObject({ code: 'too_large', param: 'startFrom' })
  })
})

describe('an uploaded adapter', () => {
  it('is the file of a name, adapter.gguf of a folder, or the only GGUF file in it', async () => {
    const ada = await owner()
    for (const path of [
      'one/lora.GGUF',
      'one/notes.txt',
      'one/deep/other.gguf',
      'two/a.gguf',
      'two/adapter.gguf',
    ])
      await ada.put(path, ADAPTER)
    expect((await ada.at('one'))?.path).toBe('one/lora.GGUF')
    expect((await ada.at('two'))?.path).toBe('two/adapter.gguf')
    expect((await ada.at('two/a.gguf'))?.path).toBe('two/a.gguf')
    expect((await ada.at('one/deep'))?.path).toBe('one/deep/other.gguf')
    for (const none of ['on', 'one/de', 'two/b.gguf', 'notes']) expect(await ada.at(none)).toBeUndefined()
    expect(await (await owner()).at('one')).toBeUndefined()
  })

  it('of a folder with several is not guessed', async () => {
    const ada = await owner()
    await ada.put('f/a.gguf', ADAPTER)
    await ada.put('f/b.gguf', ADAPTER)
    await expect(ada.at('f')).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'startFrom',
      message: expect.stringContaining('a.gguf, b.gguf'),
    })
  })
})
