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

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The failure that a response tells of, whatever its body is: JSON of ours, somebody's HTML, or cut off. */
export async function failureOf(response: Response): Promise<Failure> {
  const { status } = response
  const wait = Number(response.headers.get('retry-after'))
  const about = { status, retryAfter: Number.isFinite(wait) && wait > 0 ? wait : undefined }
  const body: unknown = await response.json().catch(() => undefined)
  const error: unknown = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  if (typeof error !== 'object' || error === null) return new Failure(`The edge answered ${status}.`, about)
  const { message, param, code } = error as Record<string, unknown> // an object; each field is looked at
  return new Failure(textOf(message) ?? `The edge answered ${status}.`, {
    ...about,
    param: textOf(param),
    code: textOf(code),
  })
}

/** A failure for a person: the edge's words, or that it cannot be reached. */
export const wordsOf = (thrown: unknown): string => {
  if (thrown instanceof Failure) return thrown.message
  if (thrown instanceof TypeError) return 'The edge cannot be reached.'
  return thrown instanceof Error ? thrown.message : String(thrown)
}
