import type { CodePointRange } from './code-points.ts'
import { MAX_GRAMMAR_LENGTH, MAX_RULES } from './limits.ts'
import type { Refuse } from './regex.ts'

/** The right-hand side of a rule of llama.cpp's GBNF (grammars/README.md in its repository). */
export type Expression =
  | { kind: 'text'; text: string }
  | { kind: 'set'; ranges: readonly CodePointRange[] }
  | { kind: 'rule'; name: string }
  | { kind: 'sequence'; items: readonly Expression[] }
  | { kind: 'choice'; options: readonly Expression[] }
  | { kind: 'repeat'; item: Expression; min: number; max: number | undefined }

/** The parser of llama.cpp (as of node-llama-cpp 3.22.1) silently turns `{m,n}` into `{m,}` above 2,000, and multiplies what is nested. */
const MAX_PLAIN_REPETITION = 200

/** Matches nothing at all, not even the empty text. */
export const NEVER: Expression = { kind: 'choice', options: [] }
export const EMPTY: Expression = { kind: 'sequence', items: [] }

export const text = (value: string): Expression => (value ? { kind: 'text', text: value } : EMPTY)
export const set = (...ranges: readonly CodePointRange[]): Expression => ({ kind: 'set', ranges })
export const ref = (name: string): Expression => ({ kind: 'rule', name })

export function sequence(...items: readonly Expression[]): Expression {
  const flat: Expression[] = []
  for (const item of items.flatMap((item) => (item.kind === 'sequence' ? item.items : [item]))) {
    const previous = flat.at(-1)
    if (previous?.kind === 'text' && item.kind === 'text') flat.splice(-1, 1, text(previous.text + item.text))
    else flat.push(item)
  }
  const [only] = flat
  return flat.length === 1 && only ? only : { kind: 'sequence', items: flat }
}

export function choice(...options: readonly Expression[]): Expression {
  const flat = options.flatMap((option) => (option.kind === 'choice' ? option.options : [option]))
  const [only] = flat
  return flat.length === 1 && only ? only : { kind: 'choice', options: flat }
}

/** `item` must be a set or a rule: llama.cpp counts the rules inside a repeated group against its limit. */
export const repeat = (item: Expression, min: number, max: number | undefined): Expression =>
  max === 0 ? EMPTY : min === 1 && max === 1 ? item : { kind: 'repeat', item, min, max }

export const optional = (item: Expression): Expression =>
  item.kind === 'sequence' || item.kind === 'choice' ? choice(item, EMPTY) : repeat(item, 0, 1)

/** The rules of one grammar under construction. */
export class RuleSet {
  #rules = new Map<string, Expression>()
  #byKey = new Map<string, string>()
  #reserved = 0
  #refuse: Refuse

  constructor(refuse: Refuse) {
    this.#refuse = refuse
  }

  /** A name that is not taken; its rule is given later with `define`. */
  reserve(base: string): string {
    this.#reserved += 1
    if (this.#reserved > MAX_RULES) this.#refuse(`needs a grammar of more than ${MAX_RULES} rules`)
    return base === 'root' ? base : `${base}-${this.#reserved}`
  }

  define(name: string, expression: Expression): void {
    this.#rules.set(name, expression)
  }

  add(base: string, expression: Expression): Expression {
    const name = this.reserve(base)
    this.define(name, expression)
    return ref(name)
  }

  /** The rule for `key`, made once. `build` may refer to it, so it is named before it is built. */
  shared(base: string, key: string, build: () => Expression): Expression {
    const known = this.#byKey.get(key)
    if (known) return ref(known)
    const name = this.reserve(base)
    this.#byKey.set(key, name)
    this.define(name, build())
    return ref(name)
  }

  /**
   * `item` (a set or a rule) from `min` to `max` times, in a number of rules that grows with the square root of `max`.
   * At most two ways to read a text are open at a time, whatever the bounds.
   */
  repeated(item: Expression, min: number, max: number | undefined): Expression {
    const least = this.#exactly(item, min)
    if (max === undefined) return sequence(least, repeat(item, 0, undefined))
    return sequence(least, this.#upTo(item, max - min))
  }

  #exactly(item: Expression, count: number): Expression {
    if (count <= MAX_PLAIN_REPETITION) return repeat(item, count, count)
    const block = Math.ceil(Math.sqrt(count))
    const blocks = this.add('block', repeat(item, block, block))
    return sequence(
      repeat(blocks, Math.floor(count / block), Math.floor(count / block)),
      repeat(item, count % block, count % block),
    )
  }

  #upTo(item: Expression, count: number): Expression {
    if (count <= MAX_PLAIN_REPETITION) return repeat(item, 0, count)
    const block = Math.ceil(Math.sqrt(count))
    const full = this.add('block', repeat(item, block, block))
    const partial = this.add('part', repeat(item, 0, block - 1))
    let rest = repeat(item, 0, count % block)
    for (let blocks = Math.floor(count / block); blocks > 0; blocks -= 1) {
      rest = this.add('upto', choice(partial, sequence(full, rest)))
    }
    return rest
  }

