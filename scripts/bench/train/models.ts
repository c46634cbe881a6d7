import { type MetadataValue, type Tensor, writeGguf } from '../../../gpu-node/model-files/gguf-writer.ts'
import type { Ggml } from '../../../gpu-node/trainer/ggml/library.ts'

/** How a model to be trained is built. */
export interface TrainedShape {
  layers: number
  width: number
  heads: number
  keyHeads: number
  feedForward: number
  vocabulary: number
}

/** ggml's numbers of the types that weights are written in. */
const TYPES = { F32: 0, Q4_0: 2, Q8_0: 8 } as const
export type WeightType = keyof typeof TYPES

/** Embeddings are also the output, so logits stay small: a first loss near that of guessing. */
const EMBEDDING_DEVIATION = 0.02

/** Standard deviation of even numbers between -1 and 1. */
const EVEN_DEVIATION = 1 / Math.sqrt(3)

/** Evenly spread numbers of this deviation; equal seeds give equal ones. */
function randomNumbers(count: number, deviation: number, seed: number): Float32Array {
  const numbers = new Float32Array(count)
  const scale = deviation / EVEN_DEVIATION / 2 ** 31
  let state = (seed * 2_654_435_761) | 1
  for (let index = 0; index < count; index += 1) {
    // Marsaglia's xorshift32
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    numbers[index] = state * scale
  }
  return numbers
}

function packed(ggml: Ggml, numbers: Float32Array, type: WeightType, inputs: number): Uint8Array {
  if (type === 'F32') return new Uint8Array(numbers.buffer)
  const outputs = numbers.length / inputs
  const data = new Uint8Array(ggml.ggml_row_size(TYPES[type], inputs) * outputs)
  ggml.ggml_quantize_chunk(TYPES[type], numbers, data, 0, outputs, inputs, null)
  return data
}

function tensorsOf(ggml: Ggml, shape: TrainedShape, type: WeightType): Tensor[] {
  const { layers, width, heads, keyHeads, feedForward, vocabulary } = shape
  const keys = (width / heads) * keyHeads
  const small = 1 / Math.sqrt(2 * layers)
  let seed = 0
  const matrix = (name: string, inputs: number, outputs: number, size = 1 / Math.sqrt(inputs)): Tensor => {
    seed += 1
    const own = seed
    const data = () => packed(ggml, randomNumbers(inputs * outputs, size, own), type, inputs)
    return { name, shape: [inputs, outputs], type, data }
  }
  const norm = (name: string): Tensor => ({
    name,
    shape: [width],
    type: 'F32',
    data: () => new Uint8Array(new Float32Array(width).fill(1).buffer),
  })
  const layer = (index: number): Tensor[] => [
    norm(`blk.${index}.attn_norm.weight`),
    matrix(`blk.${index}.attn_q.weight`, width, width),
    matrix(`blk.${index}.attn_k.weight`, width, keys),
    matrix(`blk.${index}.attn_v.weight`, width, keys),
    matrix(`blk.${index}.attn_output.weight`, width, width, small / Math.sqrt(width)),
    norm(`blk.${index}.ffn_norm.weight`),
    matrix(`blk.${index}.ffn_gate.weight`, width, feedForward),
    matrix(`blk.${index}.ffn_up.weight`, width, feedForward),
    matrix(`blk.${index}.ffn_down.weight`, feedForward, width, small / Math.sqrt(feedForward)),
  ]
  return [
    matrix('token_embd.weight', width, vocabulary, EMBEDDING_DEVIATION),
    norm('output_norm.weight'),
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
  ]
}

/** Each byte is a token; the others are fillers that no text comes to. */
function vocabularyOf(size: number): Record<string, MetadataValue> {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  )
  const fillers = Array.from({ length: size - 3 - bytes.length }, (_, index) => `filler${index}`)
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, ...fillers]
  return {
    'tokenizer.ggml.model': { type: 'string', value: 'llama' },
    'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
    'tokenizer.ggml.scores': { type: 'float32s', value: tokens.map((_, index) => -index) },
    'tokenizer.ggml.token_type': {
      type: 'int32s',
      value: [2, 3, 3, ...bytes.map(() => 6), ...fillers.map(() => 1)],
    },
    'tokenizer.ggml.bos_token_id': { type: 'uint32', value: 1 },
    'tokenizer.ggml.eos_token_id': { type: 'uint32', value: 2 },
    'tokenizer.ggml.unknown_token_id': { type: 'uint32', value: 0 },
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
    'tokenizer.ggml.add_space_prefix': { type: 'bool', value: false },
  }
}

/** Writes a llama of random weights that a loss can be taken of. */
export function writeTrainedModel(
  ggml: Ggml,
  path: string,
  shape: TrainedShape,
  type: WeightType,
): Promise<void> {
  const count = (value: number): MetadataValue => ({ type: 'uint32', value })
  const { layers, width, heads, keyHeads, feedForward, vocabulary } = shape
  const metadata: Record<string, MetadataValue> = {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.name': { type: 'string', value: 'Random weights for benches' },
    'llama.vocab_size': count(vocabulary),
    'llama.context_length': count(2_048),
    'llama.embedding_length': count(width),
    'llama.block_count': count(layers),
    'llama.feed_forward_length': count(feedForward),
    'llama.attention.head_count': count(heads),
    'llama.attention.head_count_kv': count(keyHeads),
    'llama.rope.dimension_count': count(width / heads),
    'llama.rope.freq_base': { type: 'float32', value: 10_000 },
    'llama.attention.layer_norm_rms_epsilon': { type: 'float32', value: 1e-5 },
    ...vocabularyOf(vocabulary),
  }
  return writeGguf(path, metadata, tensorsOf(ggml, shape, type))
}
