import { type Agent, type IncomingMessage, request } from 'node:http'

/** Where to ask, and by what right. */
export interface ChatTarget {
  origin: string
  apiKey: string
}

export interface ChatBody {
  model: string
  messages: { role: 'user'; content: string }[]
  max_tokens: number
  seed?: number
  temperature?: number
  top_p?: number
  top_k?: number
  min_p?: number
}

/** One streamed answer, measured from the moment at which its request was sent. */
export interface ChatOutcome {
  firstMs: number
  totalMs: number
  /** Of the answer's usage. */
  outputTokens: number
  finishReason: string
}

/** A silent answer is a failed one. */
const SILENCE_LIMIT_MS = 60_000

/** A chunk as far as this client reads it; the contract tests check the rest. */
interface Chunk {
  error?: { message: string }
  choices?: { delta: { content?: string }; finish_reason: string | null }[]
  usage?: { completion_tokens: number } | null
}

/** Splits a stream of text into the data of its events. What an incomplete event has begun waits for the rest. */
export class EventSplitter {
  readonly #prefix: string
  #rest = ''

  /** Events begin with `prefix`, which is left away. */
  constructor(prefix: 'data: ' | 'event: ' = 'data: ') {
    this.#prefix = prefix
  }

  take(text: string): string[] {
    const events = (this.#rest + text).split('\n\n')
    this.#rest = events.pop() ?? ''
    return events
      .filter((event) => event.startsWith(this.#prefix))
      .map((event) => event.slice(this.#prefix.length))
  }
}

async function readAnswer(
  response: IncomingMessage,
  startedAt: number,
  onContent: (text: string) => void,
): Promise<ChatOutcome> {
  const splitter = new EventSplitter()
  const outcome: ChatOutcome = { firstMs: 0, totalMs: 0, outputTokens: 0, finishReason: '' }
  response.setEncoding('utf8')
  for await (const text of response) {
    for (const data of splitter.take(text)) {
      if (data === '[DONE]') {
        outcome.totalMs = performance.now() - startedAt
        continue
      }
      const chunk = JSON.parse(data) as Chunk
      if (chunk.error) throw new Error(`The answer broke off: ${chunk.error.message}`)
      const [choice] = chunk.choices ?? []
      if (choice?.delta.content) {
        outcome.firstMs ||= performance.now() - startedAt
        onContent(choice.delta.content)
      }
      if (choice?.finish_reason) outcome.finishReason = choice.finish_reason
      if (chunk.usage) outcome.outputTokens = chunk.usage.completion_tokens
    }
  }
  if (outcome.totalMs === 0 || outcome.firstMs === 0) throw new Error('The answer ended before its end.')
  return outcome
}

/** The beginning of an answer, for a message. */
export async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of response.setEncoding('utf8')) text += piece
  return text.slice(0, 500)
}

/** Asks for one streamed chat completion and reads it to its end. Rejects for anything but a complete answer. */
export function streamChat(
  { origin, apiKey }: ChatTarget,
  body: ChatBody,
  { agent, onContent }: { agent: Agent; onContent: (text: string) => void },
): Promise<ChatOutcome> {
  const payload = JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } })
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const asked = request(`${origin}/v1/chat/completions`, {
      method: 'POST',
      agent,
      timeout: SILENCE_LIMIT_MS,
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(payload),
      },
    })
    asked.on('timeout', () => asked.destroy(new Error('The edge was silent for too long.')))
    asked.on('error', reject)
    asked.on('response', (response) => {
      if (response.statusCode === 200) readAnswer(response, startedAt, onContent).then(resolve, reject)
      else textOf(response).then((text) => reject(new Error(`${response.statusCode}: ${text}`)), reject)
    })
    asked.end(payload)
  })
}
