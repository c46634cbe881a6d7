import { type MetadataValue, type Tensor, writeGguf } from '../../../gpu-node/model-files/gguf-writer.ts'
import type { Ggml } from '../../../gpu-node/trainer/ggml/library.ts'
import { Random } from '../../../gpu-node/trainer/training/random.ts'

/** ggml's numbers of the types that models are made in. */
const TYPES = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8, BF16: 30 } as const

export type ArchitectureName = 'llama' | 'qwen2' | 'qwen3' | 'gemma3' | 'phi3'

export const ARCHITECTURE_NAMES: readonly ArchitectureName[] = ['llama', 'qwen2', 'qwen3', 'gemma3', 'phi3']

export interface RandomModelOptions {
  architecture: ArchitectureName
  weights?: keyof typeof TYPES
  /** Weights are rounded as those of `weights`, and written in 32 bits. */
  isUnpacked?: boolean
  layers?: number
  width?: number
  heads?: number
  keyHeads?: number
  headSize?: number
  feedForward?: number
  vocabulary?: number
  context?: number
  isTied?: boolean
  metadata?: Record<string, MetadataValue>
  extraTensors?: readonly Tensor[]
  seed?: number
}

const COMPLETE = {
  weights: 'F32',
  isUnpacked: false,
  layers: 2,
  width: 64,
  heads: 4,
  keyHeads: 2,
  feedForward: 96,
  vocabulary: 384,
  context: 128,
  isTied: false,
  metadata: {},
  extraTensors: [],
  seed: 1,
} as const

/** Writes a model of random weights. Equal options give equal files. */
export function writeRandomModel(ggml: Ggml, path: string, options: RandomModelOptions): Promise<void> {
  // llama.cpp reads these two only with heads that make up the width.
  const isPlain = options.architecture === 'qwen2' || options.architecture === 'phi3'
  const given = { ...COMPLETE, headSize: isPlain ? 16 : 32, ...options }
  return writeGguf(path, metadataOf(given), [...tensorsOf(ggml, given), ...given.extraTensors])
}

/** The same model in two files, as llama.cpp splits them. Answers with the first. */
export async function writeSplitModel(
  ggml: Ggml,
  stem: string,
  options: RandomModelOptions,
): Promise<string> {
  const isPlain = options.architecture === 'qwen2' || options.architecture === 'phi3'
  const given = { ...COMPLETE, headSize: isPlain ? 16 : 32, ...options }
  const all = tensorsOf(ggml, given)
  const half = Math.ceil(all.length / 2)
  const parts = [all.slice(0, half), all.slice(half)]
  const paths = parts.map((_, index) => `${stem}-0000${index + 1}-of-0000${parts.length}.gguf`)
  for (const [index, path] of paths.entries()) {
    const count = (value: number): MetadataValue => ({ type: 'uint32', value })
    const split = {
      'split.no': count(index),
      'split.count': count(parts.length),
      'split.tensors.count': count(all.length),
    }
    await writeGguf(path, { ...(index === 0 && metadataOf(given)), ...split }, parts[index] ?? [])
  }
  return paths[0] ?? ''
}

type Given = Required<RandomModelOptions>

function tensorsOf(ggml: Ggml, given: Given): Tensor[] {
  const { architecture, width, heads, keyHeads, headSize, feedForward, vocabulary, layers } = given
  const random = new Random(given.seed)
  const normal = () => Math.sqrt(-2 * Math.log(random.next() + 1e-12)) * Math.cos(2 * Math.PI * random.next())
  const numbers = (count: number, size: number, around = 0) =>
    Float32Array.from({ length: count }, () => around + normal() * size)
  const vector = (name: string, length: number, size: number, around: number): Tensor => {
    const data = numbers(length, size, around)
    return { name, shape: [length], type: 'F32', data: () => new Uint8Array(data.buffer) }
  }
  const matrix = (name: string, inputs: number, outputs: number, size = 1 / Math.sqrt(inputs)): Tensor => {
    const data = packed(ggml, numbers(inputs * outputs, size), given.weights, inputs, outputs)
    const shape = [inputs, outputs]
    if (!given.isUnpacked) return { name, shape, type: given.weights, data: () => data }
    return { name, shape, type: 'F32', data: () => unpacked(data, given.weights, inputs * outputs) }
  }
  const norm = (name: string, length: number) => vector(name, length, 0.1, 1)
  const [all, shared] = [heads * headSize, keyHeads * headSize]
  const layer = (index: number): Tensor[] => {
    const name = (end: string) => `blk.${index}.${end}`
    const small = 1 / Math.sqrt(2 * layers)
    return [
      norm(name('attn_norm.weight'), width),
      ...(architecture === 'phi3'
        ? [
            matrix(name('attn_qkv.weight'), width, all + 2 * shared),
            matrix(name('ffn_up.weight'), width, 2 * feedForward),
          ]
        : [
            matrix(name('attn_q.weight'), width, all),
            matrix(name('attn_k.weight'), width, shared),
            matrix(name('attn_v.weight'), width, shared),
            matrix(name('ffn_gate.weight'), width, feedForward),
            matrix(name('ffn_up.weight'), width, feedForward),
          ]),
      ...(architecture === 'qwen2'
        ? [
            vector(name('attn_q.bias'), all, 0.3, 0),
            vector(name('attn_k.bias'), shared, 0.3, 0),
            vector(name('attn_v.bias'), shared, 0.3, 0),
          ]
        : []),
      ...(architecture === 'qwen3' || architecture === 'gemma3'
        ? [norm(name('attn_q_norm.weight'), headSize), norm(name('attn_k_norm.weight'), headSize)]
        : []),
      ...(architecture === 'gemma3'
        ? [norm(name('post_attention_norm.weight'), width), norm(name('post_ffw_norm.weight'), width)]
        : []),
      matrix(name('attn_output.weight'), all, width, small / Math.sqrt(all)),
      norm(name('ffn_norm.weight'), width),
      matrix(name('ffn_down.weight'), feedForward, width, small / Math.sqrt(feedForward)),
    ]
  }
  return [
    matrix('token_embd.weight', width, vocabulary, given.isTied || architecture === 'gemma3' ? 0.1 : 0.7),
    norm('output_norm.weight', width),
    ...(given.isTied ? [] : [matrix('output.weight', width, vocabulary)]),
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
  ]
}

