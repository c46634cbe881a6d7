import { z } from '@hono/zod-openapi'
import { MAX_TOOLS, MAX_TOP_LOGPROBS } from '../../../shared/generation.ts'
import { MAX_MODEL_NAME_LENGTH } from '../../../shared/node.ts'
import { ChatMessage, ToolName } from './messages.ts'
import { only, samplingFields, streamOptionsNeedStream } from './sampling-fields.ts'

/** Messages of one request. */
export const MAX_MESSAGES = 2_048

/** Longest `prompt_cache_key` (OpenAI's own refusal names it) and `safety_identifier` (OpenAI documents it). */
export const MAX_CACHE_KEY_LENGTH = 64
export const MAX_SAFETY_IDENTIFIER_LENGTH = 128

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

const NamedTool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({ name: ToolName }),
})

/** All tools are shown to the model, so that its prompt stays the same and cached; only these may be called. */
const AllowedTools = z.strictObject({
  type: z.literal('allowed_tools'),
  allowed_tools: z.strictObject({
    mode: z.enum(['auto', 'required']),
    tools: z.array(NamedTool).min(1).max(MAX_TOOLS),
  }),
})

const ToolChoice = z.union([z.enum(['none', 'auto', 'required']), NamedTool, AllowedTools], {
  error:
    "expected 'none', 'auto', 'required', {type: 'function', function: {name}} or " +
    "{type: 'allowed_tools', allowed_tools: {mode: 'auto' or 'required', tools: [{type: 'function', function: {name}}]}}",
})

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

/** The tools that a choice names. */
function namesIn(choice: z.infer<typeof ToolChoice> | null | undefined): string[] {
  if (typeof choice !== 'object' || choice === null) return []
  const named = choice.type === 'function' ? [choice] : choice.allowed_tools.tools
  return named.map((tool) => tool.function.name)
}

/**
 * The parameters of a chat completion. Each that is accepted acts; one that is not honoured yet is refused by name.
 * `metadata` belongs to stored completions: OpenAI, too, refuses it without `store: true`. `reasoning_effort` is refused as
 * OpenAI's models without adjustable reasoning refuse it, and of `verbosity` what those take: the value that changes
 * nothing.
 */
export const ChatFields = z.strictObject({
  model: z.string().min(1).max(MAX_MODEL_NAME_LENGTH),
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
  metadata: z
    .null({ error: 'it is only allowed with store: true, and completions are not stored here' })
    .optional(),
  verbosity: only('medium'),
  service_tier: z
    .enum(['auto', 'default'], { error: "only 'auto' and 'default' are supported" })
    .nullish()
    .openapi({ description: 'Where it is given, the answer says the tier that served it.' }),
  prompt_cache_key: z
    .string()
    .min(1)
    .max(MAX_CACHE_KEY_LENGTH)
    .nullish()
    .openapi({ description: 'Requests of one key go to the same node, where their beginning is cached.' }),
  safety_identifier: z
    .string()
    .min(1)
    .max(MAX_SAFETY_IDENTIFIER_LENGTH)
    .nullish()
    .openapi({ description: 'Your own name for the end user, kept in the log in place of `user`.' }),
  modalities: z.tuple([z.literal('text')], { error: "only ['text'] is supported" }).nullish(),
})
export type ChatRequest = z.infer<typeof ChatFields>

/** The rules that hold between parameters. */
export function checkChat(body: ChatRequest, context: z.RefinementCtx<ChatRequest>): void {
  streamOptionsNeedStream(body, context)
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
  const stranger = namesIn(body.tool_choice).find((name) => !names.includes(name))
  if (stranger) refuse('tool_choice', `there is no tool '${stranger}'`)
}
