import { administers } from '../../http/administers.ts'
import { type ContractLimits, perMinute } from '../../http/limit-policy.ts'
import { X_RATE_LIMIT_HEADERS, xRateLimit } from '../../http/limits.ts'
import { checkTokens } from '../../services/administration/plan-limits.ts'

/** Messages a minute of an account. What runs a model counts against its plan besides. */
export const MESSAGES = perMinute('mcp-minute', 300)

/** Characters of a tool's result, and of a document, that one answer has. */
export const MAX_SHOWN_CHARACTERS = 200_000
export const MAX_DOCUMENT_CHARACTERS = 1_000_000

/** Documents of a page of resources. */
export const RESOURCES_PER_PAGE = 100

/** Tokens of the model that is taken to read results: a tool gives a part of it. */
export const READER_TOKENS = 65_536

/** Progress is told at most this often. */
export const PROGRESS_INTERVAL_MS = 1_000

export const mcpLimits: ContractLimits = {
  policy: ({ account }, settings) =>
    account && !administers(account)
      ? [{ ...checkTokens(account, false, settings), windows: [MESSAGES] }]
      : [],
  headers: xRateLimit,
  headerNames: X_RATE_LIMIT_HEADERS,
}
