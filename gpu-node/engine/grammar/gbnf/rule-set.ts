import { type CompileBudget, TOO_LONG } from '../budget.ts'
import type { Refuse } from '../language/regex.ts'
import { MAX_GRAMMAR_LENGTH, MAX_RULES, RULE_STEPS } from '../limits.ts'
import { withoutDeadEnds } from './dead-ends.ts'
import { type Expression, ref } from './gbnf.ts'
import { printRules } from './printer.ts'
import { withBlocks } from './repetitions.ts'

/** The rules of one grammar under construction. */
export class RuleSet {
  #rules = new Map<string, Expression>()
  #byKey = new Map<string, string>()
  #reserved = 0
  readonly #refuse: Refuse
  readonly #budget: CompileBudget

  constructor(refuse: Refuse, budget: CompileBudget) {
    this.#refuse = refuse
    this.#budget = budget
  }

  /** A name that is not taken; its rule is given later with `define`. */
  reserve(base: string): string {
    this.#reserved += 1
    if (this.#reserved > MAX_RULES) this.#refuse(`needs a grammar of more than ${MAX_RULES} rules`)
    if (!this.#budget.spend(RULE_STEPS)) this.#refuse(TOO_LONG)
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

  /** The rules without what can never match. */
  alive(): Map<string, Expression> {
    return withoutDeadEnds(this.#rules)
  }

  /** The text of a grammar of these rules; `undefined` where nothing can match its root. */
  print(root: string, rules = this.alive()): string | undefined {
    const added = new Map<string, Expression>()
    const add = (base: string, expression: Expression): Expression => {
      const name = this.reserve(base)
      added.set(name, expression)
      return ref(name)
    }
    const plain = new Map([...rules].map(([name, expression]) => [name, withBlocks(expression, add)]))
    const grammar = printRules(new Map([...plain, ...added]), root)
    if (grammar !== undefined && !this.#budget.write(grammar.length)) {
      this.#refuse(`needs a grammar of more than ${MAX_GRAMMAR_LENGTH} characters`)
    }
    return grammar
  }
}