/** Numbers as a file keeps them in this type. */
export function packed(
  ggml: Ggml,
  numbers: Float32Array,
  weights: keyof typeof TYPES,
  inputs: number,
  outputs: number,
): Uint8Array {
  if (weights === 'F32') return new Uint8Array(numbers.buffer)
  const data = new Uint8Array(ggml.ggml_row_size(TYPES[weights], inputs) * outputs)
  ggml.ggml_quantize_chunk(TYPES[weights], numbers, data, 0, outputs, inputs, null)
  return data
}

/** The numbers of BF16, or of blocks of 32 behind the half-precision number that scales them. */
function unpacked(data: Uint8Array, weights: keyof typeof TYPES, count: number): Uint8Array {
  const view = new DataView(data.buffer)
  const number = (index: number): number => {
    if (weights === 'BF16') {
      const wide = new DataView(new ArrayBuffer(4))
      wide.setUint32(0, view.getUint16(index * 2, true) << 16)
      return wide.getFloat32(0)
    }
    const bytes = weights === 'Q8_0' ? 34 : 18
    const block = Math.floor(index / 32) * bytes
    const place = index % 32
    const scale = view.getFloat16(block, true)
    if (weights === 'Q8_0') return scale * view.getInt8(block + 2 + place)
    const pair = view.getUint8(block + 2 + (place % 16))
    return scale * ((place < 16 ? pair & 0xf : pair >> 4) - 8)
  }
  return new Uint8Array(Float32Array.from({ length: count }, (_, index) => number(index)).buffer)
}

function metadataOf(given: Given): Record<string, MetadataValue> {
  const { architecture: name } = given
  const count = (value: number): MetadataValue => ({ type: 'uint32', value })
  const float = (value: number): MetadataValue => ({ type: 'float32', value })
  return {
    'general.architecture': { type: 'string', value: name },
    'general.name': { type: 'string', value: 'Random weights for tests' },
    [`${name}.vocab_size`]: count(given.vocabulary),
    [`${name}.context_length`]: count(given.context),
    [`${name}.embedding_length`]: count(given.width),
    [`${name}.block_count`]: count(given.layers),
    [`${name}.feed_forward_length`]: count(given.feedForward),
    [`${name}.attention.head_count`]: count(given.heads),
    [`${name}.attention.head_count_kv`]: count(given.keyHeads),
    [`${name}.attention.key_length`]: count(given.headSize),
    [`${name}.attention.value_length`]: count(given.headSize),
    [`${name}.rope.dimension_count`]: count(given.headSize),
    [`${name}.rope.freq_base`]: float(10_000),
    [`${name}.attention.layer_norm_rms_epsilon`]: float(1e-5),
    ...(name === 'gemma3' && {
      'gemma3.attention.sliding_window': count(8),
      'gemma3.attention.sliding_window_pattern': count(2),
      'gemma3.final_logit_softcapping': float(12),
    }),
    ...vocabularyOf(given.vocabulary),
    ...given.metadata,
  }
}

/** Three tokens with a meaning, each byte, and fillers. */
function vocabularyOf(size: number): Record<string, MetadataValue> {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  )
  const tokens = ['<unk>', '<s>', '</s>', ...bytes]
  const types = [2, 3, 3, ...bytes.map(() => 6)]
  while (tokens.length < size) {
    tokens.push(`word${tokens.length}`)
    types.push(1)
  }
  return {
    'tokenizer.ggml.model': { type: 'string', value: 'llama' },
    'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
    'tokenizer.ggml.scores': { type: 'float32s', value: tokens.map((_, index) => -index) },
    'tokenizer.ggml.token_type': { type: 'int32s', value: types },
    'tokenizer.ggml.bos_token_id': { type: 'uint32', value: 1 },
    'tokenizer.ggml.eos_token_id': { type: 'uint32', value: 2 },
    'tokenizer.ggml.unknown_token_id': { type: 'uint32', value: 0 },
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
    'tokenizer.ggml.add_space_prefix': { type: 'bool', value: false },
  }
}
