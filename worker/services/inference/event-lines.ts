import type { CallEvent } from '../../../shared/generation.ts'

const encoder = new TextEncoder()

/** How often a silent stream gives a sign of life, so that a reader who left is noticed within a second. */
export const KEEP_ALIVE_MS = 400

/** An empty line: the call is alive and silent. Writing it is how a Durable Object learns that its reader has left. */
export const KEEP_ALIVE_LINE = encoder.encode('\n')

/** One event as its line. */
export const encodeEvent = (event: object): Uint8Array => encoder.encode(`${JSON.stringify(event)}\n`)

/**
 * Reads a call's events back from bytes. Yields what has arrived together as one list, so that a reader that is behind
 * catches up in one step; an empty list is a sign of life. Leaving the loop cancels the stream.
 */
export async function* readEvents<Event = CallEvent>(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<Event[], void, void> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    while (true) {
      const { done, value } = await reader.read()
      if (done) return
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      // Our own object wrote these lines from frames that it had checked: no second schema here.
      yield lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Event)
    }
  } finally {
    reader.cancel().catch(() => {}) // the stream may have failed already; there is nobody left to tell
  }
}
