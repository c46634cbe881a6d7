import { Webhook } from 'standardwebhooks'
import { toAppError } from '../../../shared/errors.ts'
import { createHostCheck } from './host-check.ts'
import type { ResolveHost } from './resolver.ts'
import { retryAfterMs } from './schedule.ts'
import { checkedTarget } from './targets.ts'

/** How long a receiver has to answer, its name to be looked up in it. */
export const ATTEMPT_LIMIT_MS = 15_000

/** One message, as it goes out. */
export interface Message {
  /** The same at every attempt. */
  id: string
  url: string
  payload: string
  /** Each signs: the receiver takes any that it knows. */
  secrets: readonly string[]
}

/** The end of an attempt. */
export type Outcome =
  | { isDelivered: true; status: number }
  | { isDelivered: false; status: number | null; error: string; retryAfterMs?: number | undefined }

export interface AttemptOptions {
  resolve: ResolveHost
  isDevelopment: boolean
  fetcher?: typeof fetch
  limitMs?: number
  now?: () => number
}

export type Attempt = ReturnType<typeof createAttempt>

const failed = (error: string, status: number | null = null) => ({
  isDelivered: false as const,
  status,
  error,
})

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** Sends messages as Standard Webhooks describes (standardwebhooks.com). An attempt ends in words that its owner may read. */
export function createAttempt({
  resolve,
  isDevelopment,
  fetcher = (...asked) => fetch(...asked),
  limitMs = ATTEMPT_LIMIT_MS,
  now = Date.now,
}: AttemptOptions) {
  const refusalOf = createHostCheck({ resolve, isDevelopment })

  /** `url` is the checked one, in its one spelling: whoever opens the connection may read another spelling otherwise. */
  async function post(url: URL, { id, payload, secrets }: Message, signal: AbortSignal): Promise<Response> {
    const at = new Date(now())
    const signatures = secrets.map((secret) => new Webhook(secret).sign(id, at, payload))
    return await fetcher(url.href, {
      method: 'POST',
      redirect: 'manual',
      signal,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Switchyard-Webhooks/1',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': signatures.join(' '),
      },
      body: payload,
    })
  }

  async function outcomeOf(response: Response): Promise<Outcome> {
    const { status, headers } = response
    // Only the status counts: what else a receiver says is not read, however much it is.
    await response.body?.cancel().catch(() => {})
    if (response.ok) return { isDelivered: true, status }
    if (REDIRECTS.has(status)) return failed(`It answered ${status}: redirects are not followed.`, status)
    const asked = retryAfterMs(headers.get('retry-after'), now())
    return { ...failed(`It answered ${status}.`, status), retryAfterMs: asked }
  }

  return {
    /** One attempt; its failure is an answer. */
    async send(message: Message): Promise<Outcome> {
      const signal = AbortSignal.timeout(limitMs)
      try {
        const url = checkedTarget(message.url, { isDevelopment })
        const refusal = await refusalOf(url, signal)
        if (refusal !== undefined) return failed(refusal)
        return await outcomeOf(await post(url, message, signal))
      } catch (thrown) {
        if (signal.aborted) return failed(`It did not answer within ${limitMs / 1_000} seconds.`)
        const { code, message: words } = toAppError(thrown)
        return failed(code === 'invalid_request' ? words : 'It could not be reached.')
      }
    },
  }
}
