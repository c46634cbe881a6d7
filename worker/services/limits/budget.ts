/** The daily budget of tokens, one for all surfaces, so that nobody gets a day's tokens from each. */
export const TOKENS_BUDGET = 'tokens'

/** The name under which the limiter counts an account. */
export const accountSubject = (accountId: string): string => `account:${accountId}`
