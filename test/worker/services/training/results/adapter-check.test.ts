import { describe, expect, it } from 'vitest'
import {
  adapterFault,
  adapterSettings,
  weightsFault,
} from '../../../../../worker/services/training/results/adapter-check.ts'
import { MAX_HEADER_BYTES } from '../../../../../worker/services/training/results/gguf-header.ts'
import { readLines } from '../../../../../worker/services/training/rows/line-slice.ts'
import { adapterFile, ggufFile, pairOf, type TensorOf } from '../adapter-file.ts'

const shape = {
  layers: 2,
  matrices: [
    { name: 'attn_q', inputs: 8, outputs: 8 },
    { name: 'ffn_up', inputs: 8, outputs: 24 },
  ],
}
const BASE = { architecture: 'llama', sizeBytes: 64, shape }
const UNTOLD = { architecture: 'llama', sizeBytes: 64 }

const judge = (head: Uint8Array, base: typeof BASE | typeof UNTOLD = BASE) =>
  adapterFault({ head, sizeBytes: head.byteLength }, base)
const settingsOf = (head: Uint8Array, base: typeof BASE | typeof UNTOLD = BASE) =>
  adapterSettings({ head, sizeBytes: head.byteLength }, base)

const WHOLE = [0, 1].flatMap((layer) => [
  ...pairOf(`blk.${layer}.attn_q`),
  ...pairOf(`blk.${layer}.ffn_up`, 8, 24),
])

/** A little generator of its own, so that the same file is mutated in the same ways each time. */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
}

function mutated(bytes: Uint8Array, roll: (below: number) => number): Uint8Array {
  const copy = bytes.slice(0, roll(4) === 0 ? roll(bytes.length) : bytes.length)
  for (let count = roll(4); count >= 0 && copy.length > 0; count -= 1) copy[roll(copy.length)] = roll(256)
  return copy
}

describe('an adapter', () => {
  it('is taken as the trainer writes it, also where nothing is known of the model', () => {
    expect(judge(adapterFile())).toBeUndefined()
    expect(judge(adapterFile({ tensors: WHOLE }))).toBeUndefined()
    expect(judge(adapterFile(), UNTOLD)).toBeUndefined()
    expect(adapterFault({ head: adapterFile(), sizeBytes: 10_000 }, undefined)).toBeUndefined()
  })

  it.each([
    [
      'of another architecture',
      adapterFile({ architecture: 'qwen2' }),
      /another model.*architecture "qwen2"/,
    ],
    ['that is a model', adapterFile({ type: 'model' }), /no LoRA/],
    ['that is cut off', adapterFile({ cutBytes: 1 }), /cut off/],
    ['that is empty', new Uint8Array(), /cut off/],
    ['that is text', new TextEncoder().encode('hello, this is no file of weights'), /no GGUF/],
    [
      'of wider layers',
      adapterFile({ tensors: pairOf('blk.0.attn_q', 16, 8) }),
      /another model.*16 × 8.*8 × 8/,
    ],
    ['with more outputs', adapterFile({ tensors: pairOf('blk.1.ffn_up', 8, 25) }), /another model.*8 × 25/],
    [
      'of more layers',
      adapterFile({ tensors: pairOf('blk.2.attn_q') }),
      /another model.*"blk.2.attn_q.weight"/,
    ],
    ['of other matrices', adapterFile({ tensors: pairOf('blk.0.attn_qkv') }), /another model.*attn_qkv/],
    ['of the embeddings', adapterFile({ tensors: pairOf('token_embd') }), /another model.*token_embd/],
    [
      'whose halves do not fit',
      adapterFile({
        tensors: [
          ['blk.0.attn_q.weight.lora_a', [8, 2]],
          ['blk.0.attn_q.weight.lora_b', [3, 8]],
        ],
      }),
      /halves/,
    ],
    [
      'with a matrix of three dimensions',
      adapterFile({
        tensors: [
          ['blk.0.attn_q.weight.lora_a', [8, 2, 3]],
          ['blk.0.attn_q.weight.lora_b', [2, 8]],
        ],
      }),
      /"blk.0.attn_q.weight" is no pair of matrices/,
    ],
    // llama.cpp ends the process of a node that loads it.
    ['whose alpha is a whole number', adapterFile({ isAlphaWhole: true }), /alpha.*32-bit float/],
    [
      'that works behind certain tokens alone',
      adapterFile({ more: { 'adapter.alora.invocation_tokens': 1 } }),
      /aLoRA/,
    ],
    ['with half of a pair', adapterFile({ tensors: pairOf('blk.0.attn_q').slice(0, 1) }), /only one/],
    ['without a tensor', adapterFile({ tensors: [] }), /changes nothing/],
  ])('%s is none', (_, file, reason) => {
    expect(judge(file)).toMatch(reason)
  })

  it('that is damaged is judged, and never breaks its judge', () => {
    const roll = dice(7)
    const [file, rows] = [adapterFile(), new TextEncoder().encode('{"text":"a"}\n{"text":"\\u00e9"}\n')]
    let refused = 0
    for (let round = 0; round < 2_000; round += 1) {
      if (judge(mutated(file, roll)) !== undefined) refused += 1
      settingsOf(mutated(file, roll))
      const weights = mutated(file, roll)
      weightsFault({ head: weights, sizeBytes: weights.length }, BASE)
      const start = { offset: 0, lines: 0, type: null, header: null }
      readLines(mutated(rows, roll), { start, isLast: true, method: 'lora' })
    }
    expect(refused).toBeGreaterThan(1_000)
  })
})

