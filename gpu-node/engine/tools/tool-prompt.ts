import type { Message, ToolCall, ToolDefinition } from '../../../shared/generation.ts'
import type { ToolFormat } from './tool-formats.ts'

/** The input of chat templates: the messages and tools of OpenAI's API, but arguments as objects. */
export interface TemplateInput {
  messages: TemplateMessage[]
  tools?: object[]
}

export interface TemplateMessage {
  role: Message['role']
  content: string
  tool_calls?: object[]
  tool_call_id?: string
  /** Of the participant, or of the tool that answers. */
  name?: string
}

export interface TemplateFacts {
  format: ToolFormat
  /** Whether the template writes turns of these roles; some refuse them or leave them out. */
  rendersSystem: boolean
  rendersTool: boolean
  /** Roles of which the template writes the participant's name. */
  namedRoles: ReadonlySet<Message['role']>
}

/** A conversation, and the tools that it may use, in the words of a template. */
export function templateInput(
  chat: readonly Message[],
  tools: readonly ToolDefinition[],
  facts: TemplateFacts,
): TemplateInput {
  const messages = withNames(chat, facts)
  if (facts.format.id === 'generic') return genericInput(messages, tools, facts)
  const names = namesOfCalls(messages)
  const idOf = shortIds(facts.format.idLength)
  return {
    messages: messages.map((message) => nativeMessage(message, { names, idOf })),
    ...(tools.length > 0 && { tools: tools.map(nativeTool) }),
  }
}

/**
 * Where the template does not write the names of participants, what they say begins with them, as in a play. An
 * assistant's name only where there are several: models go on as their turns began, and would answer with the name.
 */
function withNames(messages: readonly Message[], { namedRoles }: TemplateFacts): Message[] {
  const assistants = messages.flatMap((message) => (message.role === 'assistant' ? [message.name] : []))
  const isSeveral = new Set(assistants).size > 1
  return messages.map((message) => {
    const { role, content, name } = message
    if (name === undefined || role === 'tool' || namedRoles.has(role)) return message
    const isSaid = content !== '' && (role !== 'assistant' || isSeveral)
    const { name: _told, ...unnamed } = message
    return { ...unnamed, content: isSaid ? `${name}: ${content}` : content }
  })
}

function namesOfCalls(messages: readonly Message[]): Map<string, string> {
  const calls = messages.flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []))
  return new Map(calls.map(({ id, name }) => [id, name]))
}

/** The same id for the same call, of the length that the template wants. */
function shortIds(length: number | undefined): (id: string) => string {
  const known = new Map<string, string>()
  return (id) => {
    if (length === undefined) return id
    const short = known.get(id) ?? String(known.size).padStart(length, '0')
    known.set(id, short)
    return short
  }
}

/** Arguments as an object where they are one: templates write them as JSON again. */
function parsedArguments(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text // the model wrote it, and may see it as it was
  }
}

const spokenTurn = ({ role, content, name }: Message): TemplateMessage => ({
  role,
  content,
  ...(name !== undefined && { name }),
})

function nativeMessage(
  message: Message,
  { names, idOf }: { names: ReadonlyMap<string, string>; idOf: (id: string) => string },
): TemplateMessage {
  if (message.role === 'tool') {
    const { role, content, toolCallId } = message
    const name = message.name ?? names.get(toolCallId)
    return { role, content, tool_call_id: idOf(toolCallId), ...(name !== undefined && { name }) }
  }
  const turn = spokenTurn(message)
  if (message.role !== 'assistant' || !message.toolCalls?.length) return turn
  return {
    ...turn,
    tool_calls: message.toolCalls.map(({ id, name, arguments: text }) => ({
      id: idOf(id),
      type: 'function',
      function: { name, arguments: parsedArguments(text) },
    })),
  }
}

const nativeTool = ({ name, description, parameters }: ToolDefinition): object => ({
  type: 'function',
  function: {
    name,
    description: description ?? '',
    parameters: typeof parameters === 'object' ? parameters : { type: 'object', properties: {} },
  },
})

/** The words with which the starter model was trained. */
function toolList(tools: readonly ToolDefinition[]): string {
  const lines = tools.map(({ name, description, parameters }) => {
    const line = description ? `- ${name}: ${description}` : `- ${name}`
    const hasParameters = typeof parameters === 'object' && Object.keys(parameters).length > 0
    return hasParameters ? `${line} ${JSON.stringify(parameters)}` : line
  })
  return `You can use these tools:\n${lines.join('\n')}\nTo call a tool, answer {"tool":"<name>","input":{...}}.`
}

const genericCall = ({ name, arguments: text }: ToolCall): string =>
  `{"tool":${JSON.stringify(name)},"input":${JSON.stringify(parsedArguments(text))}}`

function genericInput(
  messages: readonly Message[],
  tools: readonly ToolDefinition[],
  { rendersSystem, rendersTool }: TemplateFacts,
): TemplateInput {
  const names = namesOfCalls(messages)
  const turns = messages.map((message): TemplateMessage => {
    const { content } = message
    if (message.role === 'tool' && !rendersTool) {
      const name = message.name ?? names.get(message.toolCallId)
      return { role: 'user', content: `Result of the tool${name ? ` ${name}` : ''}:\n${content}` }
    }
    const turn = spokenTurn(message)
    if (message.role !== 'assistant' || !message.toolCalls?.length) return turn
    return { ...turn, content: [content, ...message.toolCalls.map(genericCall)].filter(Boolean).join('\n') }
  })
  const withTools = tools.length === 0 ? turns : withToolList(turns, toolList(tools), rendersSystem)
  return { messages: rendersTool ? withTools : joinUserTurns(withTools) }
}

/** Behind what the caller told the system; in the first turn of a template without system turns. */
function withToolList(
  turns: readonly TemplateMessage[],
  list: string,
  rendersSystem: boolean,
): TemplateMessage[] {
  const role = rendersSystem ? 'system' : 'user'
  const [first, ...others] = turns
  if (first?.role !== role) return [{ role, content: list }, ...turns]
  const parts = role === 'system' ? [first.content, list] : [list, first.content]
  return [{ role, content: parts.filter(Boolean).join('\n\n') }, ...others]
}

/** Templates that write results of tools as the user's words often want user and assistant to take turns. */
function joinUserTurns(turns: readonly TemplateMessage[]): TemplateMessage[] {
  const joined: TemplateMessage[] = []
  for (const turn of turns) {
    const last = joined.at(-1)
    if (last?.role === 'user' && turn.role === 'user') last.content += `\n\n${turn.content}`
    else joined.push({ ...turn })
  }
  return joined
}
