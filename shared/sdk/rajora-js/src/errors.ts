/** A failure, as the API tells it. */
interface Failure {
  /** The HTTP status; null where there was no answer, or where a stream broke. */
  status: number | null
  /** The API's own sentence, or ours where it gave none. */
  detail: string
  requestId?: string | null
  /** Seconds after which the API asks to try again. */
  retryAfter?: number | null
  cause?: unknown
}

/** Any failure of a call. Holds nothing of the request: no key, no token, no text. */
export class RajoraError extends Error {
  override readonly name = 'RajoraError'
  readonly status: number | null
  readonly detail: string
  /** `x-request-id` of the answer, to be named when asking for help. */
  readonly requestId: string | null
  readonly retryAfter: number | null

  constructor({ status, detail, requestId = null, retryAfter = null, cause }: Failure) {
    super(status === null ? detail : `${status}: ${detail}`, cause === undefined ? undefined : { cause })
    this.status = status
    this.detail = detail
    this.requestId = requestId
    this.retryAfter = retryAfter
  }
}

/** A date as HTTP writes it begins with its weekday: `Date.parse` alone takes almost any words with a number for one. */
const HTTP_DATE = /^\s*[A-Z][a-z]+,? /

/**
 * Seconds of a `Retry-After` (RFC 9110 §10.2.3): a number, or the time until a date. null for none, and for one that says
 * nothing; what has gone by already is 0.
 */
export function retryAfterOf(value: string | null, nowMs: number): number | null {
  if (value === null) return null
  if (/^\s*-?\d+(\.\d+)?\s*$/.test(value)) return Math.max(0, Number(value))
  const seconds = HTTP_DATE.test(value) ? (Date.parse(value) - nowMs) / 1_000 : Number.NaN
  return Number.isNaN(seconds) ? null : Math.max(0, seconds)
}

/** The sentence of an error body: `detail` in words or as a list of faults. A page of HTML says nothing to a program. */
function detailOf(body: string): string | undefined {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown }
    if (typeof detail === 'string') return detail
    if (detail !== undefined) return JSON.stringify(detail)
  } catch {
    // No JSON: whoever answered was not the API.
  }
  return undefined
}

/** The error of an answer that is none. */
export async function errorOf(response: Response): Promise<RajoraError> {
  const body = await response.text().catch(() => '')
  return new RajoraError({
    status: response.status,
    detail: detailOf(body) ?? `The server answered ${response.status} ${response.statusText}`.trimEnd(),
    requestId: response.headers.get('x-request-id'),
    retryAfter: retryAfterOf(response.headers.get('retry-after'), Date.now()),
  })
}
