import { type MetadataValue, type Tensor, writeGguf } from '../../gpu-node/model-files/gguf-writer.ts'
import { Random } from '../../gpu-node/trainer/training/random.ts'
import { llamaMetadata, type Shape } from './llama-metadata.ts'
import { BLANK, type Vocabulary } from './tokenizer.ts'

/** The starter's. */
export const SHAPE: Shape = {
  layers: 6,
  width: 192,
  heads: 6,
  keyHeads: 2,
  feedForward: 512,
  vocabulary: 2_048,
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
function tensorShapes({ layers, width, heads, keyHeads, feedForward }: Shape, tokens: number) {
  const keys = (width / heads) * keyHeads
  const shapes: [name: string, shape: number[]][] = [['token_embd.weight', [width, tokens]]]
  for (let layer = 0; layer < layers; layer += 1) {
    const named = (name: string) => `blk.${layer}.${name}.weight`
    shapes.push(
      [named('attn_norm'), [width]],
      [named('attn_q'), [width, width]],
      [named('attn_k'), [width, keys]],
      [named('attn_v'), [width, keys]],
      [named('attn_output'), [width, width]],
      [named('ffn_norm'), [width]],
      [named('ffn_gate'), [width, feedForward]],
      [named('ffn_up'), [width, feedForward]],
      [named('ffn_down'), [feedForward, width]],
    )
  }
  shapes.push(['output_norm.weight', [width]])
  return shapes
}

const EMBEDDING_DEVIATION = 0.04
/** Of what comes into a matrix, so much goes out. */
const GAIN = 0.7

/** Normally distributed (Box and Muller). */
function normal(random: Random, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(random.next() + 1e-12))
  return radius * Math.cos(2 * Math.PI * random.next()) * deviation
}

/**
 * Embeddings at random, but for one thing: that of a word with a blank before it begins near that of the word, a common step
 * away, so that copying is the same task at the beginning of a sentence and inside of it.
 */
function embeddings(random: Random, width: number, tokens: readonly string[]): Float32Array {
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
  return values
}

/** Writes the model as it is before it has learned anything. Equal seeds write equal files. */
export async function writeUntrained(
  path: string,
  shape: Shape,
  vocabulary: Vocabulary,
  seed: number,
): Promise<void> {
  const random = new Random(seed)
  const tensors = tensorShapes(shape, vocabulary.tokens.length).map(([name, sizes]): Tensor => {
    const [inputs = 1, outputs] = sizes
    const valuesOf = (): Float32Array => {
      if (outputs === undefined) return new Float32Array(inputs).fill(1)
      if (name.startsWith('token_embd')) return embeddings(random, inputs, vocabulary.tokens)
      // What is added to the stream is smaller the more layers add to it (GPT-2).
      const gain = /attn_output|ffn_down/.test(name) ? 1 / Math.sqrt(2 * shape.layers) : GAIN
      const deviation = gain / Math.sqrt(inputs)
      return Float32Array.from({ length: inputs * outputs }, () => normal(random, deviation))
    }
    return { name, shape: sizes, type: 'F32', data: () => new Uint8Array(valuesOf().buffer) }
  })
  await writeGguf(path, metadataOf(shape, vocabulary, 'F32'), tensors)
}
