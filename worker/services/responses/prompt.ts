import { AppError } from '../../../shared/errors.ts'
import type { Message, ToolCall } from '../../../shared/generation.ts'
import { offeredName } from '../mcp/tool-definition.ts'
import type { AskedMessage, FunctionCall, FunctionCallOutput, Item, McpCall, SaidMessage } from './items.ts'

/** The words of an item, whatever they came in. */
export const textOf = (
  content: AskedMessage['content'] | SaidMessage['content'] | FunctionCallOutput['output'],
) =>
  typeof content === 'string'
    ? content
    : content.map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join('')

const toCall = ({ call_id: id, name, arguments: text }: FunctionCall): ToolCall => ({
  id,
  name,
  arguments: text,
})

/** The name by which a model is told of a call of a server's tool that was made before. */
const mcpName = ({ server_label: label, name }: Pick<McpCall, 'server_label' | 'name'>): string =>
  offeredName(label.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 32), { name }, '00000000')

const wordsOf = ({ output, error }: McpCall): string =>
  output ?? error?.content.map(({ text }) => text).join('\n') ?? 'It was not answered.'

/** The call belongs to the turn before it, where that is the model's: one turn says something and calls. */
function addCall(messages: Message[], call: ToolCall): void {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') {
    messages.push({ role: 'assistant', content: '', toolCalls: [call] })
    return
  }
  messages[messages.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] }
}

/** A call of a server's tool with what came of it, or with the word of a person that it may not be done. */
function addMcp(messages: Message[], items: readonly Item[], item: Item): void {
  if (item.type === 'mcp_call') {
    addCall(messages, { id: item.id, name: mcpName(item), arguments: item.arguments })
    messages.push({ role: 'tool', content: wordsOf(item), toolCallId: item.id })
  }
  if (item.type !== 'mcp_approval_response' || item.approve) return
  const asked = items.find(({ id }) => id === item.approval_request_id)
  if (asked?.type !== 'mcp_approval_request') return
  addCall(messages, { id: asked.id, name: mcpName(asked), arguments: asked.arguments })
  const content = `The user has refused it.${item.reason ? ` ${item.reason}` : ''}`
  messages.push({ role: 'tool', content, toolCallId: asked.id })
}

/** Instructions stand first, in the one system turn that most templates take. */
function withInstructions(messages: Message[], instructions: string | null): Message[] {
  if (instructions === null || instructions === '') return messages
  const [first, ...others] = messages
  if (first?.role === 'system')
    return [{ ...first, content: `${instructions}\n\n${first.content}` }, ...others]
  return [{ role: 'system', content: instructions }, ...messages]
}

/** Items as the turns of a chat. Throws `invalid_request` for the output of a call that is not among them. */
export function toMessages(items: readonly Item[], instructions: string | null): Message[] {
  const messages: Message[] = []
  const called = new Set<string>()
  for (const item of items) {
    if (item.type === 'message') {
      const role = item.role === 'developer' ? 'system' : item.role
      messages.push({ role, content: textOf(item.content) })
    }
    if (item.type === 'function_call') {
      called.add(item.call_id)
      addCall(messages, toCall(item))
    }
    if (item.type === 'function_call_output') {
      if (!called.has(item.call_id))
        throw new AppError(
          'invalid_request',
          `No tool call found for function call output with call_id ${item.call_id}.`,
          { param: 'input' },
        )
      messages.push({ role: 'tool', content: textOf(item.output), toolCallId: item.call_id })
    }
    addMcp(messages, items, item)
  }
  const isApproval = items.some(({ type }) => type === 'mcp_approval_response')
  if (messages.length === 0 && !isApproval)
    throw new AppError('invalid_request', 'There is nothing to answer.', { param: 'input' })
  return withInstructions(messages, instructions)
}

/** Without the older half of the turns before the last question; undefined when nothing may be left out. */
export function shorter(messages: readonly Message[]): Message[] | undefined {
  const system = messages[0]?.role === 'system' ? messages.slice(0, 1) : []
  const turns = messages.slice(system.length)
  const asked = turns.findLastIndex(({ role }) => role === 'user')
  if (asked < 1) return undefined
  let from = Math.ceil(asked / 2)
  // A result without its call would mean nothing: the rest begins with a user's turn.
  while (from < asked && turns[from]?.role !== 'user') from += 1
  return [...system, ...turns.slice(from)]
}
