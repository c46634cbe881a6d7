import type { Usage } from '../../shared/generation.ts'

/** One model run as it ended: what is metered. */
export interface CallRecord {
  accountId: string
  model: string
  kind: 'generate' | 'embed'
  /** A finish reason, or the code of what it failed with. */
  outcome: string
  /** What the node says that it did; null when it could not be asked any more. */
  usage: Usage | null
  /** Tokens that reached the reader. */
  relayedTokens: number
  attempts: number
  /** Until the first token; null when there was none. */
  firstMs: number | null
  totalMs: number
}

/** The tokens of a run: the node's own count, or, when it is lost, as many as reached the reader. */
export const tokensOf = ({ usage, relayedTokens }: Pick<CallRecord, 'usage' | 'relayedTokens'>) => ({
  promptTokens: usage?.promptTokens ?? null,
  cachedPromptTokens: usage?.cachedPromptTokens ?? null,
  completionTokens: usage?.completionTokens ?? relayedTokens,
})
