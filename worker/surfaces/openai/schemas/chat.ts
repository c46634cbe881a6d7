import { z } from '@hono/zod-openapi'
import {
  MAX_TOOL_CALLS,
  MAX_TOOL_NAME_LENGTH,
  MAX_TOOLS,
  MAX_TOP_LOGPROBS,
} from '../../../../shared/generation.ts'
import { only, samplingFields, streamOptionsNeedStream, Usage } from './common.ts'

/** Messages of one request. */
export const MAX_MESSAGES = 2_048

const TextPart = z.strictObject({ type: z.literal('text'), text: z.string() })
const Content = z.union([z.string(), z.array(TextPart).min(1)], {
  error: 'expected a string or a list of text parts',
})

const ToolName = z
  .string()
  .max(MAX_TOOL_NAME_LENGTH)
  .regex(/^[a-zA-Z0-9_-]+$/, { error: 'expected letters, digits, dashes and underscores' })
const ToolCallId = z.string().min(1).max(200)

const AssistantToolCall = z.strictObject({
  id: ToolCallId,
  type: z.literal('function'),
  function: z.strictObject({ name: ToolName, arguments: z.string() }),
})

const AssistantMessage = z
  .strictObject({
    role: z.literal('assistant'),
    content: Content.nullish(),
    tool_calls: z.array(AssistantToolCall).min(1).max(MAX_TOOL_CALLS).nullish(),
    refusal: z.null().optional(),
  })
  .refine((message) => message.tool_calls || typeof message.content === 'string' || message.content, {
    path: ['content'],
    error: 'it is required where there are no tool_calls',
  })

const ChatMessage = z
  .discriminatedUnion(
    'role',
    [
      z.strictObject({ role: z.literal('system'), content: Content }),
      z.strictObject({ role: z.literal('developer'), content: Content }),
      z.strictObject({ role: z.literal('user'), content: Content }),
      AssistantMessage,
      z.strictObject({ role: z.literal('tool'), content: Content, tool_call_id: ToolCallId }),
    ],
    { error: "expected a message whose role is 'system', 'developer', 'user', 'assistant' or 'tool'" },
  )
  .openapi('ChatMessage')

const JsonSchema = z.record(z.string(), z.unknown())

const Tool = z
  .strictObject({
    type: z.literal('function', { error: "only 'function' is supported" }),
    function: z.strictObject({
      name: ToolName,
      description: z.string().max(10_000).nullish(),
      parameters: JsonSchema.nullish(),
      strict: z.boolean().nullish(),
    }),
  })
  .openapi('Tool')

const ToolChoice = z.union(
  [
    z.enum(['none', 'auto', 'required']),
    z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: ToolName }) }),
  ],
  { error: "expected 'none', 'auto', 'required' or {type: 'function', function: {name}}" },
)

const ResponseFormat = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object') }),
    z.strictObject({
      type: z.literal('json_schema'),
      json_schema: z.strictObject({
        name: ToolName,
        description: z.string().max(10_000).nullish(),
        schema: JsonSchema,
        strict: z.boolean().nullish(),
      }),
    }),
  ],
  { error: "expected an object whose type is 'text', 'json_object' or 'json_schema'" },
)

/** What only holds between parameters. */
function checkTogether(body: z.infer<typeof ChatFields>, context: z.RefinementCtx): void {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message })
  if (body.max_tokens && body.max_completion_tokens) {
    refuse('max_tokens', 'give either max_tokens or max_completion_tokens, not both')
  }
  if (body.top_logprobs && !body.logprobs) refuse('top_logprobs', 'it is only allowed with logprobs: true')
  if (!body.tools) {
    if (body.tool_choice && body.tool_choice !== 'none')
      refuse('tool_choice', 'it is only allowed with tools')
    if (body.parallel_tool_calls != null) refuse('parallel_tool_calls', 'it is only allowed with tools')
    return
  }
  const names = body.tools.map((tool) => tool.function.name)
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated) refuse('tools', `two tools are named '${repeated}'`)
  const wanted = typeof body.tool_choice === 'object' ? body.tool_choice?.function.name : undefined
  if (wanted && !names.includes(wanted)) refuse('tool_choice', `there is no tool '${wanted}'`)
  if (body.response_format && body.response_format.type !== 'text') {
    refuse('response_format', 'it cannot be combined with tools')
  }
}

/** `POST /v1/chat/completions`. What is accepted acts; what is not honoured yet is refused by name. */
const ChatFields = z.strictObject({
  model: z.string().min(1).max(200),
  messages: z.array(ChatMessage).min(1).max(MAX_MESSAGES),
  ...samplingFields,
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  response_format: ResponseFormat.nullish(),
  tools: z.array(Tool).min(1).max(MAX_TOOLS).nullish(),
  tool_choice: ToolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(MAX_TOP_LOGPROBS).nullish(),
  store: only(false),
  service_tier: z.enum(['auto', 'default'], { error: "only 'auto' and 'default' are supported" }).nullish(),
  modalities: z.tuple([z.literal('text')], { error: "only ['text'] is supported" }).nullish(),
})

export const ChatRequest = ChatFields.superRefine((body, context) => {
  streamOptionsNeedStream(body, context)
  checkTogether(body, context)
}).openapi('ChatCompletionRequest')
export type ChatRequest = z.infer<typeof ChatRequest>

const LikelyToken = { token: z.string(), logprob: z.number(), bytes: z.array(z.int()).nullable() }
const Logprobs = z
  .object({
    content: z.array(z.object({ ...LikelyToken, top_logprobs: z.array(z.object(LikelyToken)) })).nullable(),
    refusal: z.null(),
  })
  .openapi('Logprobs')

const FinishReason = z.enum(['stop', 'length', 'tool_calls'])

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
          tool_calls: z.array(AssistantToolCall).optional(),
        }),
        logprobs: Logprobs.nullable(),
        finish_reason: FinishReason,
      }),
    ),
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
    usage: Usage.nullable().optional(),
  })
  .openapi('ChatCompletionChunk')
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>
