import { errorOf, RajoraError } from './errors.ts'
import type { Settings } from './options.ts'

/** The longest wait that a server may ask for; for a longer one the call fails at once and says it. */
const MAX_RETRY_AFTER_SECONDS = 60
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 8_000

export interface Call {
  method?: 'GET' | 'POST'
  path: string
  query?: object | undefined
  json?: object
  form?: Record<string, string>
  signal?: AbortSignal | undefined
}

/** An answer that has begun, and the watch over what is still to come of it. */
export interface Begun {
  response: Response
  /** Aborts the request. */
  abort(): void
  /** A word of the server came: the time to wait for the next begins. */
  touch(): void
  /** Nothing more is awaited. */
  end(): void
  /** The meaning to the caller of a failure while reading it. */
  failure(thrown: unknown): unknown
}

export type Transport = ReturnType<typeof createTransport>

const isWorthRetrying = (status: number) => status === 408 || status === 429 || status >= 500

/** Half of it by chance, so that many clients do not come back together. */
const pauseMs = (tries: number) =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + Math.random() / 2)

/** How long to wait after `tries` + 1 tries of a call; undefined where another would not help. */
export function waitMs(error: unknown, tries: number): number | undefined {
  if (!(error instanceof RajoraError)) return undefined
  const { status, retryAfter } = error
  // After a try whose answer was lost, 409 with a time says that the first one is still at work under the same key.
  const isStillAtWork = status === 409 && tries > 0 && retryAfter !== null
  if (status !== null && !isWorthRetrying(status) && !isStillAtWork) return undefined
  if (retryAfter === null) return pauseMs(tries)
  return retryAfter <= MAX_RETRY_AFTER_SECONDS ? retryAfter * 1_000 : undefined
}

export type Timer = ReturnType<typeof setTimeout> | undefined

/** Stops a timer, where there is one: the platforms agree on no word for none. */
export const stop = (timer: Timer): void => {
  if (timer !== undefined) clearTimeout(timer)
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }, ms)
    signal?.addEventListener('abort', leave, { once: true })
  })
}

function addressOf(baseURL: string, path: string, query: object | undefined): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) search.set(name, String(value))
  return `${baseURL}${path}${search.size > 0 ? `?${search}` : ''}`
}

/** Sends calls, each as often as it is worth it, and none again once an answer has begun. */
export function createTransport({ apiKey, token, baseURL, timeoutMs, maxRetries, fetch }: Settings) {
  const credential: Record<string, string> = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(apiKey !== undefined && { 'x-api-key': apiKey }),
  }

  async function once(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Begun> {
    const controller = new AbortController()
    const abort = () => controller.abort(signal?.reason)
    signal?.throwIfAborted()
    signal?.addEventListener('abort', abort, { once: true })
    let timer: Timer
    let isLate = false
    const touch = () => {
      stop(timer)
      timer = setTimeout(() => {
        isLate = true
        controller.abort()
      }, timeoutMs)
    }
    const end = () => {
      stop(timer)
      signal?.removeEventListener('abort', abort)
    }
    const failure = (thrown: unknown) => {
      end()
      if (signal?.aborted) return signal.reason
      if (thrown instanceof RajoraError) return thrown
      const detail = isLate ? `No answer for ${timeoutMs} ms.` : 'The connection failed.'
      return new RajoraError({ status: null, detail, cause: thrown })
    }
    touch()
    try {
      // A redirect is followed by nobody: `x-api-key` would go along to wherever it leads.
      const response = await fetch(url, { ...init, redirect: 'manual', signal: controller.signal })
      touch()
      if (!response.ok) throw await errorOf(response)
      return { response, abort: () => controller.abort(), touch, end, failure }
    } catch (thrown) {
      throw failure(thrown)
    }
  }

  /** The result of `take` on an answer that has begun. Throws `RajoraError`, or the reason of `signal`. */
  async function send<Result>(
    { method = 'GET', path, query, json, form, signal }: Call,
    take: (begun: Begun) => Result | Promise<Result>,
  ): Promise<Result> {
    const headers: Record<string, string> = { accept: 'application/json', ...credential }
    if (json) headers['content-type'] = 'application/json'
    // One key for all tries: an answer that was lost on the way is given again, not made again.
    if (method === 'POST') headers['idempotency-key'] = crypto.randomUUID()
    const body = form ? new URLSearchParams(form) : json && JSON.stringify(json)
    const url = addressOf(baseURL, path, query)
    for (let tries = 0; ; tries++) {
      try {
        return await take(await once(url, { method, headers, ...(body && { body }) }, signal))
      } catch (thrown) {
        const wait = tries < maxRetries ? waitMs(thrown, tries) : undefined
        if (wait === undefined) throw thrown
        await pause(wait, signal)
      }
    }
  }

  /** An answer in pieces, from its beginning on. */
  const begin = (request: Call): Promise<Begun> => send(request, (begun) => begun)

  /** The JSON of an answer, whole. */
  function call<Answer>(request: Call): Promise<Answer> {
    return send(request, async ({ response, end, failure }) => {
      try {
        const text = await response.text()
        end()
        // The type is the API's word; a test holds it beside the API's own document.
        return JSON.parse(text) as Answer
      } catch (thrown) {
        if (!(thrown instanceof SyntaxError)) throw failure(thrown)
        const requestId = response.headers.get('x-request-id')
        throw new RajoraError({ status: response.status, detail: 'The answer is no JSON.', requestId })
      }
    })
  }

  return { begin, call }
}
