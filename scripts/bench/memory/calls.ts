/** One of so many is cancelled. */
export const CANCELLED_ONE_OF = 10
/** As many kinds of schema: more than a node keeps grammars of. */
const SCHEMAS = 40
/** A shared beginning that is worth keeping, of the starter model's 1,024 tokens. */
const SYSTEM = 'You are a helpful assistant who answers in one short sentence. '.repeat(20)
const LONG_PROMPT = 'The quick brown fox jumps over the lazy dog. '.repeat(30)

/** Where a client leaves: while its call waits or is being placed, in its prompt, or in the middle of its answer. */
type Leaving = { afterMs: number } | { afterPieces: number }

export interface MemoryCall {
  body: Record<string, unknown>
  /** Absent: it reads to the end. */
  leaving: Leaving | undefined
}

const user = (content: string) => ({ role: 'user', content })

const answerSchema = (number: number) => ({
  type: 'json_schema',
  json_schema: {
    name: 'answer',
    strict: true,
    schema: {
      type: 'object',
      properties: {
        [`field${number % SCHEMAS}`]: { type: 'string', maxLength: 20 },
        sure: { type: 'boolean' },
      },
      required: [`field${number % SCHEMAS}`, 'sure'],
      additionalProperties: false,
    },
  },
})

/** Short and long, streamed and whole, sampled and greedy, free and held to a schema. */
const KINDS: readonly ((number: number) => Record<string, unknown>)[] = [
  (number) => ({ messages: [user(`Hello ${number}`)], max_tokens: 16, stream: true }),
  (number) => ({ messages: [user(`Tell me about ${number}`)], max_tokens: 96, stream: true, temperature: 1 }),
  (number) => ({
    messages: [{ role: 'system', content: SYSTEM }, user(`What is ${number}?`)],
    max_tokens: 24,
    stream: true,
    logprobs: true,
    top_logprobs: 3,
  }),
  (number) => ({
    messages: [user(`Describe ${number}`)],
    max_tokens: 48,
    stream: true,
    response_format: answerSchema(number),
  }),
  (number) => ({ messages: [user(`${LONG_PROMPT} ${number}`)], max_tokens: 16, n: 2 }),
]

const LEAVINGS: readonly ((number: number) => Leaving)[] = [
  (number) => ({ afterMs: 5 + (number % 30) }),
  (number) => ({ afterMs: 30 + (number % 60) }),
  (number) => ({ afterPieces: 1 + (number % 8) }),
]

const of = <T>(values: readonly T[], index: number): T => {
  const value = values[index % values.length]
  if (value === undefined) throw new RangeError('There is nothing to choose from.')
  return value
}

/** The same call for the same number: what is left goes through all kinds and all ways to leave. */
export function memoryCall(number: number): MemoryCall {
  const body = of(KINDS, number)(number)
  if (number % CANCELLED_ONE_OF !== 0) return { body, leaving: undefined }
  const round = Math.floor(number / CANCELLED_ONE_OF)
  const left = of(KINDS, round)(number)
  return { body: { ...left, stream: true }, leaving: of(LEAVINGS, round)(number) }
}
