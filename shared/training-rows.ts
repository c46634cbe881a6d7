import { z } from 'zod'
import { MAX_PARTICIPANT_NAME_LENGTH, Message, PARTICIPANT_NAME, ToolDefinition } from './generation.ts'

/** The forms in which rows to train on come. */
export const ROW_TYPES = [
  'completion',
  'alpaca',
  'chatml',
  'sharegpt',
  'prompt_completion',
  'preference',
] as const
export type RowType = (typeof ROW_TYPES)[number]

/** Turns of one row, and tools that it shows. */
export const MAX_ROW_MESSAGES = 512
const MAX_ROW_TOOLS = 128

/** A turn, and whether what it says is learned. */
export const Turn = z.object({ message: Message, isLearned: z.boolean() })
export type Turn = z.infer<typeof Turn>

const Turns = z.array(Turn).min(1).max(MAX_ROW_MESSAGES)
const TurnMessages = z.array(Message).min(1).max(MAX_ROW_MESSAGES)
const RowTools = z.array(ToolDefinition).max(MAX_ROW_TOOLS)

/** The lesson of a row, whatever its form was: as rows travel to nodes. */
export const TrainingRow = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string().min(1) }),
  z.object({ kind: z.literal('chat'), turns: Turns, tools: RowTools }),
  z.object({
    kind: z.literal('preference'),
    messages: TurnMessages,
    preferred: TurnMessages,
    rejected: TurnMessages,
    tools: RowTools,
  }),
])
export type TrainingRow = z.infer<typeof TrainingRow>

/** A mistake in a row: where it is, and what was expected. */
export interface RowFault {
  /** The path of the field, with dots; empty for the row itself. */
  field: string
  message: string
}

const Said = z.string().min(1)

const Part = z.object({ type: z.literal('text'), text: z.string() })
/** As OpenAI has it: a text, or parts of text. */
const Content = z.union([z.string(), z.array(Part).min(1)], { error: 'expected a text or parts of text' })
const textOf = (content: z.infer<typeof Content> | null | undefined): string =>
  typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('')

const Name = z
  .string()
  .max(MAX_PARTICIPANT_NAME_LENGTH)
  .regex(PARTICIPANT_NAME, { error: 'expected a name without blanks and any of < | \\ / >' })
  .optional()
const ToolName = ToolDefinition.shape.name
const Call = z.object({
  id: z.string().min(1).max(200),
  type: z.literal('function').optional(),
  function: z.object({ name: ToolName, arguments: z.string() }),
})

const Assistant = z
  .object({
    role: z.literal('assistant'),
    content: Content.nullish(),
    name: Name,
    tool_calls: z.array(Call).min(1).max(128).optional(),
    /** 0: read and not learned. */
    weight: z.union([z.literal(0), z.literal(1)], { error: 'expected 0 or 1' }).optional(),
  })
  .refine(({ content, tool_calls: calls }) => textOf(content) !== '' || calls !== undefined, {
    error: 'expected a text, or calls of tools',
    path: ['content'],
  })

const ChatMessage = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: Content, name: Name }),
  z.object({ role: z.literal('user'), content: Content, name: Name }),
  Assistant,
  z.object({
    role: z.literal('tool'),
    content: Content,
    tool_call_id: z.string().min(1).max(200),
    name: ToolName.optional(),
  }),
])
type ChatMessage = z.infer<typeof ChatMessage>

const Tool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: ToolName,
    description: z.string().optional(),
    parameters: ToolDefinition.shape.parameters,
    strict: z.boolean().nullish(),
  }),
})
const ToolList = z.array(Tool).max(MAX_ROW_TOOLS).optional()

const toolsOf = (tools: z.infer<typeof ToolList>): ToolDefinition[] =>
  (tools ?? []).map(({ function: { name, description, parameters, strict } }) => ({
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    strict: strict ?? false,
  }))

function turnOf(message: ChatMessage): Turn {
  const named = message.name === undefined ? {} : { name: message.name }
  const content = textOf(message.content)
  switch (message.role) {
    case 'system':
    case 'developer':
      return { message: { role: 'system', content, ...named }, isLearned: false }
    case 'user':
      return { message: { role: 'user', content, ...named }, isLearned: false }
    case 'tool':
      return {
        message: { role: 'tool', content, toolCallId: message.tool_call_id, ...named },
        isLearned: false,
      }
    case 'assistant': {
      const toolCalls = message.tool_calls?.map(({ id, function: { name, arguments: text } }) => ({
        id,
        name,
        arguments: text,
      }))
      return {
        message: { role: 'assistant', content, ...named, ...(toolCalls && { toolCalls }) },
        isLearned: message.weight !== 0,
      }
    }
    default:
      return message satisfies never
  }
}

