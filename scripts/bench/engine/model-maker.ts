import { access, mkdir, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  type MetadataValue,
  Q8_0_BLOCK,
  type Tensor,
  writeGguf,
} from '../../../gpu-node/model-files/gguf-writer.ts'

/** The sizes of a small Llama. Speed depends on it alone, not on what the weights say. */
interface Shape {
  layers: number
  width: number
  heads: number
  keyHeads: number
  feedForward: number
}

/** By the number of their weights. Of the smaller one a step is so short that what is done around it shows. */
const SHAPES = {
  '135m': { layers: 30, width: 576, heads: 9, keyHeads: 3, feedForward: 1_536 },
  '30m': { layers: 7, width: 384, heads: 6, keyHeads: 2, feedForward: 1_024 },
} satisfies Record<string, Shape>

const VOCABULARY = 49_152

/** How a model is written. */
export interface ModelForm {
  size: keyof typeof SHAPES
  weights: 'F32' | 'Q8_0'
  /** Tokens for which the model says it was made. */
  contextTokens: number
}

const USUAL_FORM: ModelForm = { size: '135m', weights: 'Q8_0', contextTokens: 2_048 }

/** llama.cpp's types of files: of the tensors that most are. */
const FILE_TYPES = { F32: 0, Q8_0: 7 } as const

const CHATML_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz']
/** How the tokeniser spells a blank. */
const BLANK = '▁'

// llama.cpp's types of tokens.
const [NORMAL, UNKNOWN, CONTROL, BYTE] = [1, 2, 3, 6]

const SPECIALS = ['<unk>', '<|im_start|>', '<|im_end|>'] as const
const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
)
const FIRST_WORD = SPECIALS.length + BYTES.length

/** Rows of letters, short ones first, each without and with a blank in front; as many as the vocabulary has room for. */
function words(count: number): string[] {
  const found = [BLANK]
  // Each row is a shorter one and a letter more, so that the tokeniser can put it together pair by pair.
  const stems = ['']
  for (let stem = 0; found.length < count; stem += 1) {
    for (const letter of LETTERS) {
      const word = (stems[stem] ?? '') + letter
      stems.push(word)
      found.push(word, BLANK + word)
    }
  }
  return found.slice(0, count)
}

function vocabulary(): Record<string, MetadataValue> {
  const known = words(VOCABULARY - FIRST_WORD)
  const tokens = [...SPECIALS, ...BYTES, ...known]
  const types = [UNKNOWN, CONTROL, CONTROL, ...BYTES.map(() => BYTE), ...known.map(() => NORMAL)]
  return {
    'tokenizer.ggml.model': { type: 'string', value: 'llama' },
    'tokenizer.ggml.pre': { type: 'string', value: 'default' },
    'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
    'tokenizer.ggml.scores': { type: 'float32s', value: tokens.map((_, index) => -index) },
    'tokenizer.ggml.token_type': { type: 'int32s', value: types },
    'tokenizer.ggml.bos_token_id': { type: 'uint32', value: SPECIALS.indexOf('<|im_start|>') },
    'tokenizer.ggml.eos_token_id': { type: 'uint32', value: SPECIALS.indexOf('<|im_end|>') },
    'tokenizer.ggml.unknown_token_id': { type: 'uint32', value: SPECIALS.indexOf('<unk>') },
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
    'tokenizer.ggml.add_eos_token': { type: 'bool', value: false },
    'tokenizer.ggml.add_space_prefix': { type: 'bool', value: false },
    'tokenizer.chat_template': { type: 'string', value: CHATML_TEMPLATE },
  }
}

function metadata({ size, weights, contextTokens }: ModelForm): Record<string, MetadataValue> {
  const shape = SHAPES[size]
  const count = (value: number): MetadataValue => ({ type: 'uint32', value })
  return {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.name': { type: 'string', value: 'Random weights for benches' },
    'general.file_type': count(FILE_TYPES[weights]),
    'llama.vocab_size': count(VOCABULARY),
    'llama.context_length': count(contextTokens),
    'llama.embedding_length': count(shape.width),
    'llama.block_count': count(shape.layers),
    'llama.feed_forward_length': count(shape.feedForward),
    'llama.attention.head_count': count(shape.heads),
    'llama.attention.head_count_kv': count(shape.keyHeads),
    'llama.rope.dimension_count': count(shape.width / shape.heads),
    'llama.rope.freq_base': { type: 'float32', value: 10_000 },
    'llama.attention.layer_norm_rms_epsilon': { type: 'float32', value: 1e-5 },
    ...vocabulary(),
  }
}

/** Standard deviation of evenly spread signed bytes. */
const BYTE_DEVIATION = 256 / Math.sqrt(12)

