import { choice, EMPTY, type Expression, NEVER, ref, repeat, sequence, text } from '../gbnf/gbnf.ts'
import {
  ANY_STRING,
  type Automaton,
  type Effort,
  intersect,
  isEmptyLanguage,
  literalsAutomaton,
  NO_STRING,
  subtract,
  unite,
} from '../language/automaton.ts'
import { MAX_COUNTED_STATES, MAX_PROPERTIES } from '../limits.ts'
import { countLimits, propertyPart } from '../schema/intersection.ts'
import { childOf } from '../schema/schema-document.ts'
import type { ObjectRules, ObjectShape, Part } from '../schema/shape.ts'
import { stringAutomaton } from '../schema/string-automaton.ts'
import { type NameTree, namesRule, withName } from './name-tree.ts'
import type { NameKind, RuleWriter } from './rule-writer.ts'
import { COLON, COMMA } from './separators.ts'
import { automatonStringRule, plainStringRule } from './string-rules.ts'

/**
 * An object's properties in the order in which they are declared, any subset of the optional ones, then what
 * `additionalProperties` and `patternProperties` allow. The order is fixed because a grammar for every order would need
 * a rule for every subset; it is also the order that OpenAI promises.
 */
export function objectRule(writer: RuleWriter, { all }: ObjectShape): Expression {
  return new ObjectWriter(writer, all).write()
}

interface Member {
  isRequired: boolean
  /** The name as JSON, without its first quote. */
  name: string
  value: Expression
}

class ObjectWriter {
  #writer: RuleWriter
  #all: readonly ObjectRules[]
  #members: readonly Member[]
  #extra: Expression
  #min: number
  #max: number | undefined
  #names = new Map<string, string>()

  constructor(writer: RuleWriter, all: readonly ObjectRules[]) {
    this.#writer = writer
    this.#all = all
    const declared = declaredNames(all)
    if (declared.length > MAX_PROPERTIES) {
      const pointer = childOf(all.at(-1)?.pointer ?? '', 'properties')
      writer.refuse(pointer, `makes more than ${MAX_PROPERTIES} properties of one object`)
    }
    const required = new Set(all.flatMap((rules) => rules.required))
    this.#members = declared.flatMap((name) => this.#member(name, required.has(name)))
    this.#extra = this.#extraMember(declared)
    const { min, max } = countLimits(all)
    this.#min = min
    this.#max = max !== undefined && max >= this.#members.length && this.#extra === NEVER ? undefined : max
  }

  write(): Expression {
    // A grammar cannot know whether two additional names differ, so one of them at most counts towards the least.
    const known = this.#members.length + (this.#extra === NEVER ? 0 : 1)
    if (this.#min > known && this.#extra !== NEVER) {
      this.#refuseCount(`is above ${known}, more properties than a grammar can tell apart here`)
    }
    const isCounted = this.#min > 1 || this.#max !== undefined
    return sequence(text('{'), isCounted ? this.#from(0, 0) : this.#uncounted(), text('}'))
  }

  /** Refuses the keyword that makes counting necessary. */
  #refuseCount(sentence: string): never {
    const keyword = this.#min > 0 ? 'minProperties' : 'maxProperties'
    const isCounting = ({ min, max }: ObjectRules): boolean =>
      this.#min > 0 ? min === this.#min : max === this.#max
    return this.#writer.refuse(childOf(this.#all.find(isCounting)?.pointer ?? '', keyword), sentence)
  }

