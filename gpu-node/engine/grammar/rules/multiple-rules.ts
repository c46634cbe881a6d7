import { choice, EMPTY, type Expression, NEVER, sequence, set, text } from '../gbnf/gbnf.ts'
import type { RuleSet } from '../gbnf/rule-set.ts'
import { rangesOf } from '../language/code-points.ts'
import type { Refuse } from '../language/regex.ts'
import { MAX_MULTIPLE_STATES } from '../limits.ts'

/** The multiples of `step` from `low` to `high`, both at least zero. */
export interface Multiples {
  step: bigint
  low: bigint
  high: bigint
}

/**
 * Decimal multiples are a regular language: what may follow some digits depends on their remainder alone. A state is
 * how many digits are missing and what they must make up, and only states from which a multiple can be reached are
 * visited, so a large step is fine between near bounds.
 */
export function multiplesRule(rules: RuleSet, { step, low, high }: Multiples, refuse: Refuse): Expression {
  let states = 0

  /** The digits that may follow those of `prefix` when `missing` more are due. */
  const after = (prefix: bigint, missing: number): Expression => {
    const power = 10n ** BigInt(missing)
    const [from, to] = [prefix * power, prefix * power + power - 1n]
    const [least, most] = [from > low ? from : low, to < high ? to : high]
    if (least > most || (most / step) * step < least) return NEVER
    if (missing === 0) return EMPTY
    const isInside = least === from && most === to
    const key = isInside ? `${missing} ${from % step}` : `${missing} ${prefix} in ${low} ${high}`
    return rules.shared('multiple', `multiple ${step} ${key}`, () => {
      states += 1
      if (states > MAX_MULTIPLE_STATES) refuse('takes too large a grammar within these bounds')
      return digitOptions(prefix, missing, 0)
    })
  }

  /** One digit of at least `first`, then what may follow it; digits with the same future are one option. */
  const digitOptions = (prefix: bigint, missing: number, first: number): Expression => {
    const byFuture = new Map<string, { digits: number[]; future: Expression }>()
    for (let digit = first; digit <= 9; digit += 1) {
      const future = after(prefix * 10n + BigInt(digit), missing - 1)
      if (future === NEVER) continue
      const group = byFuture.get(JSON.stringify(future)) ?? { digits: [], future }
      group.digits.push(digit)
      byFuture.set(JSON.stringify(future), group)
    }
    return choice(
      ...[...byFuture.values()].map(({ digits, future }) =>
        sequence(set(...rangesOf(...digits.map(String))), future),
      ),
    )
  }

  const lengths = Array.from({ length: String(high).length }, (_, index) => index + 1)
  return choice(...(low === 0n ? [text('0')] : []), ...lengths.map((length) => digitOptions(0n, length, 1)))
}
