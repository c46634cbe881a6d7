import type { Usage } from '../../../shared/generation.ts'

/** One model run as it ended: what is metered. */
export interface CallRecord {
  accountId: string
  model: string
  kind: 'generate' | 'embed' | 'train'
  /** Another choice for a prompt that is counted with the first: it counts neither as a request nor its prompt. */
  isFurtherChoice?: boolean | undefined
  /** A finish reason, or the code of what it failed with. */
  outcome: string
  /** The node's count; null when it could not be asked any more. */
  usage: Usage | null
  /** Tokens that reached the reader. */
  relayedTokens: number
  attempts: number
  /** Until the first token; null when there was none. */
  firstMs: number | null
  totalMs: number
}

/** The cost of a run to its account: a prompt once, however many answers it has, as the answer's own `usage` says. */
export function billedOf(call: CallRecord) {
  const { promptTokens, cachedPromptTokens, completionTokens } = tokensOf(call)
  if (call.isFurtherChoice) return { requests: 0, promptTokens: 0, cachedPromptTokens: 0, completionTokens }
  return {
    requests: 1,
    promptTokens: promptTokens ?? 0,
    cachedPromptTokens: cachedPromptTokens ?? 0,
    completionTokens,
  }
}

/** The cost of tokens at a price of a thousand. */
export const costOf = (
  { promptTokens, completionTokens }: Pick<ReturnType<typeof billedOf>, 'promptTokens' | 'completionTokens'>,
  pricePer1kTokens: number,
): number => ((promptTokens + completionTokens) * pricePer1kTokens) / 1_000

/** The tokens of a run: the node's own count, or, when it is lost, as many as reached the reader. */
export const tokensOf = ({ usage, relayedTokens }: Pick<CallRecord, 'usage' | 'relayedTokens'>) => ({
  promptTokens: usage?.promptTokens ?? null,
  cachedPromptTokens: usage?.cachedPromptTokens ?? null,
  completionTokens: usage?.completionTokens ?? relayedTokens,
})
