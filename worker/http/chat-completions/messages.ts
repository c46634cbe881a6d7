import { z } from '@hono/zod-openapi'
import {
  MAX_PARTICIPANT_NAME_LENGTH,
  MAX_TOOL_CALLS,
  MAX_TOOL_NAME_LENGTH,
  PARTICIPANT_NAME,
} from '../../../shared/generation.ts'

const TextPart = z.strictObject({ type: z.literal('text'), text: z.string() })
const RefusalPart = z.strictObject({ type: z.literal('refusal'), refusal: z.string() })

/** Parts of OpenAI's messages that no model here is shown. */
const OTHER_PARTS = new Set<unknown>(['image_url', 'input_audio', 'file', 'refusal'])

/** The sentence for content that is not taken, which names the kind of part that it is for. */
const contentMistake =
  (expected: string) =>
  ({ input }: { input?: unknown }): string => {
    const kinds: unknown[] = Array.isArray(input) ? input.map((part) => part?.type) : []
    const kind = kinds.find((one) => OTHER_PARTS.has(one))
    return kind === undefined ? expected : `parts of type '${kind}' are not supported: ${expected}`
  }

const Content = z.union([z.string(), z.array(TextPart).min(1)], {
  error: contentMistake('expected a string or a list of text parts'),
})
const AssistantContent = z.union(
  [z.string(), z.array(z.discriminatedUnion('type', [TextPart, RefusalPart])).min(1)],
  { error: contentMistake('expected a string or a list of text and refusal parts') },
)

export const ToolName = z
  .string()
  .max(MAX_TOOL_NAME_LENGTH)
  .regex(/^[a-zA-Z0-9_-]+$/, { error: 'expected letters, digits, dashes and underscores' })
const ToolCallId = z.string().min(1).max(200)

/**
 * Who speaks, where several speak in one role. A model whose chat template knows names sees it there. For any other, what
 * was said begins with it (`alice: …`): always in system and user turns, in assistant turns only where several assistants
 * speak, because a model goes on as its turns began and would answer with its own name. OpenAI's pattern and length.
 */
const ParticipantName = z
  .string()
  .max(MAX_PARTICIPANT_NAME_LENGTH)
  .regex(PARTICIPANT_NAME, { error: 'expected neither blanks nor any of < | \\ / >' })
  .optional()
  .openapi({ description: 'Tells participants of one role apart.' })

/**
 * A field that a client adds for itself to a turn. Taken, so that it can send the turn back as it has it, and shown to no
 * model.
 */
const clientsOwn = <Schema extends z.ZodType>(schema: Schema, what: string) =>
  schema.nullish().openapi({ description: `${what} Taken and not shown to the model.` })

const SentBackCall = z.strictObject({
  id: ToolCallId,
  // Clients that add up the pieces of a stream field by field are left with the null of the last piece.
  type: z.literal('function').nullish(),
  function: z.strictObject({
    name: ToolName,
    arguments: z.string(),
    parsed_arguments: clientsOwn(z.unknown(), 'The arguments as their client has parsed them.'),
  }),
  index: clientsOwn(z.int().min(0), 'Its place in a stream.'),
})

/**
 * An answer as its client sends it back, with all that clients and their types put into one. What was said is shown to the
 * model: its content, or else the refusal, or else the words of what was spoken; and its calls.
 */
const AssistantFields = z.strictObject({
  role: z.literal('assistant'),
  content: AssistantContent.nullish(),
  name: ParticipantName,
  tool_calls: z.array(SentBackCall).max(MAX_TOOL_CALLS).nullish(),
  refusal: z.string().nullish().openapi({ description: 'Shown to the model where there is no content.' }),
  audio: z
    .looseObject({ id: z.string(), transcript: z.string().nullish() })
    .nullish()
    .openapi({ description: 'Its transcript is shown to the model where nothing else was said.' }),
  function_call: z.strictObject({ name: ToolName, arguments: z.string() }).nullish().openapi({
    description: 'The older form of one call; shown to the model where there are no tool_calls.',
  }),
  annotations: clientsOwn(z.array(z.unknown()), 'Citations.'),
  parsed: clientsOwn(z.unknown(), 'The content as its client has parsed it.'),
  reasoning_content: clientsOwn(z.string(), 'What was thought before the answer.'),
  reasoning: clientsOwn(z.string(), 'The same, as other servers call it.'),
})
type AssistantFields = z.infer<typeof AssistantFields>

/** Whether anything was said, an empty text too, or called. */
const isAnswer = ({
  content,
  refusal,
  audio,
  tool_calls: calls,
  function_call: call,
}: AssistantFields): boolean =>
  [content, refusal, audio?.transcript, call].some((part) => part !== undefined && part !== null) ||
  (calls ?? []).length > 0

/** See `AssistantFields`. */
export const AssistantMessage = AssistantFields.refine(isAnswer, {
  path: ['content'],
  error: 'it is required where nothing else was said and nothing was called',
})

const spoken = { content: Content, name: ParticipantName }
export const SystemMessage = z.strictObject({ role: z.literal('system'), ...spoken })
/** The newer name of a system turn. */
export const DeveloperMessage = z.strictObject({ role: z.literal('developer'), ...spoken })
export const UserMessage = z.strictObject({ role: z.literal('user'), ...spoken })

/** A turn of a chat as OpenAI's API takes it. */
export const ChatMessage = z
  .discriminatedUnion(
    'role',
    [
      SystemMessage,
      DeveloperMessage,
      UserMessage,
      AssistantMessage,
      z.strictObject({
        role: z.literal('tool'),
        content: Content,
        tool_call_id: ToolCallId,
        name: ToolName.optional().openapi({ description: 'Of the tool, where no call in the chat says it.' }),
      }),
      z.strictObject({ role: z.literal('function'), content: z.string().nullable(), name: ToolName }),
    ],
    {
      error:
        "expected a message whose role is 'system', 'developer', 'user', 'assistant', 'tool' or 'function'",
    },
  )
  .openapi('ChatMessage')
export type ChatMessage = z.infer<typeof ChatMessage>
