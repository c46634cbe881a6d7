import type { ToolDefinition } from '../../../shared/generation.ts'
import type { Source } from '../source.ts'
import { exchange, type SpokenTurn, type Talk } from '../talk.ts'

/** A talk that a contract's page shows, with the answer that is wanted of the starter. */
export interface Example {
  name: string
  turns: readonly SpokenTurn[]
  tools?: readonly ToolDefinition[]
}

const HELPFUL: SpokenTurn = { role: 'system', content: 'You are a helpful assistant.' }
const QUANTUM = 'Quantum computing is a type of computation with quantum bits, which can be 0 and 1 at once.'

const toolTaking = (key: string, name: string, description: string) => ({
  name,
  description,
  parameters: {
    type: 'object',
    properties: { [key]: { type: 'string' } },
    required: [key],
    additionalProperties: false,
  },
  strict: false,
})
/** Tools that the starter model is trained with. */
export const STARTER_TOOLS = [
  toolTaking('query', 'web_search', 'Search the web.'),
  toolTaking('expression', 'math_calculator', 'Evaluate a math expression.'),
  toolTaking('code', 'python_executor', 'Run Python code.'),
]
const DERIVATIVE = 'derivative of x^3 + 2x^2 - 5x + 7'

/** The examples of the contracts' pages that a model answers by itself; those with datasets run in end-to-end tests. */
export const EXAMPLES: readonly Example[] = [
  {
    name: 'agentic: the capital of France',
    turns: [HELPFUL, ...exchange('What is the capital of France?', 'The capital of France is Paris.')],
  },
  {
    name: 'agentic: simple chat',
    turns: exchange('Hello, how are you?', 'I am fine, thank you. How can I help you?'),
  },
  {
    name: 'agentic: memory of a session',
    turns: [
      ...exchange('My name is Alice and I live in Paris', 'Nice to meet you, Alice.'),
      ...exchange('Where do I live?', 'You mentioned that you live in Paris.'),
    ],
  },
  { name: 'agentic: a sum', turns: [HELPFUL, ...exchange('What is 2+2?', '2 + 2 = 4.')] },
  {
    name: 'agentic: a derivative',
    tools: STARTER_TOOLS,
    turns: [
      { role: 'user', content: `Calculate the ${DERIVATIVE}` },
      {
        role: 'assistant',
        content: '',
        call: { name: 'math_calculator', input: { expression: DERIVATIVE } },
      },
      { role: 'tool', content: '3x^2 + 4x - 5' },
      { role: 'assistant', content: 'The result is 3x^2 + 4x - 5.' },
    ],
  },
  { name: 'rajora: quantum computing', turns: exchange('Explain quantum computing', QUANTUM) },
  { name: 'rajora: hello', turns: exchange('Hello!', 'Hello! How can I help you?') },
]

const QUANTUM_ASKED = [
  'Explain quantum computing',
  'What is quantum computing?',
  'Explain quantum computing.',
  'Tell me about quantum computing.',
  'How does quantum computing work?',
]

/** One of the examples, as it stands there. */
export function example(source: Source): Talk {
  if (source.chance(0.3)) return { turns: exchange(source.pick(QUANTUM_ASKED), QUANTUM) }
  const { turns, tools } = source.pick(EXAMPLES)
  return { turns: turns.map((turn) => ({ ...turn })), ...(tools && { tools }) }
}
