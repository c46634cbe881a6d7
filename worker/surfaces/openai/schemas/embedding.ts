import { z } from '@hono/zod-openapi'
import { MAX_EMBEDDING_INPUTS } from '../../../../shared/generation.ts'
import { MAX_MODEL_NAME_LENGTH } from '../../../../shared/node.ts'

const Tokens = z.array(z.int().nonnegative()).min(1)
const Text = z.string().min(1)

/** `POST /v1/embeddings`. */
export const EmbeddingsRequest = z
  .strictObject({
    model: z.string().min(1).max(MAX_MODEL_NAME_LENGTH),
    input: z.union(
      [
        Text,
        Tokens,
        z.array(Text).min(1).max(MAX_EMBEDDING_INPUTS),
        z.array(Tokens).min(1).max(MAX_EMBEDDING_INPUTS),
      ],
      {
        error: `expected text, token ids, or a list of up to ${MAX_EMBEDDING_INPUTS} of either, none of them empty`,
      },
    ),
    encoding_format: z.enum(['float', 'base64']).nullish(),
    user: z.string().max(512).nullish(),
  })
  .openapi('EmbeddingsRequest')
export type EmbeddingsRequest = z.infer<typeof EmbeddingsRequest>

export const Embeddings = z
  .object({
    object: z.literal('list'),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int(),
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    ),
    model: z.string(),
    usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
  })
  .openapi('Embeddings')
export type Embeddings = z.infer<typeof Embeddings>
