import type { ChatEvent } from './api.ts'
import { RajoraError } from './errors.ts'
import type { Begun } from './transport.ts'

/** The data of server-sent events (WHATWG HTML §9.2.6), however the bytes are cut. A last event without its blank line is none. */
export async function* eventData(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true })
    // A CR at the end may be the first half of a CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n')
        data = []
      } else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
    }
  }
}

async function* chunksOf({ response, touch }: Begun): AsyncGenerator<Uint8Array, void, void> {
  const reader = response.body?.getReader()
  while (reader) {
    const { done, value } = await reader.read()
    if (done) return
    touch()
    yield value
  }
}

/** An answer in pieces. It is read once, with `for await`; leaving the loop early stops the answer. */
export interface ChatStream extends AsyncGenerator<ChatEvent, void, void> {
  /** The conversation that the answer belongs to. */
  readonly conversation_id: number | null
  /** Stops the answer: the loop over it ends. */
  abort(): void
}

/** Throws `RajoraError` from the loop where the answer fails, or ends without its last event. */
export function chatStream(begun: Begun): ChatStream {
  const conversation = Number(begun.response.headers.get('x-conversation-id'))
  const requestId = begun.response.headers.get('x-request-id')
  let isAborted = false
  const abort = () => {
    isAborted = true
    begun.abort()
    begun.end()
  }
  const broken = (detail: string, status: number | null = null) =>
    new RajoraError({ status, detail, requestId })

  async function* events(): AsyncGenerator<ChatEvent, void, void> {
    let isWhole = false
    try {
      for await (const data of eventData(chunksOf(begun))) {
        const event = JSON.parse(data) as ChatEvent
        isWhole = event.done
        if (event.error !== undefined) throw broken(event.error, event.status_code ?? null)
        yield event
        if (event.done || isAborted) return
      }
      throw broken('The answer broke off before its last event.')
    } catch (thrown) {
      if (isAborted) return
      throw thrown instanceof SyntaxError
        ? broken('An event of the answer is no JSON.')
        : begun.failure(thrown)
    } finally {
      if (!isWhole) begun.abort()
      begun.end()
    }
  }
  return Object.assign(events(), { conversation_id: conversation || null, abort })
}
