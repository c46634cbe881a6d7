/** Every failure that a caller can cause or should know about. Bodies are decided at the doors. */
export const ERROR_CODES = [
  'invalid_request',
  'context_length_exceeded',
  'unauthenticated',
  'token_expired',
  'forbidden',
  'not_found',
  'model_not_found',
  'method_not_allowed',
  'conflict',
  'precondition_failed',
  'too_large',
  'storage_full',
  'range_not_satisfiable',
  'unsupported_media_type',
  'unprocessable',
  'limit_exceeded',
  'cancelled',
  'internal',
  'node_failed',
  'no_capacity',
  'maintenance',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** HTTP's status of each failure; a contract may say another. A new code does not compile until it is here. */
export const statusOf = {
  invalid_request: 400,
  context_length_exceeded: 400,
  unauthenticated: 401,
  token_expired: 401,
  forbidden: 403,
  not_found: 404,
  model_not_found: 404,
  method_not_allowed: 405,
  cancelled: 408,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  storage_full: 413,
  range_not_satisfiable: 416,
  unsupported_media_type: 415,
  unprocessable: 422,
  limit_exceeded: 429,
  internal: 500,
  node_failed: 502,
  no_capacity: 503,
  maintenance: 503,
} as const satisfies Record<ErrorCode, number>

/** One thing that is wrong with the input. */
export interface InputIssue {
  /** Where it is, from the part of the request inwards: `['body', 'messages', 0, 'role']`. */
  path: readonly (string | number)[]
  message: string
  /** The kind of mistake, in the words of the validators that the contracts were written with. */
  type: string
}

/** A flaw inside of a file, and on which of its lines (from 1), where one can be named. */
export interface FileFlaw {
  line?: number | undefined
  cause: string
}

export interface ErrorDetail {
  /** Path of the offending input field, e.g. `messages.0.role`. */
  param?: string | undefined
  /** Every mistake in the input, where more than the first is known. Does not cross a Durable Object call. */
  issues?: readonly InputIssue[] | undefined
  /** Of a file that was refused. Does not cross a Durable Object call. */
  flaw?: FileFlaw | undefined
  /** How long the caller should wait before trying again, in seconds. */
  retryAfterSeconds?: number | undefined
  cause?: unknown
}

/** A failure with a stable code and one sentence for the caller. `cause` is for the log alone. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly param: string | undefined
  readonly issues: readonly InputIssue[] | undefined
  readonly flaw: FileFlaw | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    const { cause, param, issues, flaw, retryAfterSeconds } = detail
    super(message, { cause })
    this.code = code
    this.param = param
    this.issues = issues
    this.flaw = flaw
    this.retryAfterSeconds = retryAfterSeconds
  }
}

const isErrorCode = (code: unknown): code is ErrorCode => ERROR_CODES.some((known) => known === code)

/**
 * Anything thrown, as an `AppError`. Recognised by shape, not by class: an error that crossed a Durable Object call
 * keeps its fields but not its prototype. What we did not foresee becomes `internal`, with the original as its cause.
 */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (thrown instanceof Error && thrown.name === 'AppError') {
    const { code, param, retryAfterSeconds } = thrown as Partial<AppError>
    if (isErrorCode(code)) return new AppError(code, thrown.message, { param, retryAfterSeconds })
  }
  return new AppError('internal', 'Something went wrong on our side.', { cause: thrown })
}
