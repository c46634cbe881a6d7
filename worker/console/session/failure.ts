/** A refusal of the edge, in its own words. */
export class Failure extends Error {
  readonly status: number
  /** The field that it is about. */
  readonly param: string | undefined
  readonly code: string | undefined
  /** Seconds after which asking again makes sense. */
  readonly retryAfter: number | undefined

  constructor(
    message: string,
    {
      status,
      param,
      code,
      retryAfter,
    }: Partial<Pick<Failure, 'param' | 'code' | 'retryAfter'>> & { status: number },
  ) {
    super(message)
    this.status = status
    this.param = param
    this.code = code
    this.retryAfter = retryAfter
  }
}

type Fields = Readonly<Record<string, unknown>>

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const fieldsOf = (value: unknown): Fields =>
  // An object; each field that is taken out of it is looked at.
  typeof value === 'object' && value !== null ? (value as Fields) : {}

/** A mistake in the form `{loc, msg}`, of the surfaces that tell several at once. */
const mistakeIn = (issue: unknown): string => {
  const { loc, msg } = fieldsOf(issue)
  const place = Array.isArray(loc) ? loc.slice(1).join('.') : ''
  return `${place}: ${textOf(msg) ?? 'is not right'}`
}

/** The sentence of a surface that answers with `detail`, and of a file where it is wrong. */
function detailOf({ detail, reason }: Fields): string | undefined {
  if (Array.isArray(detail)) return detail.map(mistakeIn).join('; ')
  const { line, cause } = fieldsOf(reason)
  const why = textOf(cause)
  const sentence = textOf(detail)
  if (sentence === undefined || why === undefined) return sentence
  return `${sentence}: ${typeof line === 'number' ? `line ${line}: ` : ''}${why}`
}

/** The meaning of a status, where an answer has no words of ours: it may be of something that stands before the edge. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [401, 'You are not signed in.'],
  [403, 'You may not do this.'],
  [404, 'This is not there.'],
  [413, 'This is more than the edge takes.'],
  [429, 'You ask more often than you may.'],
  [502, 'The edge cannot be reached at the moment.'],
  [503, 'The edge is busy, or being worked on.'],
  [504, 'The edge took too long to answer.'],
])

/** The seconds of `Retry-After`, which is a number or a date (RFC 9110 §10.2.3). */
function waitIn(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after') ?? ''
  const seconds = Number.isNaN(Number(text)) ? (Date.parse(text) - now) / 1_000 : Number(text)
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}

/** The failure that a response tells of, whatever its body is: JSON of one of our surfaces, somebody's HTML, or cut off. */
export async function failureOf(response: Response, now = Date.now()): Promise<Failure> {
  const { status } = response
  const body = fieldsOf(await response.json().catch(() => undefined))
  const error = fieldsOf(body.error)
  const words = textOf(error.message) ?? detailOf(body) ?? textOf(body.message)
  return new Failure(words ?? MEANINGS.get(status) ?? `The edge answered ${status}.`, {
    status,
    retryAfter: waitIn(response.headers, now),
    param: textOf(error.param) ?? textOf(fieldsOf(body.details).field),
    code: textOf(error.code) ?? textOf(body.error_code),
  })
}

const CUT_OFF = 'The answer was cut off.'

/** The JSON of an answer. The type is the caller's word for what the route's schema promises. Throws a `Failure` where it is not whole. */
export async function bodyOf<Body>(response: Response): Promise<Body> {
  try {
    return await response.json()
  } catch {
    throw new Failure(CUT_OFF, { status: response.status })
  }
}

/** A failure for a person: the edge's words, or that it cannot be reached. */
export const wordsOf = (thrown: unknown): string => {
  if (thrown instanceof Failure) return thrown.message
  if (thrown instanceof SyntaxError) return CUT_OFF
  if (thrown instanceof TypeError) return 'The edge cannot be reached.'
  return thrown instanceof Error ? thrown.message : String(thrown)
}
