import type { CompileBudget } from '../budget.ts'
import { type Automaton, automatonOf, type Effort } from '../language/automaton.ts'
import { parseRegex, wholeString } from '../language/regex.ts'
import { MAX_ALTERNATIVES, MAX_IN_PLACE_DEPTH } from '../limits.ts'
import { areDisjoint } from './disjointness.ts'
import {
  countLimits,
  intersectShapes,
  isInBounds,
  isInLanguage,
  itemPart,
  propertyPart,
} from './intersection.ts'
import { canonicalJson, isObject, type JsonObject, type JsonValue } from './json-value.ts'
import { checkKeywords, Keywords } from './keywords.ts'
import { ownShapes } from './own-shapes.ts'
import { childOf, type SchemaDocument } from './schema-document.ts'
import {
  ANY_SHAPES,
  type Language,
  type ObjectRules,
  type Part,
  type Shape,
  simplify,
  typeOfJson,
  typeOfShape,
} from './shape.ts'

/** Reads schemas as lists of shapes, each schema once. */
export class ShapeReader {
  #document: SchemaDocument
  #read = new Map<string, readonly Shape[]>()
  #reading: string[] = []
  #languages = new Map<string, Automaton>()
  #pending: (() => void)[] = []
  readonly #budget: CompileBudget

  constructor(document: SchemaDocument, budget: CompileBudget) {
    this.#document = document
    this.#budget = budget
  }

