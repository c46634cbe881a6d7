import type { CodePointRange } from '../language/code-points.ts'
import { visitRules } from './dead-ends.ts'
import { EMPTY, type Expression } from './gbnf.ts'

/** How rules are called in the text. */
type NameOf = (rule: string) => string

/**
 * The text of everything that `root` needs. Rules that say the same are written once, and those that only name another
 * are not written: a schema that repeats an address in fifty places costs one address. Names are short, since
 * llama.cpp's time to read a grammar grows with its length.
 */
export function printRules(rules: ReadonlyMap<string, Expression>, root: string): string | undefined {
  if (!rules.has(root)) return undefined
  const names = new Map([[root, root]])
  const byBody = new Map<string, string>()
  const lines: string[] = []
  const isFinished = new Set<string>()
  const nameOf: NameOf = (rule) => {
    const known = names.get(rule)
    if (known) return known
    // A rule in front of this one, by way of which it refers to itself: it cannot wait for its own text.
    // Never `root`: its number would be above MAX_RULES.
    const name = `${rule[0]}${names.size.toString(36)}`
    names.set(rule, name)
    return name
  }
  for (const rule of innermostFirst(rules, root)) {
    const expression = rules.get(rule) ?? EMPTY
    const isFree = !names.has(rule)
    if (isFree && expression.kind === 'rule' && isFinished.has(expression.name)) {
      names.set(rule, nameOf(expression.name))
    } else {
      const body = print(expression, nameOf)
      const same = isFree ? byBody.get(body) : undefined
      const name = same ?? nameOf(rule)
      if (same) names.set(rule, same)
      else lines.push(`${name} ::= ${body}\n`)
      byBody.set(body, name)
    }
    isFinished.add(rule)
  }
  return lines.reverse().join('')
}

/** Every rule that `root` needs, after those that it refers to, as far as there are no circles. Chains are too long to recurse. */
export function innermostFirst(rules: ReadonlyMap<string, Expression>, root: string): string[] {
  const ordered: string[] = []
  const seen = new Set<string>()
  const stack: { rule: string; isDone: boolean }[] = [{ rule: root, isDone: false }]
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { rule, isDone } = top
    if (isDone) ordered.push(rule)
    if (isDone || seen.has(rule)) continue
    seen.add(rule)
    stack.push({ rule, isDone: true })
    visitRules(rules.get(rule) ?? EMPTY, (used) => {
      if (!seen.has(used)) stack.push({ rule: used, isDone: false })
    })
  }
  return ordered
}

function print(expression: Expression, nameOf: NameOf): string {
  switch (expression.kind) {
    case 'text':
      return `"${spell(expression.text)}"`
    case 'set':
      return `[${expression.ranges.map(printRange).join('')}]`
    case 'rule':
      return nameOf(expression.name)
    case 'sequence':
      return expression.items.length > 0
        ? expression.items.map((item) => printItem(item, nameOf)).join(' ')
        : '""'
    case 'choice':
      return expression.options.map((option) => print(option, nameOf)).join(' | ')
    case 'repeat':
      return printItem(expression.item, nameOf) + printCount(expression.min, expression.max)
  }
}

const printItem = (item: Expression, nameOf: NameOf): string =>
  item.kind === 'choice' || item.kind === 'sequence' ? `(${print(item, nameOf)})` : print(item, nameOf)

function printCount(min: number, max: number | undefined): string {
  if (max === undefined) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  if (min === max) return `{${min}}`
  return min === 0 && max === 1 ? '?' : `{${min},${max}}`
}

const printRange = ([first, last]: CodePointRange): string => {
  const from = spellCodePoint(String.fromCodePoint(first), '\\[]^-')
  return first === last ? from : `${from}-${spellCodePoint(String.fromCodePoint(last), '\\[]^-')}`
}

const IS_PLAIN_TEXT = /^[ !#-[\]-~]*$/u
const spell = (value: string): string =>
  IS_PLAIN_TEXT.test(value)
    ? value
    : Array.from(value, (character) => spellCodePoint(character, '"\\')).join('')

const ESCAPED_IN_GBNF = '"\\[]-'

/** Grammars are plain ASCII: llama.cpp reads `\xHH`, `\uHHHH` and `\UHHHHHHHH` as one code point each. */
function spellCodePoint(character: string, special: string): string {
  const codePoint = character.codePointAt(0) ?? 0
  const isPlain = codePoint >= 0x20 && codePoint < 0x7f && !special.includes(character)
  if (isPlain) return character
  if (ESCAPED_IN_GBNF.includes(character)) return `\\${character}`
  if (codePoint <= 0xff) return `\\x${codePoint.toString(16).padStart(2, '0')}`
  if (codePoint <= 0xffff) return `\\u${codePoint.toString(16).padStart(4, '0')}`
  return `\\U${codePoint.toString(16).padStart(8, '0')}`
}
