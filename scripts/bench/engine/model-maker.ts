import { access, mkdir, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  type MetadataValue,
  Q4_0_BLOCK,
  Q8_0_BLOCK,
  type Tensor,
  writeGguf,
} from '../../../gpu-node/model-files/gguf-writer.ts'
import { llamaMetadata, type Shape } from '../../starter/llama-metadata.ts'
import { BLANK, BYTES, SPECIALS, vocabularyOf } from '../../starter/tokenizer.ts'

const VOCABULARY = 49_152

/** By the number of their weights: speed depends on their sizes alone, not on what they say. Of the smaller one a step is so short that what is done around it shows. */
export const SHAPES = {
  '135m': { layers: 30, width: 576, heads: 9, keyHeads: 3, feedForward: 1_536, vocabulary: VOCABULARY },
  '32m': { layers: 8, width: 384, heads: 6, keyHeads: 2, feedForward: 1_024, vocabulary: VOCABULARY },
  '30m': { layers: 7, width: 384, heads: 6, keyHeads: 2, feedForward: 1_024, vocabulary: VOCABULARY },
} satisfies Record<string, Shape>

/** How a model is written. */
export interface ModelForm {
  size: keyof typeof SHAPES | Shape
  weights: keyof typeof BLOCKS
  /** Tokens for which the model says it was made. */
  contextTokens: number
}

const USUAL_FORM: ModelForm = { size: '135m', weights: 'Q8_0', contextTokens: 2_048 }

/** How weights are made: of blocks behind the half-precision number that scales them. F32 is made as Q8_0, and unpacked. */
const BLOCKS = { F32: Q8_0_BLOCK, Q4_0: Q4_0_BLOCK, Q8_0: Q8_0_BLOCK }
/** Standard deviation of the evenly spread whole numbers in a block. */
const DEVIATIONS = { F32: 256 / Math.sqrt(12), Q4_0: 16 / Math.sqrt(12), Q8_0: 256 / Math.sqrt(12) }

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz']
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

const shapeOf = (size: ModelForm['size']): Shape => (typeof size === 'string' ? SHAPES[size] : size)

function metadata({ size, weights, contextTokens }: ModelForm): Record<string, MetadataValue> {
  const shape = shapeOf(size)
  const vocabulary = vocabularyOf(words(shape.vocabulary - FIRST_WORD))
  const name = 'Random weights for benches'
  return llamaMetadata(shape, vocabulary, { name, fileType: weights, contextTokens })
}

/** The smallest power of two that is a whole half-precision number: its exponent. */
const LEAST_EXPONENT = -14

/** A power of two as a half-precision number: its exponent alone. */
const halfPowerOfTwo = (exponent: number): number => (exponent + 15) << 10

/** Random blocks of this standard deviation, up to a power of two: about 1/√inputs keeps the size of what they are multiplied with. */
export function randomRows(
  inputs: number,
  outputs: number,
  seed: number,
  {
    weights = 'Q8_0',
    deviation = 1 / Math.sqrt(inputs),
  }: { weights?: ModelForm['weights']; deviation?: number } = {},
): Uint8Array {
  const { bytes, weights: inBlock } = BLOCKS[weights]
  const data = new Uint8Array((inputs / inBlock) * outputs * bytes)
  const view = new Uint32Array(data.buffer, 0, data.length >> 2)
  let state = seed | 1
  for (let index = 0; index < view.length; index += 1) {
    // Marsaglia's xorshift32: the same file on every machine.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    view[index] = state
  }
  const exponent = Math.round(Math.log2(deviation / DEVIATIONS[weights]))
  const scale = halfPowerOfTwo(Math.max(LEAST_EXPONENT, exponent))
  for (let block = 0; block < data.length; block += bytes) {
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
 * Embeddings are also the output. So small, a first loss is near that of guessing, and gradients are those of a model that can
 * be trained.
 */
const EMBEDDING_DEVIATION = 0.02

/**
 * Control tokens and bytes are shorter: the logits of many words are above theirs, so no answer ends by itself and every token
 * is a word. Rows of zeros would have no gradient that is a number.
 */
const SPECIAL_DEVIATION = EMBEDDING_DEVIATION / 4

/** The tokens' rows. */
function embeddings({ width, vocabulary }: Shape, weights: ModelForm['weights']): Uint8Array {
  const specials = randomRows(width, FIRST_WORD, 1, { weights, deviation: SPECIAL_DEVIATION })
  const all = randomRows(width, vocabulary, 1, { weights, deviation: EMBEDDING_DEVIATION })
  all.set(specials)
  return all
}

function tensors({ size, weights }: ModelForm): Tensor[] {
  const written = (rows: Uint8Array) => (weights === 'F32' ? unpackedRows(rows) : rows)
  const shape = shapeOf(size)
  const { width, heads, keyHeads, feedForward, layers } = shape
  const keys = (width / heads) * keyHeads
  /** So that layers together add as much as they are given. */
  const share = 1 / Math.sqrt(2 * layers)
  let seed = 1
  const matrix = (name: string, inputs: number, outputs: number, factor = 1): Tensor => {
    seed += 1
    const own = seed
    const deviation = factor / Math.sqrt(inputs)
    const data = () => written(randomRows(inputs, outputs, own, { weights, deviation }))
    return { name, shape: [inputs, outputs], type: weights, data }
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
    matrix(`blk.${index}.attn_output.weight`, width, width, share),
    norm(`blk.${index}.ffn_norm.weight`),
    matrix(`blk.${index}.ffn_gate.weight`, width, feedForward),
    matrix(`blk.${index}.ffn_up.weight`, width, feedForward),
    matrix(`blk.${index}.ffn_down.weight`, feedForward, width, share),
  ]
  return [
    {
      name: 'token_embd.weight',
      shape: [width, shape.vocabulary],
      type: weights,
      data: () => written(embeddings(shape, weights)),
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
