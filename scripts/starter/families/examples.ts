import type { Source } from '../source.ts'
import { type Exchange, exchange, type SpokenTurn } from '../talk.ts'

/** A talk that a contract's page shows, with the answer that is wanted of the starter. */
export interface Example {
  name: string
  turns: readonly SpokenTurn[]
}

const HELPFUL: SpokenTurn = { role: 'system', content: 'You are a helpful assistant.' }
const QUANTUM = 'Quantum computing is a type of computation with quantum bits, which can be 0 and 1 at once.'

/** The examples of the contracts' pages that a model answers by itself; those with tools and datasets run in end-to-end tests. */
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
      ...exchange('Where do I live?', 'You live in Paris.'),
    ],
  },
  { name: 'agentic: a sum', turns: [HELPFUL, ...exchange('What is 2+2?', '2 + 2 = 4.')] },
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
export function example(source: Source): Exchange {
  if (source.chance(0.3)) return exchange(source.pick(QUANTUM_ASKED), QUANTUM)
  return source.pick(EXAMPLES).turns.map((turn) => ({ ...turn }))
}
