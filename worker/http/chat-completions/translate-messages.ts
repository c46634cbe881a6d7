import type { Message, ToolCall } from '../../../shared/generation.ts'
import type { ChatMessage } from './messages.ts'

type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>

const textOf = (content: ChatMessage['content']): string =>
  typeof content === 'string'
    ? content
    : (content ?? []).map((part) => (part.type === 'text' ? part.text : part.refusal)).join('')

/** The older form of a call has no id: it is that of the turn. */
const callIdAt = (index: number): string => `function_call_${index}`

function callsOf({ tool_calls: calls, function_call: older }: AssistantMessage, index: number): ToolCall[] {
  if (calls && calls.length > 0)
    return calls.map(({ id, function: { name, arguments: text } }) => ({ id, name, arguments: text }))
  return older ? [{ id: callIdAt(index), name: older.name, arguments: older.arguments }] : []
}

function assistantTurn(message: AssistantMessage, index: number): Message {
  const content = textOf(message.content) || message.refusal || message.audio?.transcript || ''
  const toolCalls = callsOf(message, index)
  return {
    role: 'assistant',
    content,
    ...(message.name === undefined ? {} : { name: message.name }),
    ...(toolCalls.length > 0 ? { toolCalls } : {}),
  }
}

/** The turns of a chat in OpenAI's form, for the model: what was said and called, and nothing of what clients add to it. */
export function toMessages(messages: readonly ChatMessage[]): Message[] {
  /** Where the call is whose result a `function` turn is. */
  let callIndex = 0
  return messages.map((message, index): Message => {
    const content = textOf(message.content)
    const named = message.name === undefined ? {} : { name: message.name }
    switch (message.role) {
      case 'developer':
      case 'system':
        return { role: 'system', content, ...named }
      case 'user':
        return { role: 'user', content, ...named }
      case 'tool':
        return { role: 'tool', content, toolCallId: message.tool_call_id, ...named }
      case 'function':
        return { role: 'tool', content, toolCallId: callIdAt(callIndex), ...named }
      case 'assistant':
        if (message.function_call) callIndex = index
        return assistantTurn(message, index)
      default:
        return message satisfies never
    }
  })
}