  /** The grammar's text without what can never match; `undefined` when nothing can. */
  print(root: string): string | undefined {
    const rules = withoutDeadEnds(this.#rules)
    if (!rules.has(root)) return undefined
    const reachable = new Set([root])
    for (const name of reachable) {
      const expression = rules.get(name)
      if (expression) for (const used of rulesIn(expression)) reachable.add(used)
    }
    const lines = [...reachable].map((name) => `${name} ::= ${print(rules.get(name) ?? EMPTY)}\n`)
    const grammar = lines.join('')
    if (grammar.length > MAX_GRAMMAR_LENGTH) {
      this.#refuse(`needs a grammar of more than ${MAX_GRAMMAR_LENGTH} characters`)
    }
    return grammar
  }
}

function rulesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'rule':
      return [expression.name]
    case 'sequence':
      return expression.items.flatMap(rulesIn)
    case 'choice':
      return expression.options.flatMap(rulesIn)
    case 'repeat':
      return rulesIn(expression.item)
    case 'text':
    case 'set':
      return []
  }
}

/** Keeps the rules that some finite text matches, without the options that none does. */
function withoutDeadEnds(rules: ReadonlyMap<string, Expression>): Map<string, Expression> {
  const users = new Map<string, string[]>()
  for (const [name, expression] of rules) {
    for (const used of rulesIn(expression)) {
      const known = users.get(used)
      if (known) known.push(name)
      else users.set(used, [name])
    }
  }
  const alive = new Set<string>()
  const isAlive = (name: string): boolean => alive.has(name)
  const queue = [...rules.keys()]
  for (const name of queue) {
    const expression = rules.get(name)
    if (!expression || alive.has(name) || !prune(expression, isAlive)) continue
    alive.add(name)
    queue.push(...(users.get(name) ?? []))
  }
  const kept = new Map<string, Expression>()
  for (const name of alive) {
    const expression = rules.get(name)
    const pruned = expression && prune(expression, isAlive)
    if (pruned) kept.set(name, pruned)
  }
  return kept
}

function prune(expression: Expression, isAlive: (name: string) => boolean): Expression | undefined {
  switch (expression.kind) {
    case 'text':
      return expression
    case 'set':
      return expression.ranges.length > 0 ? expression : undefined
    case 'rule':
      return isAlive(expression.name) ? expression : undefined
    case 'sequence': {
      const items = expression.items.map((item) => prune(item, isAlive))
      const known = items.filter((item) => item !== undefined)
      return known.length === items.length ? sequence(...known) : undefined
    }
    case 'choice': {
      const options = expression.options
        .map((option) => prune(option, isAlive))
        .filter((option) => option !== undefined)
      return options.length > 0 ? choice(...options) : undefined
    }
    case 'repeat': {
      const item = prune(expression.item, isAlive)
      if (item) return repeat(item, expression.min, expression.max)
      return expression.min === 0 ? EMPTY : undefined
    }
  }
}

function print(expression: Expression): string {
  switch (expression.kind) {
    case 'text':
      return `"${[...expression.text].map((character) => spellCodePoint(character, '"\\')).join('')}"`
    case 'set':
      return `[${expression.ranges.map(printRange).join('')}]`
    case 'rule':
      return expression.name
    case 'sequence':
      return expression.items.length > 0 ? expression.items.map(printItem).join(' ') : '""'
    case 'choice':
      return expression.options.map(print).join(' | ')
    case 'repeat':
      return printItem(expression.item) + printCount(expression.min, expression.max)
  }
}

const printItem = (item: Expression): string =>
  item.kind === 'choice' || item.kind === 'sequence' ? `(${print(item)})` : print(item)

function printCount(min: number, max: number | undefined): string {
  if (max === undefined) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  if (min === max) return `{${min}}`
  return min === 0 && max === 1 ? '?' : `{${min},${max}}`
}

const printRange = ([first, last]: CodePointRange): string => {
  const from = spellCodePoint(String.fromCodePoint(first), '\\[]^-')
  return first === last ? from : `${from}-${spellCodePoint(String.fromCodePoint(last), '\\[]^-')}`
}

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