  /** The shapes that meet every schema of `part`, except literals that fail one of them. */
  shapesOf(part: Part): readonly Shape[] {
    return this.#meetAll(part).filter(
      (shape) => shape.kind !== 'literal' || this.hasAll(shape.value, shape.within),
    )
  }

  /** Tells whether `value` is valid against every schema of `part`. */
  isValid(value: JsonValue, part: Part): boolean {
    return this.#meetAll(part).some((shape) => this.#hasShape(value, shape))
  }

  hasAll(value: JsonValue, shapes: readonly Shape[]): boolean {
    return shapes.every((shape) => this.#hasShape(value, shape))
  }

  /** Checks what had to wait until recursive schemas were read. */
  checkPending(): void {
    for (let check = this.#pending.pop(); check; check = this.#pending.pop()) check()
  }

  effortAt(pointer: string): Effort {
    const refuse = (sentence: string): never => this.#document.refuse(pointer, sentence)
    const spend = (steps: number): void => {
      if (this.#budget.spend(steps)) return
      refuse('is one pattern, format or key name too many: they take too long to combine')
    }
    return { refuse, spend }
  }

  #meetAll(part: Part): readonly Shape[] {
    return part.reduce<readonly Shape[]>(
      (shapes, pointer) => this.#meet(shapes, this.#shapesAt(pointer), pointer),
      ANY_SHAPES,
    )
  }

  #shapesAt(pointer: string): readonly Shape[] {
    const known = this.#read.get(pointer)
    if (known) return known
    if (this.#reading.includes(pointer)) {
      this.#document.refuse(pointer, 'refers to itself without an object or a list in between')
    }
    if (this.#reading.length >= MAX_IN_PLACE_DEPTH) {
      this.#document.refuse(
        pointer,
        `is reached over more than ${MAX_IN_PLACE_DEPTH} references and combinations`,
      )
    }
    this.#reading.push(pointer)
    const shapes = simplify(this.#readSchema(pointer))
    this.#reading.pop()
    this.#read.set(pointer, shapes)
    return shapes
  }

  #readSchema(pointer: string): readonly Shape[] {
    const schema = this.#document.at(pointer)
    if (typeof schema === 'boolean') return schema ? ANY_SHAPES : []
    checkKeywords(this.#document, pointer, schema)
    const keywords = new Keywords(this.#document, pointer, schema)
    let shapes = this.#ownShapes(keywords)
    const reference = keywords.get('$ref')
    if (reference !== undefined) {
      shapes = this.#meet(
        shapes,
        this.#shapesAt(this.#document.resolve(pointer, reference)),
        childOf(pointer, '$ref'),
      )
    }
    for (const branch of keywords.list('allOf') ?? [])
      shapes = this.#meet(shapes, this.#shapesAt(branch), childOf(pointer, 'allOf'))
    const anyOf = keywords.list('anyOf')
    if (anyOf)
      shapes = this.#meet(
        shapes,
        anyOf.flatMap((branch) => this.#shapesAt(branch)),
        childOf(pointer, 'anyOf'),
      )
    const oneOf = keywords.list('oneOf')
    return oneOf ? this.#exclusive(shapes, oneOf, pointer) : shapes
  }

  /** `oneOf` is `anyOf` if no value can have two of its branches; a grammar cannot say it otherwise. */
  #exclusive(shapes: readonly Shape[], branches: readonly string[], pointer: string): readonly Shape[] {
    const at = childOf(pointer, 'oneOf')
    const options = branches.map((branch) => this.#meet(shapes, this.#shapesAt(branch), at))
    this.#pending.push(() => {
      options.forEach((option, index) => {
        const others = options.slice(index + 1)
        if (others.every((other) => areDisjoint(option, other, this, this.effortAt(at)))) return
        this.#document.refuse(
          at,
          'has branches that one value may fit together, which a grammar cannot say; use "anyOf"',
        )
      })
    })
    return options.flat()
  }

  #meet(left: readonly Shape[], right: readonly Shape[], pointer: string): readonly Shape[] {
    if (left === ANY_SHAPES) return right
    if (right === ANY_SHAPES) return left
    if (left.length * right.length > MAX_ALTERNATIVES * ANY_SHAPES.length) this.#refuseAlternatives(pointer)
    const met = left.flatMap((one) => right.flatMap((other) => intersectShapes(one, other) ?? []))
    const shapes = simplify(met)
    if (shapes.length > MAX_ALTERNATIVES) this.#refuseAlternatives(pointer)
    return shapes
  }

  #refuseAlternatives(pointer: string): never {
    return this.#document.refuse(pointer, `makes more than ${MAX_ALTERNATIVES} kinds of value`)
  }

  /** The shapes of one schema by its keywords alone. */
  #ownShapes(keywords: Keywords): readonly Shape[] {
    const { allowed, literals } = ownShapes(keywords, (source, pointer) => this.#language(source, pointer))
    return literals.reduce<readonly Shape[]>(
      (shapes, values) => this.#meet(values, shapes, keywords.pointer),
      allowed,
    )
  }

  #language(source: string, pointer: string): Language {
    const effort = this.effortAt(pointer)
    const known = this.#languages.get(source)
    if (known) return { key: source, automaton: known, pointer }
    const automaton = automatonOf(wholeString(parseRegex(source, effort.refuse), effort.refuse), effort)
    this.#languages.set(source, automaton)
    return { key: source, automaton, pointer }
  }

  #hasShape(value: JsonValue, shape: Shape): boolean {
    if (typeOfJson(value) !== typeOfShape(shape)) return false
    switch (shape.kind) {
      case 'null':
      case 'boolean':
        return true
      case 'number':
        return typeof value === 'number' && isInBounds(value, shape)
      case 'string':
        return typeof value === 'string' && isInLanguage(value, shape)
      case 'literal': {
        if (canonicalJson(value) !== canonicalJson(shape.value)) return false
        return this.hasAll(value, shape.within)
      }
      case 'array': {
        const items = value as readonly JsonValue[]
        const { min, max = items.length } = countLimits(shape.all)
        const isCounted = items.length >= min && items.length <= max
        return isCounted && items.every((item, index) => this.isValid(item, itemPart(shape.all, index)))
      }
      case 'object':
        return isObject(value) && this.#hasProperties(value as JsonObject, shape.all)
    }
  }

  #hasProperties(value: JsonObject, all: readonly ObjectRules[]): boolean {
    const names = Object.keys(value)
    const { min, max = names.length } = countLimits(all)
    if (names.length < min || names.length > max) return false
    if (!all.every(({ required }) => required.every((name) => Object.hasOwn(value, name)))) return false
    return Object.entries(value).every(
      ([name, item]) => this.isNameAllowed(name, all) && this.isValid(item, propertyPart(all, name)),
    )
  }

  isNameAllowed(name: string, all: readonly ObjectRules[]): boolean {
    return all.every(({ names }) => names === undefined || this.isValid(name, [names]))
  }
}
