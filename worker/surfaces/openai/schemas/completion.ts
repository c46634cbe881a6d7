import { z } from '@hono/zod-openapi'
import { MAX_MODEL_NAME_LENGTH } from '../../../../shared/node.ts'
import {
  only,
  samplingFields,
  streamOptionsNeedStream,
} from '../../../http/chat-completions/sampling-fields.ts'
import { Usage } from './common.ts'

/** OpenAI's documented default for the older endpoint. */
export const DEFAULT_COMPLETION_TOKENS = 16

/** Prompts of one request: each becomes a generation of its own and the choice of its index. */
export const MAX_PROMPTS = 16

const Tokens = z.array(z.int().nonnegative()).min(1)

/** `POST /v1/completions`. */
export const CompletionRequest = z
  .strictObject({
    model: z.string().min(1).max(MAX_MODEL_NAME_LENGTH),
    prompt: z.union(
      [
        z.string(),
        Tokens,
        z.array(z.string()).min(1).max(MAX_PROMPTS),
        z.array(Tokens).min(1).max(MAX_PROMPTS),
      ],
      {
        error: `expected a string, a list of up to ${MAX_PROMPTS} strings, or token ids`,
      },
    ),
    ...samplingFields,
    max_tokens: z.int().min(1).nullish(),
    best_of: only(1),
    echo: only(false),
    logprobs: z.null({ error: 'it is not supported' }).optional(),
    suffix: z.null({ error: 'it is not supported' }).optional(),
  })
  .superRefine(streamOptionsNeedStream)
  .openapi('CompletionRequest')
export type CompletionRequest = z.infer<typeof CompletionRequest>

const choice = { index: z.int(), text: z.string(), logprobs: z.null() }
const common = {
  id: z.string().openapi({ example: 'cmpl-6921b2a00123456789abcdef' }),
  object: z.literal('text_completion'),
  created: z.int(),
  model: z.string(),
}

export const Completion = z
  .object({
    ...common,
    choices: z.array(z.object({ ...choice, finish_reason: z.enum(['stop', 'length']) })),
    usage: Usage,
  })
  .openapi('Completion')
export type Completion = z.infer<typeof Completion>

export const CompletionChunk = z
  .object({
    ...common,
    choices: z.array(z.object({ ...choice, finish_reason: z.enum(['stop', 'length']).nullable() })),
    usage: Usage.nullable().optional(),
  })
  .openapi('CompletionChunk')
export type CompletionChunk = z.infer<typeof CompletionChunk>
