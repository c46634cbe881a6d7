import { ask } from './api.ts'

/** The data of server-sent events (WHATWG HTML §9.2.6), as JSON; comments and other fields are passed over. */
export async function* eventsOf<Event>(body: ReadableStream<Uint8Array>): AsyncGenerator<Event, void, void> {
  // The typings of the decoder ask for any buffer, and those of the body give an array of bytes, which is one.
  const decoder = new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>
  const reader = body.pipeThrough(decoder).getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const lines = (rest + value).split(/\r\n|\n|\r/)
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.startsWith('data:')) continue
        const data = line.slice('data:'.length).trim()
        if (data !== '[DONE]') yield JSON.parse(data)
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** Asks for a stream of events. Throws a `Failure` before the first of them. */
export async function* askEvents<Event>(
  path: string,
  options: Parameters<typeof ask>[1] = {},
): AsyncGenerator<Event, void, void> {
  const { body } = await ask(path, options)
  if (body) yield* eventsOf<Event>(body)
}
