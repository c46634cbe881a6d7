/** Every failure that a caller can cause or should know about. Status codes and bodies are decided at the doors. */
export const ERROR_CODES = [
  'invalid_request',
  'context_length_exceeded',
  'unauthenticated',
  'forbidden',
  'not_found',
  'model_not_found',
  'method_not_allowed',
  'conflict',
  'too_large',
  'unsupported_media_type',
  'limit_exceeded',
  'cancelled',
  'internal',
  'node_failed',
  'no_capacity',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

export interface ErrorDetail {
  /** Path of the offending input field, e.g. `messages.0.role`. */
  param?: string | undefined
  /** How long the caller should wait before trying again, in seconds. */
  retryAfterSeconds?: number | undefined
  cause?: unknown
}

/** A failure with a stable code and one sentence for the caller. `cause` is for the log alone. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly param: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, { cause, param, retryAfterSeconds }: ErrorDetail = {}) {
    super(message, { cause })
    this.code = code
    this.param = param
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