  /** The keyword that the automaton of additional names is counted for: the one that makes it the largest. */
  #namesEffort(): Effort {
    const patterned = this.#all.find(({ patterns }) => patterns.length > 0)
    const { pointer = '' } =
      patterned ?? this.#all.find(({ names }) => names !== undefined) ?? this.#all[0] ?? {}
    const named = this.#all.some(({ names }) => names !== undefined) ? 'propertyNames' : 'properties'
    return this.#writer.effortAt(childOf(pointer, patterned ? 'patternProperties' : named))
  }

  #member(name: string, isRequired: boolean): Member[] {
    const spelled = JSON.stringify(name).slice(1)
    if (!this.#writer.reader.isNameAllowed(name, this.#all))
      return isRequired ? [{ isRequired, name: spelled, value: NEVER }] : []
    return [{ isRequired, name: spelled, value: this.#writer.value(propertyPart(this.#all, name)) }]
  }

  /** The members, when it matters only whether there was one before: from the last one back, each with those behind it. */
  #uncounted(): Expression {
    const { rules } = this.#writer
    let names: NameTree | undefined
    let canEnd = true
    const [first, later] = [this.#tail(0), this.#tail(1)]
    const behind = (count: 0 | 1): Expression => {
      const next = names && sequence(count > 0 ? COMMA : EMPTY, text('"'), namesRule(names))
      return choice(...(next ? [next] : []), ...(canEnd ? [count > 0 ? later : first] : []))
    }
    for (const { name, value, isRequired } of this.#members.toReversed()) {
      const rest = rules.add('members', behind(1))
      const member = rules.add('member', sequence(COLON, value, rest))
      names = withName(rules, isRequired ? undefined : names, name, member)
      canEnd &&= !isRequired
    }
    return rules.add('members', behind(0))
  }

  /**
   * The rule for what may follow when the members before `index` have been passed and `count` written. Counts above
   * what matters are all the same.
   */
  #from(start: number, startCount: number): Expression {
    const cap = this.#max ?? Math.max(this.#min, 1)
    const queue: { index: number; count: number; name: string }[] = []
    const refer = (index: number, count: number): Expression => {
      const key = `${index} ${count}`
      const known = this.#names.get(key)
      if (known) return ref(known)
      if (this.#names.size >= MAX_COUNTED_STATES) {
        this.#refuseCount('counts too many properties for a grammar')
      }
      const name = this.#writer.rules.reserve('members')
      this.#names.set(key, name)
      queue.push({ index, count, name })
      return ref(name)
    }
    const first = refer(start, startCount)
    for (const { index, count, name } of queue) {
      const member = this.#members[index]
      const options: Expression[] = []
      if (!member) options.push(this.#tail(count))
      else {
        const comma = count > 0 ? COMMA : EMPTY
        const isFull = this.#max !== undefined && count >= this.#max
        if (!isFull)
          options.push(
            sequence(
              comma,
              text(`"${member.name}`),
              COLON,
              member.value,
              refer(index + 1, Math.min(count + 1, cap)),
            ),
          )
        if (!member.isRequired) options.push(refer(index + 1, count))
      }
      this.#writer.rules.define(name, choice(...options))
    }
    return first
  }

  /** The rule for what may follow the declared members: nothing, or additional ones. */
  #tail(count: number): Expression {
    const options: Expression[] = count >= this.#min ? [EMPTY] : []
    const room = this.#max === undefined ? undefined : this.#max - count
    if (this.#extra !== NEVER && room !== 0 && count + 1 >= this.#min) {
      const another = this.#writer.rules.shared('another', JSON.stringify(this.#extra), () =>
        sequence(COMMA, this.#extra),
      )
      const others = repeat(another, 0, room === undefined ? undefined : room - 1)
      options.push(sequence(count > 0 ? COMMA : EMPTY, this.#extra, others))
    }
    return choice(...options)
  }

  /** One additional member: a kind of name for each subset of the patterns, with what that subset says of its value. */
  #extraMember(declared: readonly string[]): Expression {
    const patterns = new Map(
      this.#all.flatMap((rules) =>
        rules.patterns.map(({ language }) => [language.key, language.automaton] as const),
      ),
    )
    const isPlain =
      declared.length === 0 && patterns.size === 0 && this.#all.every(({ names }) => names === undefined)
    if (isPlain) return this.#pair(() => plainStringRule(this.#writer.rules, 0, undefined), [])
    if (patterns.size === 0 && this.#writer.isNever(this.#extraPart([]))) return NEVER
    const said = JSON.stringify([declared, [...patterns.keys()], this.#all.map(({ names }) => names ?? '')])
    const kinds = this.#writer.nameKinds(said, () => this.#nameKinds(declared, patterns))
    const pairs = kinds.map(({ automaton, matched }) => {
      const key = `names ${said} ${JSON.stringify(matched)}`
      return this.#pair(() => automatonStringRule(this.#writer.rules, key, automaton), matched)
    })
    const possible = pairs.filter((pair) => pair !== NEVER)
    return possible.length === 0 ? NEVER : this.#writer.rules.add('additional', choice(...possible))
  }

  #nameKinds(declared: readonly string[], patterns: ReadonlyMap<string, Automaton>): NameKind[] {
    const effort = this.#namesEffort()
    const taken = literalsAutomaton(declared.filter((name) => name.isWellFormed()))
    let kinds: NameKind[] = [{ automaton: subtract(this.#allowedNames(), taken, effort), matched: [] }]
    for (const [key, automaton] of patterns) {
      kinds = kinds
        .flatMap((kind) => [
          { automaton: intersect(kind.automaton, automaton, effort), matched: [...kind.matched, key] },
          { automaton: subtract(kind.automaton, automaton, effort), matched: kind.matched },
        ])
        .filter((kind) => !isEmptyLanguage(kind.automaton))
    }
    return kinds
  }

  #pair(name: () => Expression, matched: readonly string[]): Expression {
    const part = this.#extraPart(matched)
    if (this.#writer.isNever(part)) return NEVER
    return this.#writer.rules.add('pair', sequence(name(), COLON, this.#writer.value(part)))
  }

  /** The part of an undeclared name that matches exactly the patterns `matched`, by all rules. */
  #extraPart(matched: readonly string[]): Part {
    const parts = this.#all.flatMap(({ patterns, additional }) => {
      const own = patterns.filter(({ language }) => matched.includes(language.key)).map(({ part }) => part)
      return own.length > 0 || additional === undefined ? own : [additional]
    })
    return [...new Set(parts)]
  }

  #allowedNames(): Automaton {
    return this.#all.reduce((allowed: Automaton, { names, pointer }) => {
      if (names === undefined) return allowed
      const effort = this.#writer.effortAt(childOf(pointer, 'propertyNames'))
      return intersect(allowed, this.#namesOf(names), effort)
    }, ANY_STRING)
  }

  /** The strings that are valid against the schema of `propertyNames`. */
  #namesOf(pointer: string): Automaton {
    const effort = this.#writer.effortAt(pointer)
    return this.#writer.reader.shapesOf([pointer]).reduce((names, shape) => {
      if (shape.kind === 'string')
        return unite(
          names,
          stringAutomaton(shape, (at) => this.#writer.effortAt(at)),
          effort,
        )
      const isText = shape.kind === 'literal' && typeof shape.value === 'string' && shape.value.isWellFormed()
      return isText ? unite(names, literalsAutomaton([String(shape.value)]), effort) : names
    }, NO_STRING)
  }
}

/** In the order of their declaration; names that are only required follow. */
const declaredNames = (all: readonly ObjectRules[]): string[] => [
  ...new Set([
    ...all.flatMap(({ properties }) => [...properties.keys()]),
    ...all.flatMap(({ required }) => required),
  ]),
]
