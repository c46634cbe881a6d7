import type { AppError, ErrorCode } from '../../../shared/errors.ts'

/** This contract's names for failures: those of their statuses. */
const TITLES: Record<ErrorCode, string> = {
  invalid_request: 'Bad Request',
  context_length_exceeded: 'Bad Request',
  unauthenticated: 'Unauthorized',
  token_expired: 'Unauthorized',
  forbidden: 'Forbidden',
  not_found: 'Not Found',
  model_not_found: 'Not Found',
  method_not_allowed: 'Method Not Allowed',
  cancelled: 'Request Timeout',
  conflict: 'Conflict',
  precondition_failed: 'Precondition Failed',
  too_large: 'Payload Too Large',
  storage_full: 'Payload Too Large',
  range_not_satisfiable: 'Range Not Satisfiable',
  unsupported_media_type: 'Unsupported Media Type',
  unprocessable: 'Unprocessable Entity',
  limit_exceeded: 'Too Many Requests',
  internal: 'Internal Server Error',
  node_failed: 'Bad Gateway',
  no_capacity: 'Service Unavailable',
  maintenance: 'Service Unavailable',
}

/** `{error, message, details}`, with a list of the mistakes where the input has some; `{detail}` for a limit. */
export function errorBody({ code, message, issues }: AppError) {
  if (code === 'limit_exceeded') return { detail: message }
  if (issues) {
    return {
      error: 'Validation Error',
      message: 'Invalid input data',
      details: issues.map((issue) => ({
        field: issue.path.join(' -> '),
        message: issue.message,
        type: issue.type,
      })),
    }
  }
  return { error: TITLES[code], message: code === 'internal' ? 'Server error' : message, details: {} }
}
