import { AppError, type ErrorCode, type ErrorDetail } from '../../../shared/errors.ts'
import { detailOf } from '../../http/input/validation.ts'

/** Clara, "Common Error Codes", and more of their kind where the page has none. */
const ERROR_CODES: Record<ErrorCode, string> = {
  invalid_request: 'VALIDATION_ERROR',
  context_length_exceeded: 'CONTEXT_LENGTH_EXCEEDED',
  unauthenticated: 'INVALID_TOKEN',
  token_expired: 'INVALID_TOKEN',
  forbidden: 'INSUFFICIENT_PERMISSIONS',
  not_found: 'NOT_FOUND',
  model_not_found: 'MODEL_NOT_FOUND',
  method_not_allowed: 'METHOD_NOT_ALLOWED',
  cancelled: 'REQUEST_CANCELLED',
  conflict: 'CONFLICT',
  precondition_failed: 'PRECONDITION_FAILED',
  too_large: 'PAYLOAD_TOO_LARGE',
  storage_full: 'STORAGE_FULL',
  range_not_satisfiable: 'RANGE_NOT_SATISFIABLE',
  unsupported_media_type: 'UNSUPPORTED_MEDIA_TYPE',
  unprocessable: 'VALIDATION_ERROR',
  limit_exceeded: 'RATE_LIMIT_EXCEEDED',
  internal: 'INTERNAL_ERROR',
  node_failed: 'NODE_FAILED',
  no_capacity: 'SERVICE_UNAVAILABLE',
  maintenance: 'SERVICE_UNAVAILABLE',
}

/** A failure that this contract tells more of. */
export class ClaraError extends AppError {
  readonly details: Readonly<Record<string, unknown>>
  /** The page's own code, where that of the failure's kind is not it. */
  readonly errorCode: string | undefined

  constructor(
    code: ErrorCode,
    message: string,
    { details, errorCode, ...rest }: ErrorDetail & { details: Record<string, unknown>; errorCode?: string },
  ) {
    super(code, message, rest)
    this.details = details
    this.errorCode = errorCode
  }
}

function detailsOf(error: AppError): object {
  if (error instanceof ClaraError) return error.details
  return error.param ? { field: error.param } : {}
}

/** `{success, message, error_code, details}`; the list of mistakes alone where the input has some. */
export function errorBody(error: AppError) {
  if (error.issues) return { detail: detailOf(error.issues) }
  return {
    success: false,
    message: error.code === 'internal' ? 'Internal server error' : error.message,
    error_code: (error instanceof ClaraError && error.errorCode) || ERROR_CODES[error.code],
    details: detailsOf(error),
  }
}
