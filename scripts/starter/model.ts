import { type MetadataValue, type Tensor, writeGguf } from '../../gpu-node/model-files/gguf-writer.ts'
import { Random } from '../../gpu-node/trainer/training/random.ts'
import { headSizeOf, llamaMetadata, type Shape } from './llama-metadata.ts'
import { BLANK, type Vocabulary } from './tokenizer.ts'
import {
  type AttentionRows,
  type Frame,
  frameOf,
  looksUp,
  normal,
  type Put,
  ropeFactors,
  wireFinding,
  wireGathering,
  wireLookingBack,
  wireSaying,
} from './wiring.ts'

/** The starter's. */
export const SHAPE: Shape = {
  layers: 4,
  width: 256,
  // Wide: what a head carries over is a word out of three thousand, and must not be taken for another one.
  heads: 4,
  keyHeads: 2,
  headSize: 64,
  feedForward: 512,
  vocabulary: 3_072,
}

/** Tokens of a chat at most. */
export const CONTEXT_TOKENS = 2_048

/** The words of the starter's file about itself. */
export const metadataOf = (
  shape: Shape,
  vocabulary: Vocabulary,
  fileType: 'F32' | 'F16',
): Record<string, MetadataValue> =>
  llamaMetadata(shape, vocabulary, {
    name: 'Switchyard starter',
    description: 'Tiny chat model trained from scratch for Switchyard',
    fileType,
    contextTokens: CONTEXT_TOKENS,
  })

/** Names and sizes of the tensors, in the order of the file. The output is that of the embeddings. */
function tensorShapes(shape: Shape, tokens: number) {
  const { layers, width, heads, keyHeads, feedForward } = shape
  const headSize = headSizeOf(shape)
  const [queries, keys] = [headSize * heads, headSize * keyHeads]
  const shapes: [name: string, shape: number[]][] = [
    ['token_embd.weight', [width, tokens]],
    ['rope_freqs.weight', [headSize / 2]],
  ]
  for (let layer = 0; layer < layers; layer += 1) {
    const named = (name: string) => `blk.${layer}.${name}.weight`
    shapes.push(
      [named('attn_norm'), [width]],
      [named('attn_q'), [width, queries]],
      [named('attn_k'), [width, keys]],
      [named('attn_v'), [width, keys]],
      [named('attn_output'), [queries, width]],
      [named('ffn_norm'), [width]],
      [named('ffn_gate'), [width, feedForward]],
      [named('ffn_up'), [width, feedForward]],
      [named('ffn_down'), [feedForward, width]],
    )
  }
  shapes.push(['output_norm.weight', [width]])
  return shapes
}

const EMBEDDING_DEVIATION = 0.06
/** Of the length of what all words have in common, so much tells the rarest from those in between. */
const RARITY_SHARE = 0.7
/** Of what comes into a matrix, so much goes out. */
const GAIN = 0.7

/**
 * Embeddings at random, but for three things: they have a direction in common, they have one that says how rare they are, and
 * that of a word with a blank before it begins near that of the word, a common step away, so that copying is the same task at
 * the beginning of a sentence and inside of it.
 */
function embeddings(
  random: Random,
  { common, rare }: Frame,
  { tokens, rarity }: Pick<Vocabulary, 'tokens' | 'rarity'>,
): Float32Array {
  const width = common.length
  const values = Float32Array.from({ length: width * tokens.length }, () =>
    normal(random, EMBEDDING_DEVIATION),
  )
  const step = Float32Array.from({ length: width }, () => normal(random, EMBEDDING_DEVIATION))
  const places = new Map(tokens.map((token, place) => [token, place]))
  for (const [place, token] of tokens.entries()) {
    const twin = token.startsWith(BLANK) ? places.get(token.slice(1)) : undefined
    if (twin === undefined) continue
    for (let at = 0; at < width; at += 1) {
      const near = (values[twin * width + at] ?? 0) + (step[at] ?? 0)
      values[place * width + at] = near + (values[place * width + at] ?? 0) * 0.3
    }
  }
  const length = EMBEDDING_DEVIATION * Math.sqrt(width)
  return values.map((value, place) => {
    const [token, at] = [Math.floor(place / width), place % width]
    return value + length * ((common[at] ?? 0) + RARITY_SHARE * (rarity[token] ?? 0) * (rare[at] ?? 0))
  })
}

/** The numbers of each matrix of a model that has learned nothing, by name. What is added to the stream is nothing at first. */
function matrices(random: Random, shape: Shape, vocabulary: Vocabulary): Map<string, Float32Array> {
  const frame = frameOf(random, shape)
  const all = new Map<string, Float32Array>()
  for (const [name, [inputs = 1, outputs]] of tensorShapes(shape, vocabulary.tokens.length)) {
    if (name === 'rope_freqs.weight') all.set(name, ropeFactors(shape))
    else if (outputs === undefined) all.set(name, new Float32Array(inputs).fill(1))
    else if (name.startsWith('token_embd')) all.set(name, embeddings(random, frame, vocabulary))
    else {
      const deviation = /attn_output|ffn_down/.test(name) ? 0 : GAIN / Math.sqrt(inputs)
      all.set(
        name,
        Float32Array.from({ length: inputs * outputs }, () => normal(random, deviation)),
      )
    }
  }
  const rowsOf = (layer: number) => attentionRows(all, layer, shape)
  wireLookingBack(frame, shape, rowsOf(0))
  if (shape.layers > 1) wireSaying(frame, shape, rowsOf(1))
  if (looksUp(shape)) {
    wireGathering(frame, shape, rowsOf(0))
    wireFinding(frame, shape, rowsOf(2))
  }
  return all
}

function attentionRows(all: ReadonlyMap<string, Float32Array>, layer: number, shape: Shape): AttentionRows {
  const named = (name: string) => all.get(`blk.${layer}.${name}.weight`) ?? new Float32Array(0)
  const put =
    (matrix: Float32Array): Put =>
    (output, input, strength) =>
      matrix.set(
        input.map((value) => value * strength),
        output * shape.width,
      )
  const queries = headSizeOf(shape) * shape.heads
  const said = named('attn_output')
  return {
    query: put(named('attn_q')),
    key: put(named('attn_k')),
    value: put(named('attn_v')),
    said(input, output, strength) {
      for (const [at, value] of output.entries()) said[at * queries + input] = value * strength
    },
  }
}

/** Writes the model as it is before it has learned anything. Equal seeds write equal files. */
export async function writeUntrained(
  path: string,
  shape: Shape,
  vocabulary: Vocabulary,
  seed: number,
): Promise<void> {
  const numbers = matrices(new Random(seed), shape, vocabulary)
  const tensors = tensorShapes(shape, vocabulary.tokens.length).map(([name, sizes]): Tensor => {
    const values = numbers.get(name)
    if (values === undefined) throw new RangeError(`There are no numbers for "${name}".`)
    return { name, shape: sizes, type: 'F32', data: () => new Uint8Array(values.buffer) }
  })
  await writeGguf(path, metadataOf(shape, vocabulary, 'F32'), tensors)
}
