import { createHmac } from 'node:crypto'
import {
  type GenerationRequest,
  MAX_CACHE_SCOPE_LENGTH,
  type PromptCache,
} from '../../../shared/generation.ts'

export interface PromptCacheOptions {
  /** Keeps nodes from telling accounts by their scopes. */
  secret: string
  /** Beginnings of system prompts that are no secret. */
  sharedPrompts: () => Promise<readonly { text: string }[]>
}

export type PromptCaches = ReturnType<typeof createPromptCaches>

/**
 * Who may use again what a node computed of a prompt: its own account, and everybody as far as the system prompt begins with
 * one that an administrator marked as shared. Otherwise a caller could read another's prompts by the time that they save.
 */
export function createPromptCaches({ secret, sharedPrompts }: PromptCacheOptions) {
  const scopeOf = (accountId: string) =>
    createHmac('sha256', secret)
      .update(`prompt cache of ${accountId}`)
      .digest('hex')
      .slice(0, MAX_CACHE_SCOPE_LENGTH)

  return async ({ prompt }: GenerationRequest, accountId: string): Promise<PromptCache> => {
    const scope = scopeOf(accountId)
    const [first] = prompt.kind === 'chat' ? prompt.messages : []
    if (first?.role !== 'system') return { scope }
    const lengths = (await sharedPrompts())
      .filter(({ text }) => first.content.startsWith(text))
      .map(({ text }) => text.length)
    return lengths.length > 0 ? { scope, sharedCharacters: Math.max(...lengths) } : { scope }
  }
}
