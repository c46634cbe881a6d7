import { type AppError, type ErrorCode, statusOf } from '../../../shared/errors.ts'

/** The category of a failure, in the words of the page's table of status codes where it has one. */
const CATEGORIES: Record<ErrorCode, string> = {
  invalid_request: 'Bad Request',
  context_length_exceeded: 'Bad Request',
  unauthenticated: 'Unauthorized',
  token_expired: 'Forbidden',
  forbidden: 'Forbidden',
  not_found: 'Not Found',
  model_not_found: 'Not Found',
  method_not_allowed: 'Method Not Allowed',
  conflict: 'Conflict',
  precondition_failed: 'Precondition Failed',
  too_large: 'Payload Too Large',
  storage_full: 'Payload Too Large',
  range_not_satisfiable: 'Range Not Satisfiable',
  unsupported_media_type: 'Unsupported Media Type',
  unprocessable: 'Unprocessable Entity',
  limit_exceeded: 'Rate limit exceeded',
  cancelled: 'Request Timeout',
  internal: 'Internal server error',
  node_failed: 'Bad Gateway',
  no_capacity: 'Service Unavailable',
  maintenance: 'Service Unavailable',
}

/** Where this contract departs: a field that is missing or wrong is 422, a token that has expired 403. */
export function statusFor(error: AppError) {
  if (error.issues) return 422
  return error.code === 'token_expired' ? 403 : statusOf[error.code]
}

/** The page has four bodies: of a wrong input, of who is not let in, of who asks too often, and of all else. */
export function errorBody(error: AppError): object {
  const { code, message, issues, param, retryAfterSeconds } = error
  if (issues) return { detail: issues.map(({ path, message: msg, type }) => ({ loc: path, msg, type })) }
  switch (code) {
    case 'unprocessable': // an idempotency key that was used for something else: of all mistakes the one outside of a schema
      return { detail: [{ loc: ['header', ...(param ? [param] : [])], msg: message, type: 'value_error' }] }
    case 'unauthenticated':
    case 'token_expired':
      return { detail: message }
    case 'limit_exceeded':
      return { error: CATEGORIES[code], detail: message, retry_after: retryAfterSeconds ?? 0 }
    default:
      return { error: CATEGORIES[code], detail: message, status_code: statusFor(error) }
  }
}
