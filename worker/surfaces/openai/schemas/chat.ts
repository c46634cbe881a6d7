import { z } from '@hono/zod-openapi'
import { only, samplingFields, streamOptionsNeedStream, Usage } from './common.ts'

/** Messages of one request. */
export const MAX_MESSAGES = 2_048

const TextPart = z.strictObject({ type: z.literal('text'), text: z.string() })
const Content = z.union([z.string(), z.array(TextPart).min(1)], {
  error: 'expected a string or a list of text parts',
})

const ChatMessage = z
  .discriminatedUnion(
    'role',
    [
      z.strictObject({ role: z.literal('system'), content: Content }),
      z.strictObject({ role: z.literal('developer'), content: Content }),
      z.strictObject({ role: z.literal('user'), content: Content }),
      z.strictObject({ role: z.literal('assistant'), content: Content, refusal: z.null().optional() }),
    ],
    { error: "expected a message whose role is 'system', 'developer', 'user' or 'assistant'" },
  )
  .openapi('ChatMessage')

/** `POST /v1/chat/completions`. What is accepted acts; what is not honoured yet is refused by name. */
export const ChatRequest = z
  .strictObject({
    model: z.string().min(1).max(200),
    messages: z.array(ChatMessage).min(1).max(MAX_MESSAGES),
    ...samplingFields,
    max_tokens: z.int().min(1).nullish(),
    max_completion_tokens: z.int().min(1).nullish(),
    response_format: z
      .discriminatedUnion(
        'type',
        [z.strictObject({ type: z.literal('text') }), z.strictObject({ type: z.literal('json_object') })],
        { error: "expected an object whose type is 'text' or 'json_object'" },
      )
      .nullish(),
    logprobs: only(false),
    store: only(false),
    service_tier: z.enum(['auto', 'default'], { error: "only 'auto' and 'default' are supported" }).nullish(),
    modalities: z.tuple([z.literal('text')], { error: "only ['text'] is supported" }).nullish(),
  })
  .superRefine((body, context) => {
    streamOptionsNeedStream(body, context)
    if (body.max_tokens && body.max_completion_tokens) {
      context.addIssue({
        code: 'custom',
        path: ['max_tokens'],
        message: 'give either max_tokens or max_completion_tokens, not both',
      })
    }
  })
  .openapi('ChatCompletionRequest')
export type ChatRequest = z.infer<typeof ChatRequest>

export const ChatCompletion = z
  .object({
    id: z.string().openapi({ example: 'chatcmpl-6921b2a00123456789abcdef' }),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        message: z.object({ role: z.literal('assistant'), content: z.string(), refusal: z.null() }),
        logprobs: z.null(),
        finish_reason: z.enum(['stop', 'length']),
      }),
    ),
    usage: Usage,
  })
  .openapi('ChatCompletion')
export type ChatCompletion = z.infer<typeof ChatCompletion>

export const ChatCompletionChunk = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion.chunk'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        delta: z.object({ role: z.literal('assistant').optional(), content: z.string().optional() }),
        logprobs: z.null(),
        finish_reason: z.enum(['stop', 'length']).nullable(),
      }),
    ),
    usage: Usage.nullable().optional(),
  })
  .openapi('ChatCompletionChunk')
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>
