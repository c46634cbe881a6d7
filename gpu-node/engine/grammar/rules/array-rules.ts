import { choice, EMPTY, type Expression, repeat, sequence, text } from '../gbnf/gbnf.ts'
import { countLimits, itemPart } from '../schema/intersection.ts'
import type { ArrayShape } from '../schema/shape.ts'
import type { RuleWriter } from './rule-writer.ts'
import { COMMA } from './separators.ts'

/** The items of `prefixItems` one by one, then those of `items`, as many as are allowed. */
export function arrayRule(writer: RuleWriter, { all }: ArrayShape): Expression {
  const { min, max } = countLimits(all)
  const prefix = Math.min(
    Math.max(0, ...all.map((rules) => rules.prefix.length)),
    max ?? Number.POSITIVE_INFINITY,
  )
  const separated = (index: number): Expression =>
    sequence(index > 0 ? COMMA : EMPTY, writer.value(itemPart(all, index)))
  let rest = afterPrefix(writer, all, prefix, min, max)
  for (let index = prefix - 1; index >= 0; index -= 1) {
    const more = sequence(separated(index), rest)
    rest = writer.rules.add('items', index < min ? more : choice(more, EMPTY))
  }
  return sequence(text('['), rest, text(']'))
}

/** Items from `start` on, which are all alike. */
function afterPrefix(
  writer: RuleWriter,
  all: ArrayShape['all'],
  start: number,
  min: number,
  max: number | undefined,
): Expression {
  if (max !== undefined && max <= start) return EMPTY
  const part = itemPart(all, start)
  if (writer.isNever(part)) return min > start ? writer.value(part) : EMPTY
  const value = writer.value(part)
  const another = writer.rules.shared('item', `item ${value.kind === 'rule' ? value.name : ''}`, () =>
    sequence(COMMA, value),
  )
  const least = Math.max(0, min - start)
  const most = max === undefined ? undefined : max - start
  if (start > 0) return repeat(another, least, most)
  const others = repeat(another, Math.max(0, least - 1), most === undefined ? undefined : most - 1)
  return least > 0 ? sequence(value, others) : choice(sequence(value, others), EMPTY)
}
