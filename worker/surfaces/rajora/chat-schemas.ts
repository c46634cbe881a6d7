import { z } from '@hono/zod-openapi'
import { MAX_MODEL_NAME_LENGTH } from '../../../shared/node.ts'
import { MAX_MESSAGE_LENGTH } from '../../services/conversations/messages.ts'
import { DEFAULT_TEMPERATURE } from '../../services/conversations/question.ts'

/** Turns of one request. */
export const MAX_MESSAGES = 1_000

/** Conversations of one page: where nothing is asked for, and at most. */
export const DEFAULT_PAGE = 50
export const MAX_PAGE = 200

/** Above 2 nothing but noise is left of a distribution. */
export const MAX_TEMPERATURE = 2

/** A conversation as this contract names it. */
const conversationId = z.int().min(1).openapi({ example: 42 })

const ChatMessage = z
  .object({
    role: z.enum(['system', 'user', 'assistant']),
    content: z.string().min(1).max(MAX_MESSAGE_LENGTH),
  })
  .openapi('ChatMessage')

export const ChatRequest = z
  .object({
    messages: z
      .array(ChatMessage)
      .min(1)
      .max(MAX_MESSAGES)
      .refine((messages) => messages.at(-1)?.role === 'user', {
        error: 'the last message must be the user’s',
      })
      .openapi({
        description:
          'What is said now. Turns that the conversation has already may be sent again before it: they are not stored twice.',
      }),
    model: z.string().min(1).max(MAX_MODEL_NAME_LENGTH).nullish().openapi({
      description: 'Without one: the conversation’s, or else the default model.',
      example: 'llama-3.1-70b',
    }),
    temperature: z
      .number()
      .min(0)
      .max(MAX_TEMPERATURE)
      .nullish()
      .openapi({
        description: `Without one: ${DEFAULT_TEMPERATURE}.`,
        example: 0.7,
      }),
    max_tokens: z.int().min(1).nullish().openapi({
      description: 'Of the answer. Without it: a quarter of the model’s context, at most 2,048.',
      example: 2_048,
    }),
    conversation_id: conversationId
      .nullish()
      .openapi({ description: 'The conversation to go on with; null begins one.' }),
  })
  .openapi('ChatRequest')
export type ChatRequest = z.infer<typeof ChatRequest>

export const ChatAnswer = z
  .object({
    content: z.string(),
    model: z.string(),
    tokens_used: z
      .int()
      .nullable()
      .openapi({ description: 'Prompt and answer. null: the answer was stopped and its node did not say.' }),
    latency_ms: z.int().openapi({ description: 'Of the whole answer, measured in its conversation.' }),
    conversation_id: conversationId,
  })
  .openapi('ChatAnswer')

export const ChatEvent = z
  .object({
    content: z.string(),
    done: z.boolean(),
    conversation_id: conversationId.optional().openapi({ description: 'In the last event.' }),
    error: z.string().optional().openapi({ description: 'In the last event of an answer that failed.' }),
    status_code: z.int().optional(),
  })
  .openapi('ChatEvent')

export const Conversation = z
  .object({
    id: conversationId,
    title: z.string(),
    model_name: z
      .string()
      .nullable()
      .openapi({ description: 'The model that was named last. null: none was as yet.' }),
    created_at: z.string().openapi({ format: 'date-time' }),
    updated_at: z.string().openapi({ format: 'date-time' }),
  })
  .openapi('Conversation')

export const Page = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE)
    .default(DEFAULT_PAGE)
    .openapi({ param: { name: 'limit', in: 'query' }, description: 'Extension.' }),
  offset: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .openapi({ param: { name: 'offset', in: 'query' }, description: 'Extension.' }),
})

export const SocketQuery = z.object({
  conversation_id: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({
      param: { name: 'conversation_id', in: 'query' },
      description: 'The conversation to join. Without it, one begins with the first message.',
    }),
})

const measuredMs = (which: string) =>
  z
    .number()
    .nullable()
    .openapi({ description: `${which}, measured over the last 24 hours. null: there was none.` })

export const Model = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().openapi({ description: 'What the nodes know of its file.' }),
    context_length: z.int().openapi({ description: 'Tokens of prompt and answer together.' }),
    cost_per_1k_tokens: z.number().openapi({
      description:
        'Of prompts and answers alike, in what the deployment counts in; 0 where nobody has set a price.',
    }),
    latency_p50_ms: measuredMs('Half of the whole answers took no longer than this'),
    latency_p99_ms: measuredMs('99 of 100 whole answers took no longer than this'),
    available: z.boolean().openapi({ description: 'Whether a node that is linked now takes calls for it.' }),
    provider: z.literal('switchyard'),
  })
  .openapi('Model')

export const Benchmarks = z
  .object({
    model_id: z.string(),
    benchmarks: z
      .record(z.string(), z.number())
      .openapi({ description: 'Evaluations that were run on this deployment; none are as yet.' }),
    performance: z.object({
      avg_latency_ms: measuredMs('The mean time of a whole answer'),
      tokens_per_second: measuredMs('The pace of one answer once it has begun, in tokens a second'),
    }),
  })
  .openapi('Benchmarks')
