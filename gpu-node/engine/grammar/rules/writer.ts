import type { CompileBudget } from '../budget.ts'
import { choice, type Expression, ref, text } from '../gbnf/gbnf.ts'
import { RuleSet } from '../gbnf/rule-set.ts'
import { type Effort, literalsAutomaton } from '../language/automaton.ts'
import type { SchemaDocument } from '../schema/schema-document.ts'
import { keyOf, type LiteralShape, type Part, type Shape } from '../schema/shape.ts'
import type { ShapeReader } from '../schema/shape-reader.ts'
import { stringAutomaton } from '../schema/string-automaton.ts'
import { arrayRule } from './array-rules.ts'
import { literalsRule } from './literals-rule.ts'
import { numberRule } from './number-rules.ts'
import { objectRule } from './object-rules.ts'
import type { NameKind, RuleWriter } from './rule-writer.ts'
import { automatonStringRule, plainStringRule } from './string-rules.ts'

/** Writes the rules of one grammar: one for each part, one for each shape. */
export class Writer implements RuleWriter {
  readonly rules: RuleSet
  readonly reader: ShapeReader
  #document: SchemaDocument
  #names = new Map<string, string>()
  #nameKinds = new Map<string, readonly NameKind[]>()
  #queue: { part: Part; name: string }[] = []
  /** The first place where no value is possible at all. */
  contradiction: string | undefined

  constructor(document: SchemaDocument, reader: ShapeReader, budget: CompileBudget) {
    this.#document = document
    this.reader = reader
    this.rules = new RuleSet((sentence) => document.refuse('', sentence), budget)
  }

  refuse(pointer: string, sentence: string): never {
    return this.#document.refuse(pointer, sentence)
  }

  effortAt(pointer: string): Effort {
    return this.reader.effortAt(pointer)
  }

  /** A reference to the rule for `part`. Its body waits in a queue: schemas may be long chains. */
  value(part: Part): Expression {
    const key = JSON.stringify(part)
    const known = this.#names.get(key)
    if (known) return ref(known)
    const name = this.rules.reserve('value')
    this.#names.set(key, name)
    this.#queue.push({ part, name })
    return ref(name)
  }

  nameKinds(said: string, make: () => readonly NameKind[]): readonly NameKind[] {
    const kinds = this.#nameKinds.get(said) ?? make()
    this.#nameKinds.set(said, kinds)
    return kinds
  }

  isNever(part: Part): boolean {
    return this.reader.shapesOf(part).length === 0
  }

  writeAll(): void {
    for (const { part, name } of this.#queue) {
      const shapes = this.reader.shapesOf(part)
      if (shapes.length === 0) this.contradiction ??= part.at(-1)
      this.rules.define(name, this.#union(shapes))
    }
  }

  #union(shapes: readonly Shape[]): Expression {
    const isText = (shape: Shape): shape is LiteralShape =>
      shape.kind === 'literal' && typeof shape.value === 'string' && shape.value.isWellFormed()
    const isNumber = (shape: Shape): shape is LiteralShape =>
      shape.kind === 'literal' && typeof shape.value === 'number'
    const texts = shapes.filter(isText).map(({ value }) => String(value))
    const numbers = shapes.filter(isNumber).map(({ value }) => JSON.stringify(value))
    const others = shapes.filter((shape) => !isText(shape) && !isNumber(shape))
    // Told apart letter by letter: a way to read for each value would make long lists slow.
    return choice(
      ...(texts.length > 0 ? [this.#texts(texts)] : []),
      ...(numbers.length > 0 ? [literalsRule(numbers)] : []),
      ...others.map((shape) => this.#shape(shape)),
    )
  }

  #texts(texts: readonly string[]): Expression {
    const [only = ''] = texts
    if (texts.length === 1) return text(JSON.stringify(only))
    return automatonStringRule(this.rules, `texts ${JSON.stringify(texts)}`, literalsAutomaton(texts))
  }

  #shape(shape: Shape): Expression {
    switch (shape.kind) {
      case 'null':
        return text('null')
      case 'boolean':
        return choice(text('true'), text('false'))
      case 'literal': {
        const literal = text(JSON.stringify(shape.value))
        // What begins with a bracket has a rule of its own, which is how lists and objects are known.
        const isScalar = typeof shape.value !== 'object' || shape.value === null
        return isScalar
          ? literal
          : this.rules.shared('literal', `literal ${JSON.stringify(shape.value)}`, () => literal)
      }
      case 'number':
        return numberRule(this.rules, shape, (pointer, sentence) => this.refuse(pointer, sentence))
      case 'string': {
        const { languages, minLength, maxLength } = shape
        if (languages.length === 0) return plainStringRule(this.rules, minLength, maxLength)
        const automaton = stringAutomaton(shape, (pointer) => this.effortAt(pointer))
        return automatonStringRule(this.rules, `string ${keyOf(shape)}`, automaton)
      }
      case 'array':
        return this.rules.shared('array', keyOf(shape), () => arrayRule(this, shape))
      case 'object':
        return this.rules.shared('object', keyOf(shape), () => objectRule(this, shape))
    }
  }
}
