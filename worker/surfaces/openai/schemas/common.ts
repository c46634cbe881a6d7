import { z } from '@hono/zod-openapi'
import { json } from '../../../http/json-content.ts'
import { OpenaiError } from '../../../http/openai-errors.ts'

/** The response of a route for every failure. */
export const failures = { default: json(OpenaiError, 'Any failure.') } as const

export const Usage = z
  .object({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    total_tokens: z.int(),
    prompt_tokens_details: z.object({ cached_tokens: z.int() }),
  })
  .openapi('Usage')
