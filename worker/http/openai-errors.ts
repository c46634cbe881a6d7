import { z } from '@hono/zod-openapi'
import type { AppError, ErrorCode } from '../../shared/errors.ts'

interface Spelling {
  type:
    | 'invalid_request_error'
    | 'authentication_error'
    | 'permission_error'
    | 'rate_limit_error'
    | 'server_error'
  code: string | null
}

/** OpenAI's words for our codes. */
const spelling: Record<ErrorCode, Spelling> = {
  invalid_request: { type: 'invalid_request_error', code: null },
  context_length_exceeded: { type: 'invalid_request_error', code: 'context_length_exceeded' },
  unauthenticated: { type: 'authentication_error', code: 'invalid_api_key' },
  token_expired: { type: 'authentication_error', code: 'token_expired' },
  forbidden: { type: 'permission_error', code: 'forbidden' },
  not_found: { type: 'invalid_request_error', code: 'not_found' },
  model_not_found: { type: 'invalid_request_error', code: 'model_not_found' },
  method_not_allowed: { type: 'invalid_request_error', code: 'method_not_allowed' },
  conflict: { type: 'invalid_request_error', code: 'conflict' },
  precondition_failed: { type: 'invalid_request_error', code: 'precondition_failed' },
  too_large: { type: 'invalid_request_error', code: 'request_too_large' },
  storage_full: { type: 'invalid_request_error', code: 'storage_full' },
  range_not_satisfiable: { type: 'invalid_request_error', code: 'range_not_satisfiable' },
  unsupported_media_type: { type: 'invalid_request_error', code: 'unsupported_media_type' },
  unprocessable: { type: 'invalid_request_error', code: 'unprocessable' },
  limit_exceeded: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  cancelled: { type: 'server_error', code: 'cancelled' },
  internal: { type: 'server_error', code: 'internal_error' },
  node_failed: { type: 'server_error', code: 'node_failed' },
  no_capacity: { type: 'server_error', code: 'server_overloaded' },
  maintenance: { type: 'server_error', code: 'maintenance' },
}

/** The body of every failure on `/v1` and outside of all contracts. */
export const OpenaiError = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .openapi('Error')

/** `{"error": {"message", "type", "param", "code"}}`, as the `openai` clients read it. */
export const openaiErrorBody = (error: AppError) => ({
  error: { message: error.message, ...spelling[error.code], param: error.param ?? null },
})
