import type { Expression } from '../gbnf/gbnf.ts'
import type { RuleSet } from '../gbnf/rule-set.ts'
import type { Automaton, Effort } from '../language/automaton.ts'
import type { ObjectRules, Part, Shape } from '../schema/shape.ts'

/** Additional names of an object that match exactly the patterns `matched`. */
export interface NameKind {
  automaton: Automaton
  matched: readonly string[]
}

/** The writer of the whole grammar as the rules for lists and objects need it: it knows the rules of every kind. */
export interface RuleWriter {
  readonly rules: RuleSet
  readonly reader: {
    shapesOf(part: Part): readonly Shape[]
    isNameAllowed(name: string, all: readonly ObjectRules[]): boolean
  }
  /** Refuses the keyword at `pointer`. */
  refuse(pointer: string, sentence: string): never
  effortAt(pointer: string): Effort
  /** A reference to the rule for `part`. */
  value(part: Part): Expression
  isNever(part: Part): boolean
  /** The kinds of additional names that `said` describes, made by `make` once: schemas repeat their objects. */
  nameKinds(said: string, make: () => readonly NameKind[]): readonly NameKind[]
}