/** A power of two as a half-precision number: its exponent alone. */
const halfPowerOfTwo = (exponent: number): number => (exponent + 15) << 10

/** Random blocks whose weights keep the size of what they are multiplied with: a deviation of about 1/√inputs. */
export function randomRows(inputs: number, outputs: number, seed: number): Uint8Array {
  const data = new Uint8Array((inputs / Q8_0_BLOCK.weights) * outputs * Q8_0_BLOCK.bytes)
  const view = new Uint32Array(data.buffer, 0, data.length >> 2)
  let state = seed | 1
  for (let index = 0; index < view.length; index += 1) {
    // Marsaglia's xorshift32: the same file on every machine.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    view[index] = state
  }
  const scale = halfPowerOfTwo(Math.round(Math.log2(1 / (Math.sqrt(inputs) * BYTE_DEVIATION))))
  for (let block = 0; block < data.length; block += Q8_0_BLOCK.bytes) {
    data[block] = scale & 0xff
    data[block + 1] = scale >> 8
  }
  return data
}

/** The same rows as numbers. */
export function unpackedRows(rows: Uint8Array): Uint8Array {
  const numbers = new Float32Array((rows.length / Q8_0_BLOCK.bytes) * Q8_0_BLOCK.weights)
  const bytes = new Int8Array(rows.buffer, rows.byteOffset, rows.length)
  let index = 0
  for (let block = 0; block < rows.length; block += Q8_0_BLOCK.bytes) {
    const scale = 2 ** (((rows[block + 1] ?? 0) >> 2) - 15) // a power of two, as `halfPowerOfTwo` writes it
    for (let place = block + 2; place < block + Q8_0_BLOCK.bytes; place += 1) {
      numbers[index] = (bytes[place] ?? 0) * scale
      index += 1
    }
  }
  return new Uint8Array(numbers.buffer)
}

/**
 * The tokens' rows, which are also the output layer. Control tokens and bytes are zero: their logit is 0 where the best of
 * 49,000 others are above 3, so no answer ends by itself and every token is a word.
 */
function embeddings(width: number): Uint8Array {
  const data = randomRows(width, VOCABULARY, 1)
  return data.fill(0, 0, (FIRST_WORD * width * Q8_0_BLOCK.bytes) / Q8_0_BLOCK.weights)
}

function tensors({ size, weights: type }: ModelForm): Tensor[] {
  const written = (rows: Uint8Array) => (type === 'F32' ? unpackedRows(rows) : rows)
  const { width, heads, keyHeads, feedForward, layers } = SHAPES[size]
  const keys = (width / heads) * keyHeads
  let seed = 1
  const matrix = (name: string, inputs: number, outputs: number): Tensor => {
    seed += 1
    const own = seed
    return { name, shape: [inputs, outputs], type, data: () => written(randomRows(inputs, outputs, own)) }
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
    matrix(`blk.${index}.attn_output.weight`, width, width),
    norm(`blk.${index}.ffn_norm.weight`),
    matrix(`blk.${index}.ffn_gate.weight`, width, feedForward),
    matrix(`blk.${index}.ffn_up.weight`, width, feedForward),
    matrix(`blk.${index}.ffn_down.weight`, feedForward, width),
  ]
  return [
    {
      name: 'token_embd.weight',
      shape: [width, VOCABULARY],
      type,
      data: () => written(embeddings(width)),
    },
    norm('output_norm.weight'),
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
  ]
}

/** Makes the model where it is missing: of 135 million random weights 143 MB in Q8_0, 538 MB in F32. */
export async function ensureModel(path: string, form: Partial<ModelForm> = {}): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (isThere) return
  await mkdir(dirname(path), { recursive: true })
  const unfinished = `${path}.${process.pid}`
  const whole = { ...USUAL_FORM, ...form }
  await writeGguf(unfinished, metadata(whole), tensors(whole))
  await rename(unfinished, path)
}

/** Whole numbers below a limit. */
function randomNumbers(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 8) % below
  }
}

/** Tokens of words; equal seeds give equal ones. */
export function randomTokens(count: number, seed: number): number[] {
  const next = randomNumbers(seed)
  return Array.from({ length: count }, () => FIRST_WORD + next(VOCABULARY - FIRST_WORD))
}

/** Words of the model's own vocabulary; equal seeds give equal texts. */
export function randomText(wordCount: number, seed: number): string {
  const next = randomNumbers(seed)
  const word = () => Array.from({ length: 3 }, () => LETTERS[next(LETTERS.length)]).join('')
  return Array.from({ length: wordCount }, word).join(' ')
}
