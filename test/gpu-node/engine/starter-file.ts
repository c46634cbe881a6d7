import { fileURLToPath } from 'node:url'
import { readGgufFileInfo } from 'node-llama-cpp'
import { TINY_MODEL } from '../../support/tiny-model.ts'

/** The file of the tests' model: what they know of it, they read there. */
export const STARTER = fileURLToPath(new URL(`../../../${TINY_MODEL}`, import.meta.url))

const { architectureMetadata, metadata } = await readGgufFileInfo(STARTER, { sourceType: 'filesystem' })
const { tokens } = metadata.tokenizer.ggml

/** Its sizes. */
export const STARTER_SHAPE = {
  layers: architectureMetadata.block_count ?? 0,
  width: architectureMetadata.embedding_length ?? 0,
  feedForward: Number(architectureMetadata.feed_forward_length ?? 0),
  vocabulary: tokens.length,
} as const

/** The token that is this one byte of text. */
export function byteToken(character: string): number {
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
  const token = tokens.indexOf(`<0x${code}>`)
  if (token < 0) throw new RangeError(`The model has no token for "${character}" alone.`)
  return token
}
