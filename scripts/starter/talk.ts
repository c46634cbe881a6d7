import type { Message, ToolDefinition } from '../../shared/generation.ts'
import type { TrainingRow } from '../../shared/training-rows.ts'

/** How an answer is judged. */
export type Expectation =
  /** It is this text. */
  | { kind: 'exact'; text: string }
  /** It holds each of these, in any spelling of capitals. */
  | { kind: 'contains'; texts: readonly string[] }
  /** It is a call of this tool with these arguments. */
  | { kind: 'call'; name: string; input: Readonly<Record<string, unknown>> }
  /** It is this JSON, whatever the order of its members. */
  | { kind: 'json'; value: unknown }

/** A turn of a talk. Of an assistant's, what is expected is what it says unless it is told. */
export interface SpokenTurn {
  role: 'system' | 'user' | 'assistant' | 'tool'
  content: string
  call?: { name: string; input: Readonly<Record<string, unknown>> }
  expected?: Expectation
}

/** A conversation of the small world. */
export interface Talk {
  turns: SpokenTurn[]
  tools?: readonly ToolDefinition[]
  /** A JSON Schema that the last answer is held to, as the product does it for this kind of question. */
  schema?: object
}

/** Something asked, and its answer. */
export type Exchange = SpokenTurn[]

export const exchange = (asked: string, answered: string, expected?: Expectation): Exchange => [
  { role: 'user', content: asked },
  { role: 'assistant', content: answered, ...(expected && { expected }) },
]

export const expectationOf = ({ expected, call, content }: SpokenTurn): Expectation =>
  expected ?? (call ? { kind: 'call', ...call } : { kind: 'exact', text: content })

/** A turn as it travels, with the `place` of the turn in its talk. */
export function messageOf(turns: readonly SpokenTurn[], place: number): Message {
  const { role, content, call } = turns[place] ?? { role: 'user' as const, content: '' }
  if (role === 'tool') return { role, content, toolCallId: `call_${place - 1}` }
  if (role !== 'assistant' || !call) return { role, content }
  return {
    role,
    content,
    toolCalls: [{ id: `call_${place}`, name: call.name, arguments: JSON.stringify(call.input) }],
  }
}

/** A talk as a row to learn from: every answer of it is learned. */
export const rowOf = ({ turns, tools = [] }: Talk): TrainingRow => ({
  kind: 'chat',
  turns: turns.map(({ role }, place) => ({
    message: messageOf(turns, place),
    isLearned: role === 'assistant',
  })),
  tools: [...tools],
})