const Messages = z.array(ChatMessage).min(1).max(MAX_ROW_MESSAGES)

const exchange = (asked: string, answered: string, system?: string | null): TrainingRow => ({
  kind: 'chat',
  tools: [],
  turns: [
    ...(system ? [{ message: { role: 'system' as const, content: system }, isLearned: false }] : []),
    { message: { role: 'user', content: asked }, isLearned: false },
    { message: { role: 'assistant', content: answered }, isLearned: true },
  ],
})

const SHAREGPT_ROLES: ReadonlyMap<string, 'system' | 'user' | 'assistant'> = new Map([
  ['system', 'system'],
  ['human', 'user'],
  ['user', 'user'],
  ['gpt', 'assistant'],
  ['assistant', 'assistant'],
  ['chatgpt', 'assistant'],
])

const LEARNS_NOTHING = { error: 'expected at least one turn of the assistant that is learned' }

const SCHEMAS: { readonly [Type in RowType]: z.ZodType<TrainingRow> } = {
  completion: z.object({ text: Said }).transform(({ text }) => ({ kind: 'text' as const, text })),
  alpaca: z
    .object({ instruction: Said, input: z.string().nullish(), output: Said, system: z.string().nullish() })
    .transform(({ instruction, input, output, system }) =>
      exchange(input ? `${instruction}\n\n${input}` : instruction, output, system),
    ),
  prompt_completion: z
    .object({ prompt: Said, completion: Said })
    .transform(({ prompt, completion }) => exchange(prompt, completion)),
  chatml: z
    .object({ messages: Messages, tools: ToolList, parallel_tool_calls: z.boolean().optional() })
    .transform(({ messages, tools }) => ({
      kind: 'chat' as const,
      turns: messages.map(turnOf),
      tools: toolsOf(tools),
    }))
    .refine(({ turns }) => turns.some(({ isLearned }) => isLearned), {
      ...LEARNS_NOTHING,
      path: ['messages'],
    }),
  sharegpt: z
    .object({
      conversations: z
        .array(
          z.object({
            from: z.string().refine((from) => SHAREGPT_ROLES.has(from), {
              error: `expected one of ${[...SHAREGPT_ROLES.keys()].join(', ')}`,
            }),
            value: Said,
          }),
        )
        .min(1)
        .max(MAX_ROW_MESSAGES),
    })
    .transform(({ conversations }) => ({
      kind: 'chat' as const,
      tools: [],
      turns: conversations.map(({ from, value: content }) => {
        const role = SHAREGPT_ROLES.get(from) ?? 'user'
        return { message: { role, content }, isLearned: role === 'assistant' }
      }),
    }))
    .refine(({ turns }) => turns.some(({ isLearned }) => isLearned), {
      ...LEARNS_NOTHING,
      path: ['conversations'],
    }),
  preference: z
    .object({
      input: z.object({ messages: Messages, tools: ToolList, parallel_tool_calls: z.boolean().optional() }),
      preferred_output: z.array(Assistant).min(1).max(MAX_ROW_MESSAGES),
      non_preferred_output: z.array(Assistant).min(1).max(MAX_ROW_MESSAGES),
    })
    .transform(({ input, preferred_output: preferred, non_preferred_output: rejected }) => ({
      kind: 'preference' as const,
      messages: input.messages.map((message) => turnOf(message).message),
      preferred: preferred.map((message) => turnOf(message).message),
      rejected: rejected.map((message) => turnOf(message).message),
      tools: toolsOf(input.tools),
    })),
}

/** Faults that are told of one row. */
const MAX_ROW_FAULTS = 3

/** Reads a row: its lesson, or its mistake. Never throws. */
export function readRow(type: RowType, row: unknown): { row: TrainingRow } | { faults: RowFault[] } {
  const result = SCHEMAS[type].safeParse(row)
  if (result.success) return { row: result.data }
  return {
    faults: result.error.issues
      .slice(0, MAX_ROW_FAULTS)
      .map(({ path, message }) => ({ field: path.map(String).join('.'), message })),
  }
}

/** The form of a row by its fields; undefined where it has those of none. */
export function guessRowType(row: unknown): RowType | undefined {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined
  const has = (field: string) => Object.hasOwn(row, field)
  if (has('messages')) return 'chatml'
  if (has('conversations')) return 'sharegpt'
  if (has('preferred_output')) return 'preference'
  if (has('prompt') && has('completion')) return 'prompt_completion'
  if (has('instruction') && has('output')) return 'alpaca'
  return has('text') ? 'completion' : undefined
}
