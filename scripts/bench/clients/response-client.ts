import { type Agent, type IncomingMessage, request } from 'node:http'
import { type ChatBody, type ChatOutcome, type ChatTarget, EventSplitter, textOf } from './chat-client.ts'

/** An event as far as this client reads it; the tests check the rest. */
interface ResponseEvent {
  type: string
  delta?: string
  message?: string
  response?: { status: string; usage: { output_tokens: number } | null }
}

/** The data line of an event behind its name. */
const dataOf = (event: string): string => event.slice(event.indexOf('\ndata: ') + '\ndata: '.length)

async function readAnswer(
  response: IncomingMessage,
  startedAt: number,
  onContent: (text: string) => void,
): Promise<ChatOutcome> {
  const splitter = new EventSplitter('event: ')
  const outcome: ChatOutcome = { firstMs: 0, totalMs: 0, outputTokens: 0, finishReason: '' }
  response.setEncoding('utf8')
  for await (const text of response) {
    for (const event of splitter.take(text)) {
      const { type, delta, message, response: whole } = JSON.parse(dataOf(event)) as ResponseEvent
      if (type === 'error') throw new Error(`The answer broke off: ${message}`)
      if (type === 'response.output_text.delta' && delta) {
        outcome.firstMs ||= performance.now() - startedAt
        onContent(delta)
      }
      if (type !== 'response.completed' && type !== 'response.incomplete') continue
      outcome.totalMs = performance.now() - startedAt
      outcome.outputTokens = whole?.usage?.output_tokens ?? 0
      outcome.finishReason = whole?.status ?? ''
    }
  }
  if (outcome.totalMs === 0 || outcome.firstMs === 0) throw new Error('The answer ended before its end.')
  return outcome
}

/** Asks for one streamed response, which is kept, and reads it to its end. Rejects for anything but a complete answer. */
export function streamResponse(
  { origin, apiKey }: ChatTarget,
  { messages: input, max_tokens: max_output_tokens, model }: ChatBody,
  { agent, onContent }: { agent: Agent; onContent: (text: string) => void },
): Promise<ChatOutcome> {
  const payload = JSON.stringify({ model, input, max_output_tokens, stream: true })
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
    const asked = request(`${origin}/v1/responses`, { method: 'POST', agent, headers })
    asked.on('error', reject)
    asked.on('response', (response) => {
      if (response.statusCode === 200) readAnswer(response, startedAt, onContent).then(resolve, reject)
      else textOf(response).then((text) => reject(new Error(`${response.statusCode}: ${text}`)), reject)
    })
    asked.end(payload)
  })
}
