import { openLifeline, type Reader } from './lifeline.ts'

const encoder = new TextEncoder()

/** A comment line (WHATWG HTML §9.2.6): clients skip it; writing it is how we notice one that has left. */
export const SSE_KEEP_ALIVE = ': keep-alive\n\n'

/** One server-sent event that carries JSON. */
export const sseData = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`

/** How long a stream may be silent before its headers go out all the same. Failures until then keep their status. */
export const HEADERS_WAIT_MS = 300

/**
 * Streams pieces of text, one a `pull`, so that a slow reader slows the producer. A failure after the headers becomes
 * `onFailure`'s text and the end, and so does a reader who may no longer have it. When the reader leaves, the producer's signal is aborted and its `finally` runs.
 *
 * The headers wait for the first piece, so that a failure before it is a plain error response: it is thrown from here.
 * They do not wait longer than `HEADERS_WAIT_MS`. `headersThen` are more of them, as they are known when they go out.
 */
export async function sseResponse(
  produce: (signal: AbortSignal) => AsyncGenerator<string, void, void>,
  onFailure: (thrown: unknown) => string,
  reader: Reader,
  headersThen: () => Record<string, string> = () => ({}),
): Promise<Response> {
  const abort = new AbortController()
  const lifeline = openLifeline(reader)
  const signal = AbortSignal.any([abort.signal, lifeline.signal])
  const pieces = produce(signal)
  let next: Promise<IteratorResult<string, void>> | undefined = pieces.next()

  let timer: number | null = null
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, HEADERS_WAIT_MS)
  })
  next.catch(() => {}) // it is awaited again below; a client that never reads must not leave it unhandled
  try {
    await Promise.race([next, waited])
  } catch (thrown) {
    lifeline.end()
    throw lifeline.refusal ?? thrown
  } finally {
    clearTimeout(timer)
  }

  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await (next ?? pieces.next())
        next = undefined
        if (abort.signal.aborted) return
        if (lifeline.refusal) throw lifeline.refusal
        if (!done) return controller.enqueue(encoder.encode(value))
        lifeline.end()
        controller.close()
      } catch (thrown) {
        lifeline.end()
        if (abort.signal.aborted) return
        controller.enqueue(encoder.encode(onFailure(lifeline.refusal ?? thrown)))
        controller.close()
        pieces.return().catch(() => {})
      }
    },
    cancel(reason) {
      lifeline.end()
      abort.abort(reason) // wakes a producer that is waiting: `return()` alone queues behind its `next()`
      pieces.return().catch(() => {}) // runs the `finally` of one that is paused at a `yield`
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      ...headersThen(),
    },
  })
}
