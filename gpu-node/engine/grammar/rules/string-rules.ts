import { choice, type Expression, NEVER, ref, repeat, sequence, set, text } from '../gbnf/gbnf.ts'
import type { RuleSet } from '../gbnf/rule-set.ts'
import { type Automaton, type AutomatonState, isEmptyLanguage } from '../language/automaton.ts'
import {
  ALL_CODE_POINTS,
  type CodePointRange,
  includesCodePoint,
  intersectRanges,
  rangesOf,
} from '../language/code-points.ts'

/** RFC 8259 §7: what may stand in a string as itself. */
const UNESCAPED: readonly CodePointRange[] = [
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, 0xd7ff],
  [0xe000, 0x10ffff],
]
const SHORT_ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
}
const HEX = rangesOf('09', 'AF', 'af')

/**
 * One character of a JSON string in any spelling (RFC 8259 §7). An escaped surrogate pair is one character, as
 * `minLength` and `maxLength` count it; half a pair is not a character.
 */
export function characterRule(rules: RuleSet): Expression {
  return rules.shared('char', 'char', () => {
    const hex = set(...HEX)
    const unit = choice(
      sequence(set(...rangesOf('09', 'AC', 'ac', 'E', 'F', 'e', 'f')), repeat(hex, 3, 3)),
      sequence(set(...rangesOf('D', 'd')), set(...rangesOf('07')), repeat(hex, 2, 2)),
      sequence(
        set(...rangesOf('D', 'd')),
        set(...rangesOf('89', 'AB', 'ab')),
        repeat(hex, 2, 2),
        text('\\u'),
        set(...rangesOf('D', 'd')),
        set(...rangesOf('CF', 'cf')),
        repeat(hex, 2, 2),
      ),
    )
    const escaped = choice(
      set(...rangesOf('"', '\\', '/', 'b', 'f', 'n', 'r', 't')),
      sequence(text('u'), unit),
    )
    return choice(set(...UNESCAPED), sequence(text('\\'), escaped))
  })
}

/** Any string of `min` to `max` characters. */
export const plainStringRule = (rules: RuleSet, min: number, max: number | undefined): Expression =>
  rules.shared('string', `string ${min} ${max}`, () =>
    sequence(text('"'), repeat(characterRule(rules), min, max), text('"')),
  )

/** The strings of `automaton`, with the quotes around them, every character in its one canonical spelling. */
export function automatonStringRule(rules: RuleSet, key: string, automaton: Automaton): Expression {
  if (isEmptyLanguage(automaton)) return NEVER
  return rules.shared('text', key, () => {
    const writer = new AutomatonWriter(rules, automaton)
    return sequence(text('"'), writer.state(0))
  })
}

const EVERY_CHARACTER = ALL_CODE_POINTS.join()

/** Turns states into rules; runs of states that have one way on become one sequence. */
class AutomatonWriter {
  #rules: RuleSet
  #automaton: Automaton
  #entries: number[]
  #names = new Map<number, string>()
  #spelled = new Map<string, Expression>()

  constructor(rules: RuleSet, automaton: Automaton) {
    this.#rules = rules
    this.#automaton = automaton
    this.#entries = automaton.map(() => 0)
    for (const { edges } of automaton)
      for (const { to } of edges) this.#entries[to] = (this.#entries[to] ?? 0) + 1
  }

  /** A reference to the rule of a state; rules are made from a queue, since automata are deep. */
  state(start: number): Expression {
    const queue: number[] = []
    const refer = (state: number): Expression => {
      const known = this.#names.get(state)
      if (known) return ref(known)
      const name = this.#rules.reserve('state')
      this.#names.set(state, name)
      queue.push(state)
      return ref(name)
    }
    const first = refer(start)
    for (const state of queue) this.#rules.define(this.#names.get(state) ?? '', this.#body(state, refer))
    return first
  }

  #body(state: number, refer: (state: number) => Expression): Expression {
    const current = this.#automaton[state]
    if (!current) return NEVER
    const options = current.edges.map((edge) => this.#run(edge.ranges, edge.to, refer))
    return choice(...options, ...(current.isAccepting ? [text('"')] : []))
  }

  #run(ranges: readonly CodePointRange[], to: number, refer: (state: number) => Expression): Expression {
    const items = [this.#characters(ranges)]
    let state = to
    for (let next = this.#onlyWay(state); next; next = this.#onlyWay(state)) {
      items.push(this.#characters(next.ranges))
      state = next.to
    }
    const last = this.#automaton[state]
    items.push(last?.isAccepting && last.edges.length === 0 ? text('"') : refer(state))
    return sequence(...compact(items))
  }

  #onlyWay(state: number): AutomatonState['edges'][number] | undefined {
    const { isAccepting, edges } = this.#automaton[state] ?? { isAccepting: true, edges: [] }
    return !isAccepting && edges.length === 1 && this.#entries[state] === 1 && !this.#names.has(state)
      ? edges[0]
      : undefined
  }

  #characters(ranges: readonly CodePointRange[]): Expression {
    const key = ranges.join()
    if (key === EVERY_CHARACTER) return characterRule(this.#rules)
    const known = this.#spelled.get(key)
    if (known) return known
    const spelled = spell(ranges)
    const isOne = spelled.kind !== 'choice' && spelled.kind !== 'sequence'
    const expression = isOne ? spelled : this.#rules.shared('chars', `chars ${key}`, () => spelled)
    this.#spelled.set(key, expression)
    return expression
  }
}

/** One character out of `ranges`, as `JSON.stringify` would spell it. */
function spell(ranges: readonly CodePointRange[]): Expression {
  const plain = intersectRanges(ranges, UNESCAPED)
  const [range] = plain
  const isSingle = plain.length === 1 && range && range[0] === range[1]
  const options: Expression[] =
    plain.length === 0 ? [] : [isSingle ? text(String.fromCodePoint(range[0])) : set(...plain)]
  const short = Object.entries(SHORT_ESCAPES).filter(([character]) =>
    includesCodePoint(ranges, character.charCodeAt(0)),
  )
  if (short.length > 0)
    options.push(sequence(text('\\'), set(...rangesOf(...short.map(([, letter]) => letter)))))
  for (const high of [0, 1]) {
    const low = Array.from({ length: 16 }, (_, digit) => digit).filter((digit) => {
      const codePoint = high * 16 + digit
      return (
        includesCodePoint(ranges, codePoint) && !Object.hasOwn(SHORT_ESCAPES, String.fromCodePoint(codePoint))
      )
    })
    const digits = low.flatMap((digit) => [digit.toString(16), digit.toString(16).toUpperCase()])
    if (low.length > 0) options.push(sequence(text(`\\u00${high}`), set(...rangesOf(...new Set(digits)))))
  }
  return choice(...options)
}

/** Counts repeats of one set or rule. */
function compact(items: readonly Expression[]): Expression[] {
  const counted: { item: Expression; count: number; key: string }[] = []
  for (const item of items) {
    const key = JSON.stringify(item)
    const previous = counted.at(-1)
    if (previous?.key === key && item.kind !== 'text') previous.count += 1
    else counted.push({ item, count: 1, key })
  }
  return counted.map(({ item, count }) => repeat(item, count, count))
}
