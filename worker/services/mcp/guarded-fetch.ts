import { AppError } from '../../../shared/errors.ts'
import type { HostCheck } from '../webhooks/host-check.ts'
import { checkedTarget } from '../webhooks/targets.ts'
import { MAX_ANSWER_BYTES } from './limits.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])

export interface GuardOptions {
  /** Why nothing may be sent to a host: its name leads to an address that is not public. */
  refusalOf: HostCheck
  isDevelopment: boolean
  fetcher?: typeof fetch
}

/** The way to one server for one deed: what the library asks goes through `fetch`, and `broken` says what has ended it. */
export interface GuardedWay {
  fetch: (url: string | URL, init?: RequestInit) => Promise<Response>
  broken: () => AppError | undefined
}

const refuse = (message: string) => new AppError('unprocessable', message)

/** Bytes as they come, until there are more than `most`: `tooMany` then says what is thrown. */
function bounded(
  body: ReadableStream<Uint8Array>,
  take: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) return controller.close()
        take(value.byteLength)
        controller.enqueue(value)
      } catch (thrown) {
        await reader.cancel(thrown).catch(() => {})
        controller.error(thrown)
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

/**
 * A way to a server that goes to its address alone: the name is looked up at each request, no redirect is followed, no stream is held
 * open besides, and no more bytes come in than may.
 */
export function guardedWay(
  { refusalOf, isDevelopment, fetcher = (...asked) => fetch(...asked) }: GuardOptions,
  address: string,
  stop: AbortController,
): GuardedWay {
  let left = MAX_ANSWER_BYTES
  let failure: AppError | undefined
  const fail = (error: AppError): AppError => {
    failure ??= error
    stop.abort(error)
    return error
  }
  const take = (bytes: number): void => {
    left -= bytes
    if (left < 0)
      throw fail(refuse(`It answered with more than ${MAX_ANSWER_BYTES.toLocaleString('en')} bytes.`))
  }

  async function ask(url: URL, init: RequestInit): Promise<Response> {
    const refusal = await refusalOf(url, stop.signal)
    if (refusal !== undefined) throw fail(refuse(refusal))
    const signal = init.signal ? AbortSignal.any([init.signal, stop.signal]) : stop.signal
    const response = await fetcher(url.href, { ...init, redirect: 'manual', signal })
    if (REDIRECTS.has(response.status)) {
      await response.body?.cancel().catch(() => {})
      throw fail(refuse(`It answered ${response.status}: redirects are not followed.`))
    }
    const { status, statusText, headers } = response
    const body = response.body && bounded(response.body, take)
    return new Response(body, { status, statusText, headers })
  }

  return {
    async fetch(asked, init = {}) {
      const url = checkedTarget(address, { isDevelopment })
      // The library asks where the server tells it to, were it let.
      if (new URL(asked).href !== url.href) throw fail(refuse('It leads to another address.'))
      // The stream for what a server says by itself: nobody here would hear it. One that goes on with an answer is another thing.
      const isResumed = new Headers(init.headers).has('last-event-id')
      if (init.method === 'GET' && !isResumed) return new Response(null, { status: 405 })
      return ask(url, init)
    },
    broken: () => failure,
  }
}
