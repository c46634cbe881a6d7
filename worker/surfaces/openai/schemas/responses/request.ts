import { z } from '@hono/zod-openapi'
import { MAX_TOOLS, MAX_TOP_LOGPROBS } from '../../../../../shared/generation.ts'
import { MAX_MODEL_NAME_LENGTH } from '../../../../../shared/node.ts'
import { ToolName } from '../../../../http/chat-completions/messages.ts'
import {
  MAX_CACHE_KEY_LENGTH,
  MAX_SAFETY_IDENTIFIER_LENGTH,
} from '../../../../http/chat-completions/request.ts'
import { only, streamOptionsNeedStream } from '../../../../http/chat-completions/sampling-fields.ts'
import { GivenItem } from './items.ts'
import { Metadata } from './metadata.ts'
import { calledName, namesIn, ResponseTool, ResponseToolChoice } from './tools.ts'

/** Items of one request. */
export const MAX_INPUT_ITEMS = 2_048

/** Most calls of hosted tools that may be asked for. */
export const MAX_HOSTED_CALLS = 128

const MAX_DESCRIPTION_LENGTH = 10_000

const JsonSchema = z.record(z.string(), z.unknown())

const TextFormat = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object') }),
    z.strictObject({
      type: z.literal('json_schema'),
      name: ToolName,
      description: z.string().max(MAX_DESCRIPTION_LENGTH).nullish(),
      schema: JsonSchema,
      strict: z.boolean().nullish(),
    }),
  ],
  { error: "expected an object whose type is 'text', 'json_object' or 'json_schema'" },
)

/** Reasoning is taken where it asks nothing of a model that does not reason. */
const Reasoning = z
  .strictObject({
    effort: z
      .literal('none', {
        error: "only 'none' is supported: the models here do not reason before they answer",
      })
      .nullish(),
    summary: z
      .literal('auto', { error: "only 'auto' is supported: there is no reasoning to summarise" })
      .nullish(),
    generate_summary: z
      .literal('auto', { error: "only 'auto' is supported: there is no reasoning to summarise" })
      .nullish(),
    encrypted_content: z.null({ error: 'it is not supported' }).optional(),
  })
  .nullish()

/** More of an answer that may be asked for. Of what never is, nothing comes. */
export const Include = z
  .array(
    z.enum(
      [
        'message.output_text.logprobs',
        'file_search_call.results',
        'web_search_call.action.sources',
        'web_search_call.results',
        'code_interpreter_call.outputs',
        'reasoning.encrypted_content',
        'message.input_image.image_url',
      ],
      {
        error:
          "supported are 'message.output_text.logprobs', 'file_search_call.results', 'web_search_call.action.sources' and " +
          "'code_interpreter_call.outputs', and, without anything to show, 'web_search_call.results', 'reasoning.encrypted_content' " +
          "and 'message.input_image.image_url'",
      },
    ),
  )
  .max(8)

const ConversationId = z.string().min(1).max(64)

const unsupported = (message: string) => z.null({ error: message }).optional()

/** `POST /v1/responses`: each parameter that is accepted acts; one that is not honoured is refused by name. */
export const ResponseFields = z.strictObject({
  model: z.string().min(1).max(MAX_MODEL_NAME_LENGTH),
  input: z
    .preprocess(
      (input) => (typeof input === 'string' ? [{ role: 'user', content: input }] : input),
      z.array(GivenItem).min(1).max(MAX_INPUT_ITEMS),
    )
    .openapi({ description: 'A question, or items.' })
    .optional(),
  instructions: z.string().nullish(),
  previous_response_id: z.string().min(1).max(64).nullish(),
  conversation: z
    .union([ConversationId, z.strictObject({ id: ConversationId })])
    .nullish()
    .openapi({ description: 'What is asked and answered is added to it.' }),
  store: z
    .boolean()
    .nullish()
    .openapi({ description: 'Kept for 30 days unless this is false, which keeps nothing.' }),
  background: z.boolean().nullish().openapi({
    description: 'It goes on without its reader: `GET` it, with `stream=true` its events, or cancel it.',
  }),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: only(false) }).nullish(),
  text: z.strictObject({ format: TextFormat.nullish(), verbosity: only('medium') }).nullish(),
  tools: z.array(ResponseTool).max(MAX_TOOLS).nullish(),
  tool_choice: ResponseToolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tool_calls: z.int().min(1).max(MAX_HOSTED_CALLS).nullish().openapi({
    description: 'Of tools that are run here. Your own functions are called as often as the model likes.',
  }),
  max_output_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.int().min(0).max(MAX_TOP_LOGPROBS).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish().openapi({
    description: '`auto` leaves out the oldest turns where the model’s context does not hold all.',
  }),
  metadata: Metadata.nullish(),
  include: Include.nullish(),
  reasoning: Reasoning,
  service_tier: z.enum(['auto', 'default'], { error: "only 'auto' and 'default' are supported" }).nullish(),
  prompt_cache_key: z.string().min(1).max(MAX_CACHE_KEY_LENGTH).nullish(),
  prompt_cache_retention: only('in_memory'),
  safety_identifier: z.string().min(1).max(MAX_SAFETY_IDENTIFIER_LENGTH).nullish(),
  user: z.string().max(512).nullish(),
  prompt: unsupported('prompt templates are not supported: send instructions and input'),
  context_management: unsupported('it is not supported: truncation leaves out the oldest turns'),
  moderation: unsupported('it is not supported'),
})
export type ResponseFields = z.infer<typeof ResponseFields>

/** The rules that hold between parameters. */
function checkResponse(body: ResponseFields, context: z.RefinementCtx<ResponseFields>): void {
  streamOptionsNeedStream(body, context)
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message })
  if (!body.input && body.previous_response_id == null && body.conversation == null)
    refuse('input', 'it is required where the request goes on from nothing')
  if (body.conversation != null && body.previous_response_id != null)
    refuse('previous_response_id', 'give either it or a conversation, not both')
  if (body.background && body.store === false)
    refuse('background', 'it is only allowed where the response is stored')
  const names = (body.tools ?? []).map(calledName)
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated) refuse('tools', `two tools are named '${repeated}'`)
  const stranger = namesIn(body.tool_choice).find((name) => !names.includes(name))
  if (stranger) refuse('tool_choice', `there is no tool '${stranger}'`)
  if (names.length === 0 && body.tool_choice === 'required')
    refuse('tool_choice', 'it is only allowed with tools')
}

export const ResponseRequest = ResponseFields.superRefine(checkResponse).openapi('CreateResponseRequest')
