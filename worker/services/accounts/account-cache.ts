/**
 * How long an isolate trusts what it has read of an account. What is open looks again every `CREDENTIAL_CHECK_MS`: together
 * a revoked credential ends everything within a second.
 */
export const ACCOUNT_CACHE_MS = 500
