import { accepts } from '../language/automaton.ts'
import { canonicalJson } from './json-value.ts'
import {
  type ArrayRules,
  type Bound,
  type LiteralShape,
  type NumberShape,
  type ObjectRules,
  type Shape,
  type Step,
  type StringShape,
  typeOfShape,
} from './shape.ts'

/** The values that have both shapes, or `undefined` when it is plain that there are none. */
export function intersectShapes(left: Shape, right: Shape): Shape | undefined {
  if (typeOfShape(left) !== typeOfShape(right)) return undefined
  if (left.kind === 'literal') return narrowLiteral(left, right)
  if (right.kind === 'literal') return narrowLiteral(right, left)
  if (left.kind === 'number' && right.kind === 'number') return intersectNumbers(left, right)
  if (left.kind === 'string' && right.kind === 'string') return intersectStrings(left, right)
  if (left.kind === 'array' && right.kind === 'array')
    return { kind: 'array', all: joinRules(left.all, right.all) }
  if (left.kind === 'object' && right.kind === 'object')
    return { kind: 'object', all: joinRules(left.all, right.all) }
  return left
}

function narrowLiteral(literal: LiteralShape, other: Shape): LiteralShape | undefined {
  switch (other.kind) {
    case 'literal':
      if (canonicalJson(literal.value) !== canonicalJson(other.value)) return undefined
      return { ...literal, within: [...literal.within, ...other.within] }
    case 'array':
    case 'object':
      // Their parts may refer to a schema that is being read right now.
      return other.all.length === 0 ? literal : { ...literal, within: [...literal.within, other] }
    case 'number':
      return typeof literal.value === 'number' && isInBounds(literal.value, other) ? literal : undefined
    case 'string':
      return typeof literal.value === 'string' && isInLanguage(literal.value, other) ? literal : undefined
    case 'null':
    case 'boolean':
      return literal
  }
}

export function isInBounds(value: number, shape: NumberShape): boolean {
  const { isInteger, step, decimals, minimum, maximum } = shape
  if (isInteger && !(Number.isInteger(value) && BigInt(value) % step.value === 0n)) return false
  if (decimals !== undefined && decimalPlaces(value) > decimals) return false
  if (minimum && (value < minimum.value || (minimum.isExclusive && value === minimum.value))) return false
  return !(maximum && (value > maximum.value || (maximum.isExclusive && value === maximum.value)))
}

export function isInLanguage(value: string, { minLength, maxLength, languages }: StringShape): boolean {
  const length = [...value].length
  if (length < minLength || length > (maxLength ?? length)) return false
  return languages.every(({ automaton }) => accepts(automaton, value))
}

function intersectNumbers(left: NumberShape, right: NumberShape): NumberShape {
  return {
    kind: 'number',
    isInteger: left.isInteger || right.isInteger,
    step: commonStep(left.step, right.step),
    decimals: lowest([left.decimals, right.decimals]),
    minimum: tighter(left.minimum, right.minimum, (a, b) => a > b),
    maximum: tighter(left.maximum, right.maximum, (a, b) => a < b),
  }
}

function commonStep(left: Step, right: Step): Step {
  let [divisor, rest] = [left.value, right.value]
  while (rest > 0n) [divisor, rest] = [rest, divisor % rest]
  return { value: (left.value / divisor) * right.value, pointer: right.pointer || left.pointer }
}

/** Digits after the point in the shortest decimal that is `value`. */
export function decimalPlaces(value: number): number {
  const [mantissa = '', exponent] = value.toExponential().split('e')
  return Math.max(0, mantissa.replace(/^[^.]*\.?/u, '').length - Number(exponent))
}

function tighter(
  left: Bound | undefined,
  right: Bound | undefined,
  isTighter: (a: number, b: number) => boolean,
): Bound | undefined {
  if (!left || !right) return left ?? right
  if (left.value === right.value) return left.isExclusive ? left : right
  return isTighter(left.value, right.value) ? left : right
}

function intersectStrings(left: StringShape, right: StringShape): StringShape {
  const languages = new Map(
    [...left.languages, ...right.languages].map((language) => [language.key, language]),
  )
  const minLength = Math.max(left.minLength, right.minLength)
  const maxLength = lowest([left.maxLength, right.maxLength])
  const isLeft = maxLength === undefined ? left.minLength === minLength : left.maxLength === maxLength
  const { lengthPointer } = isLeft ? left : right
  return { kind: 'string', minLength, maxLength, languages: [...languages.values()], lengthPointer }
}

function joinRules<T extends ArrayRules | ObjectRules>(left: readonly T[], right: readonly T[]): T[] {
  return [...new Map([...left, ...right].map((rules) => [rules.pointer, rules])).values()]
}

/** The lowest limit that is there. */
export const lowest = (limits: readonly (number | undefined)[]): number | undefined =>
  limits.reduce(
    (low, limit) => (low === undefined ? limit : limit === undefined ? low : Math.min(low, limit)),
    undefined,
  )

/** The rules of item `index`, of all together, and how many items there may be. */
export const itemPart = (all: readonly ArrayRules[], index: number): string[] => [
  ...new Set(all.flatMap(({ prefix, rest }) => prefix[index] ?? rest ?? [])),
]

export const countLimits = (all: readonly { min: number; max: number | undefined }[]) => ({
  min: Math.max(0, ...all.map(({ min }) => min)),
  max: lowest(all.map(({ max }) => max)),
})

/** The rules of the value of property `name`, of all together. */
export const propertyPart = (all: readonly ObjectRules[], name: string): string[] => [
  ...new Set(all.flatMap((rules) => partsFor(rules, name))),
]

/** Core §10.3.2: `additionalProperties` is for names that its own schema's other two keywords leave over. */
function partsFor({ properties, patterns, additional }: ObjectRules, name: string): string[] {
  const declared = properties.get(name)
  const matched = patterns.filter(({ language }) => accepts(language.automaton, name)).map(({ part }) => part)
  if (declared === undefined && matched.length === 0) return additional === undefined ? [] : [additional]
  return declared === undefined ? matched : [declared, ...matched]
}
