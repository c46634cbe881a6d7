import type { Refuse } from '../language/regex.ts'
import { MAX_GRAMMAR_LENGTH, MAX_RULES } from '../limits.ts'
import { withoutDeadEnds } from './dead-ends.ts'
import { choice, type Expression, ref, repeat, sequence } from './gbnf.ts'
import { printRules } from './printer.ts'

/** The parser of llama.cpp (as of node-llama-cpp 3.22.1) silently turns `{m,n}` into `{m,}` above 2,000, and multiplies what is nested. */
const MAX_PLAIN_REPETITION = 200

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
    const grammar = printRules(withoutDeadEnds(this.#rules), root)
    if (grammar !== undefined && grammar.length > MAX_GRAMMAR_LENGTH) {
      this.#refuse(`needs a grammar of more than ${MAX_GRAMMAR_LENGTH} characters`)
    }
    return grammar
  }
}
