import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ErrorCode } from '../../shared/errors.ts'

/** The only place a failure becomes an HTTP status. A new `ErrorCode` does not compile until it is here. */
export const statusOf: Record<ErrorCode, ContentfulStatusCode> = {
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
  too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  limit_exceeded: 429,
  internal: 500,
  node_failed: 502,
  no_capacity: 503,
  maintenance: 503,
}
