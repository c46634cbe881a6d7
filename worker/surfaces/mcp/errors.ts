import { type AppError, type ErrorCode, statusOf } from '../../../shared/errors.ts'

/** JSON-RPC's own codes (jsonrpc.org/specification §5.1), and the first of those that are a server's to give. */
const PARSE_ERROR = -32_700
const INVALID_REQUEST = -32_600
const INTERNAL_ERROR = -32_603
const SERVER_ERROR = -32_000

const CODES: Partial<Record<ErrorCode, number>> = {
  invalid_request: PARSE_ERROR,
  unsupported_media_type: INVALID_REQUEST,
  too_large: INVALID_REQUEST,
  unprocessable: INVALID_REQUEST,
  internal: INTERNAL_ERROR,
}

/** A failure before a message was read, as JSON-RPC has it: nobody knows the id of the request. */
export const jsonRpcError = ({ code, message, retryAfterSeconds }: AppError) => ({
  jsonrpc: '2.0' as const,
  id: null,
  error: {
    code: CODES[code] ?? SERVER_ERROR,
    message,
    data: { code, ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }) },
  },
})

/** A message that is read, and is none of the protocol, is a bad request. */
export const statusFor = ({ code }: AppError) => (code === 'unprocessable' ? 400 : statusOf[code])