describe('an adapter to go on from', () => {
  it('tells with which settings it was made', () => {
    expect(settingsOf(adapterFile({ tensors: WHOLE, alpha: 6 }))).toEqual({
      rank: 2,
      alpha: 6,
      targets: ['attn_q', 'ffn_up'],
      layers: [0, 1],
    })
    const some = [...pairOf('blk.0.attn_q'), ...pairOf('blk.1.attn_q')]
    expect(settingsOf(adapterFile({ tensors: some, alpha: 0 }))).toEqual({
      rank: 2,
      alpha: 2,
      targets: ['attn_q'],
      layers: [0, 1],
    })
    const second = adapterFile({ tensors: pairOf('blk.1.attn_q'), numberType: 1 })
    expect(settingsOf(second)).toMatchObject({ layers: [1] })
    expect(settingsOf(adapterFile(), UNTOLD)).toMatchObject({ targets: ['attn_q'], layers: [0] })
  })

  it.each<[name: string, over: Parameters<typeof adapterFile>[0], reason: RegExp]>([
    [
      'of several ranks',
      { tensors: [...pairOf('blk.0.attn_q'), ...pairOf('blk.1.attn_q', 8, 8, 3)] },
      /ranks/,
    ],
    [
      'of other matrices in each layer',
      { tensors: [...WHOLE.slice(0, 4), ...pairOf('blk.1.attn_q')] },
      /other matrices/,
    ],
  ])('%s is refused, where it could be served', (_, over, reason) => {
    const file = adapterFile(over)
    expect(judge(file)).toBeUndefined()
    expect(settingsOf(file)).toEqual({ fault: expect.stringMatching(reason) })
  })
})

describe('a file of all weights', () => {
  const matrices = (layers: number, wide = 24): TensorOf[] =>
    Array.from({ length: layers }, (_, layer): TensorOf[] => [
      [`blk.${layer}.attn_q.weight`, [8, 8]],
      [`blk.${layer}.ffn_up.weight`, [8, wide]],
      [`blk.${layer}.attn_norm.weight`, [8]],
    ]).flat()
  const weights = (over: { architecture?: string; layers?: number; tensors?: TensorOf[] } = {}) => {
    const { architecture = 'llama', layers = 2, tensors = matrices(2) } = over
    return ggufFile(
      [
        ['general.architecture', architecture],
        [`${architecture}.block_count`, layers],
      ],
      tensors,
    )
  }
  const fault = (head: Uint8Array, sizeBytes = head.byteLength) => weightsFault({ head, sizeBytes }, BASE)

  it('is one of the model when its layers are the same', () => {
    expect(fault(weights())).toBeUndefined()
    expect(weightsFault({ head: weights(), sizeBytes: 1_000 }, undefined)).toBeUndefined()
  })

  it.each([
    ['another architecture', weights({ architecture: 'qwen2' }), /qwen2/],
    ['fewer layers', weights({ layers: 1 }), /1 layers/],
    ['another width', weights({ tensors: matrices(2, 25) }), /ffn_up/],
    ['a matrix less', weights({ tensors: matrices(1) }), /blk.1.attn_q/],
    ['no architecture', ggufFile([], []), /no architecture/],
  ])('with %s is none of it', (_, file, reason) => {
    expect(fault(file)).toMatch(reason)
  })

  it('that is smaller than the model is none of it', () => {
    expect(weightsFault({ head: weights(), sizeBytes: 99 }, { ...BASE, sizeBytes: 100 })).toMatch(/smaller/)
    expect(weightsFault({ head: weights(), sizeBytes: 100 }, { ...BASE, sizeBytes: 100 })).toBeUndefined()
  })

  it('whose header goes on behind what was read is judged by what is there', () => {
    const head = weights().slice(0, 200)
    expect(fault(head, MAX_HEADER_BYTES * 2)).toBeUndefined()
    expect(fault(head)).toMatch(/cut off/)
  })
})
