import type { Automaton } from '../language/automaton.ts'
import { canonicalJson, type JsonValue } from './json-value.ts'

/**
 * The form between a schema and its grammar: a schema is a list of shapes, any one of which a value may have, and each
 * shape speaks about one type. So `anyOf` is to join lists and `allOf` is to intersect each shape with each.
 */
export type Shape =
  | NullShape
  | BooleanShape
  | NumberShape
  | StringShape
  | ArrayShape
  | ObjectShape
  | LiteralShape

/**
 * Where the schemas stand that a value must all meet, as JSON pointers; none at all means any value. Parts are looked
 * up when they are needed, which is what makes recursive schemas possible.
 */
export type Part = readonly string[]

export interface NullShape {
  kind: 'null'
}
export interface BooleanShape {
  kind: 'boolean'
}
export interface Bound {
  value: number
  isExclusive: boolean
  /** Where the keyword stands, for refusals. */
  pointer: string
}
export interface Step {
  value: bigint
  pointer: string
}
export const ANY_STEP: Step = { value: 1n, pointer: '' }

export interface NumberShape {
  kind: 'number'
  isInteger: boolean
  /** The number that integers are whole multiples of. */
  step: Step
  /** The most digits after the point; `undefined` is as many as numbers have anyway. */
  decimals: number | undefined
  minimum: Bound | undefined
  maximum: Bound | undefined
}
/** A set of strings that came from one `pattern`, `format` or name in `patternProperties`. */
export interface Language {
  key: string
  automaton: Automaton
  /** Where the keyword stands, for refusals. */
  pointer: string
}
export interface StringShape {
  kind: 'string'
  minLength: number
  maxLength: number | undefined
  languages: readonly Language[]
  /** Where the keyword of the higher length stands, for refusals. */
  lengthPointer: string
}
/** One schema's rules for arrays. */
export interface ArrayRules {
  pointer: string
  prefix: readonly string[]
  rest: string | undefined
  min: number
  max: number | undefined
}
export interface ArrayShape {
  kind: 'array'
  all: readonly ArrayRules[]
}
/** One schema's rules for objects. Kept apart from its siblings: `additionalProperties` looks at its own schema only. */
export interface ObjectRules {
  pointer: string
  properties: ReadonlyMap<string, string>
  patterns: readonly { language: Language; part: string }[]
  additional: string | undefined
  names: string | undefined
  required: readonly string[]
  min: number
  max: number | undefined
}
export interface ObjectShape {
  kind: 'object'
  all: readonly ObjectRules[]
}
/** One value of `enum` or `const`, if it also meets what is in `within`, which is looked at last. */
export interface LiteralShape {
  kind: 'literal'
  value: JsonValue
  within: readonly (ArrayShape | ObjectShape)[]
}

export const ANY_SHAPES: readonly Shape[] = [
  { kind: 'object', all: [] },
  { kind: 'array', all: [] },
  { kind: 'string', minLength: 0, maxLength: undefined, languages: [], lengthPointer: '' },
  {
    kind: 'number',
    isInteger: false,
    step: ANY_STEP,
    decimals: undefined,
    minimum: undefined,
    maximum: undefined,
  },
  { kind: 'boolean' },
  { kind: 'null' },
]

/** Equal keys, equal sets of values. */
export function keyOf(shape: Shape): string {
  switch (shape.kind) {
    case 'null':
    case 'boolean':
      return shape.kind
    case 'number': {
      const { isInteger, step, decimals, minimum, maximum } = shape
      const bounds = [minimum, maximum].map((bound) => (bound ? [bound.value, bound.isExclusive] : null))
      return JSON.stringify([isInteger, String(step.value), decimals ?? null, ...bounds])
    }
    case 'string':
      return JSON.stringify([
        shape.minLength,
        shape.maxLength ?? null,
        ...shape.languages.map(({ key }) => key),
      ])
    case 'array':
    case 'object':
      return `${shape.kind} ${JSON.stringify(shape.all.map(({ pointer }) => pointer))}`
    case 'literal':
      return `literal ${canonicalJson(shape.value)} ${shape.within.map(keyOf).join()}`
  }
}

/** Tells whether a shape says nothing but its type. */
export function isUnbounded(shape: Shape): boolean {
  switch (shape.kind) {
    case 'null':
    case 'boolean':
      return true
    case 'number':
      return !shape.isInteger && shape.decimals === undefined && !shape.minimum && !shape.maximum
    case 'string':
      return shape.minLength === 0 && shape.maxLength === undefined && shape.languages.length === 0
    case 'array':
    case 'object':
      return shape.all.length === 0
    case 'literal':
      return false
  }
}

export type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object'

export function typeOfJson(value: JsonValue): JsonType {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  const type = typeof value
  return type === 'boolean' || type === 'number' || type === 'string' ? type : 'object'
}

export const typeOfShape = (shape: Shape): JsonType =>
  shape.kind === 'literal' ? typeOfJson(shape.value) : shape.kind

/** Without shapes that say what another says already, so that a grammar has one way to read a value where it can. */
export function simplify(shapes: readonly Shape[]): readonly Shape[] {
  const whole = new Set<string>(shapes.filter(isUnbounded).map(typeOfShape))
  const kept = shapes.filter((shape) => isUnbounded(shape) || !whole.has(typeOfShape(shape)))
  if (whole.size === ANY_SHAPES.length) return ANY_SHAPES
  return [...new Map(kept.map((shape) => [keyOf(shape), shape])).values()]
}
