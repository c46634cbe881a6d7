import { z } from '@hono/zod-openapi'

/** Pairs of a thing, and the longest key and value, as OpenAI documents them. */
export const MAX_METADATA_PAIRS = 16
export const MAX_METADATA_KEY_LENGTH = 64
export const MAX_METADATA_VALUE_LENGTH = 512

/** A caller's own words about a thing. */
export const Metadata = z
  .record(z.string().min(1).max(MAX_METADATA_KEY_LENGTH), z.string().max(MAX_METADATA_VALUE_LENGTH))
  .refine((pairs) => Object.keys(pairs).length <= MAX_METADATA_PAIRS, {
    error: `at most ${MAX_METADATA_PAIRS} pairs are taken`,
  })
