import { z } from '@hono/zod-openapi'
import { ChatFields, checkChat } from '../../../http/chat-completions/request.ts'
import { Usage } from './common.ts'

/** `POST /v1/chat/completions`. */
export const ChatRequest = ChatFields.superRefine(checkChat).openapi('ChatCompletionRequest')

const LikelyToken = { token: z.string(), logprob: z.number(), bytes: z.array(z.int()).nullable() }
const Logprobs = z
  .object({
    content: z.array(z.object({ ...LikelyToken, top_logprobs: z.array(z.object(LikelyToken)) })).nullable(),
    refusal: z.null(),
  })
  .openapi('Logprobs')

const ServiceTier = z
  .literal('default')
  .optional()
  .openapi({ description: 'Where the request gave one. There is one tier.' })

const FinishReason = z.enum(['stop', 'length', 'tool_calls'])

const ToolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
})

export const ChatCompletion = z
  .object({
    id: z.string().openapi({ example: 'chatcmpl-6921b2a00123456789abcdef' }),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        message: z.object({
          role: z.literal('assistant'),
          content: z.string().nullable(),
          refusal: z.null(),
          tool_calls: z.array(ToolCall).optional(),
        }),
        logprobs: Logprobs.nullable(),
        finish_reason: FinishReason,
      }),
    ),
    service_tier: ServiceTier,
    usage: Usage,
  })
  .openapi('ChatCompletion')
export type ChatCompletion = z.infer<typeof ChatCompletion>

const ToolCallChunk = z.object({
  index: z.int(),
  id: z.string().optional(),
  type: z.literal('function').optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string() }),
})

export const ChatCompletionChunk = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion.chunk'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        delta: z.object({
          role: z.literal('assistant').optional(),
          content: z.string().optional(),
          tool_calls: z.array(ToolCallChunk).optional(),
        }),
        logprobs: Logprobs.nullable(),
        finish_reason: FinishReason.nullable(),
      }),
    ),
    service_tier: ServiceTier,
    usage: Usage.nullable().optional(),
  })
  .openapi('ChatCompletionChunk')
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>
