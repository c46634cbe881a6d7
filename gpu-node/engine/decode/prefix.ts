import { commonLength } from './sequence.ts'

/** A row of tokens, and who may find out that it was computed. */
export interface Prefix {
  readonly tokens: readonly number[]
  /** Only within one scope is what was computed used again: by the time it saves, one could read another's prompts. */
  readonly scope: string
  /** First tokens that are no secret, because an administrator wrote them: every scope may use these. */
  readonly shared: number
}

/** How many tokens two rows have in common that one of them may take from the other. */
export function usableLength(a: Prefix, b: Prefix): number {
  const common = commonLength(a.tokens, b.tokens)
  return a.scope === b.scope ? common : Math.min(common, a.shared, b.shared)
}

/** Whether the whole of `start` is a beginning that `row` may take. */
export const beginsWith = (row: Prefix, start: Prefix): boolean =>
  usableLength(row, start) === start.tokens.length

/** The first tokens of a row. */
export const beginningOf = ({ tokens, scope, shared }: Prefix, length: number): Prefix => ({
  tokens: tokens.slice(0, length),
  scope,
  shared: Math.min(shared, length),
})

/** The prefix of no tokens. */
export const NO_PREFIX: Prefix = { tokens: [], scope: '', shared: 0 }
