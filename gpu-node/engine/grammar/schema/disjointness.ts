import { type Effort, intersect, isEmptyLanguage } from '../language/automaton.ts'
import { countLimits, intersectShapes, itemPart, propertyPart } from './intersection.ts'
import type { JsonValue } from './json-value.ts'
import {
  type ArrayShape,
  type NumberShape,
  type ObjectShape,
  type Part,
  type Shape,
  typeOfShape,
} from './shape.ts'
import { stringAutomaton } from './string-automaton.ts'

/** Branches are told apart by a property, or by a property of a property; deeper than this is taken as not told apart. */
const MAX_COMPARED_DEPTH = 4

/** Looks up what the parts of two shapes say. */
export interface PartReader {
  shapesOf(part: Part): readonly Shape[]
  hasAll(value: JsonValue, shapes: readonly Shape[]): boolean
}

/** Tells whether it is provable that no value has a shape of both lists. */
export function areDisjoint(
  left: readonly Shape[],
  right: readonly Shape[],
  reader: PartReader,
  effort: Effort,
  depth = 0,
): boolean {
  effort.spend(left.length * right.length)
  return left.every((one) => right.every((other) => isDisjointFrom(one, other, reader, effort, depth)))
}

function isDisjointFrom(
  left: Shape,
  right: Shape,
  reader: PartReader,
  effort: Effort,
  depth: number,
): boolean {
  if (typeOfShape(left) !== typeOfShape(right)) return true
  if (left.kind === 'literal' || right.kind === 'literal') {
    const met = intersectShapes(left, right)
    return !met || (met.kind === 'literal' && !reader.hasAll(met.value, met.within))
  }
  if (left.kind === 'number' && right.kind === 'number') return areNumbersDisjoint(left, right)
  if (left.kind === 'string' && right.kind === 'string') {
    const [one, other] = [left, right].map((shape) => stringAutomaton(shape, () => effort))
    return one !== undefined && other !== undefined && isEmptyLanguage(intersect(one, other, effort))
  }
  if (depth >= MAX_COMPARED_DEPTH) return false
  const arePartsDisjoint = (one: Part, other: Part): boolean =>
    areDisjoint(reader.shapesOf(one), reader.shapesOf(other), reader, effort, depth + 1)
  if (left.kind === 'array' && right.kind === 'array') return areArraysDisjoint(left, right, arePartsDisjoint)
  if (left.kind === 'object' && right.kind === 'object')
    return areObjectsDisjoint(left, right, arePartsDisjoint)
  return false
}

function areNumbersDisjoint(left: NumberShape, right: NumberShape): boolean {
  const isBelow = (low: NumberShape, high: NumberShape): boolean => {
    if (!low.maximum || !high.minimum) return false
    const isOpen = low.maximum.isExclusive || high.minimum.isExclusive
    return low.maximum.value < high.minimum.value || (isOpen && low.maximum.value === high.minimum.value)
  }
  return isBelow(left, right) || isBelow(right, left)
}

type Limits = ReturnType<typeof countLimits>
const areCountsDisjoint = (left: Limits, right: Limits): boolean =>
  left.min > (right.max ?? Number.POSITIVE_INFINITY) || right.min > (left.max ?? Number.POSITIVE_INFINITY)

function areArraysDisjoint(
  left: ArrayShape,
  right: ArrayShape,
  arePartsDisjoint: (one: Part, other: Part) => boolean,
): boolean {
  const limits = [countLimits(left.all), countLimits(right.all)] as const
  if (areCountsDisjoint(...limits)) return true
  // Items past the last prefix are all alike: one of them is enough.
  const longest = Math.max(0, ...[...left.all, ...right.all].map(({ prefix }) => prefix.length))
  const certain = Math.min(Math.max(limits[0].min, limits[1].min), longest + 1)
  return Array.from({ length: certain }, (_, index) => index).some((index) =>
    arePartsDisjoint(itemPart(left.all, index), itemPart(right.all, index)),
  )
}

function areObjectsDisjoint(
  left: ObjectShape,
  right: ObjectShape,
  arePartsDisjoint: (one: Part, other: Part) => boolean,
): boolean {
  if (areCountsDisjoint(countLimits(left.all), countLimits(right.all))) return true
  const required = new Set([...left.all, ...right.all].flatMap((rules) => rules.required))
  return [...required].some((name) =>
    arePartsDisjoint(propertyPart(left.all, name), propertyPart(right.all, name)),
  )
}
