import { MAX_ALTERNATIVES, MAX_KEY_PATTERNS, MAX_PROPERTIES, MAX_REPETITIONS } from '../limits.ts'
import { FORMATS } from './formats.ts'
import { decimalPlaces } from './intersection.ts'
import { type JsonValue, propertyOf } from './json-value.ts'
import type { Keywords } from './keywords.ts'
import { childOf } from './schema-document.ts'
import {
  ANY_SHAPES,
  ANY_STEP,
  type ArrayShape,
  type Bound,
  isUnbounded,
  type Language,
  type LiteralShape,
  type NumberShape,
  type ObjectShape,
  type Shape,
  type StringShape,
} from './shape.ts'

/** The language of an expression that stands at `pointer`. */
export type LanguageOf = (source: string, pointer: string) => Language

/** The shapes of one schema by its own keywords: those of its types, and the values of `enum` and of `const`. */
export function ownShapes(
  keywords: Keywords,
  languageOf: LanguageOf,
): { allowed: readonly Shape[]; literals: readonly (readonly LiteralShape[])[] } {
  const types = keywords.types()
  const shapes: Shape[] = []
  if (types.has('object')) shapes.push(objectShape(keywords, languageOf))
  if (types.has('array')) shapes.push(arrayShape(keywords))
  if (types.has('string')) shapes.push(stringShape(keywords, languageOf))
  if (types.has('number') || types.has('integer')) shapes.push(numberShape(keywords, !types.has('number')))
  if (types.has('boolean')) shapes.push({ kind: 'boolean' })
  if (types.has('null')) shapes.push({ kind: 'null' })
  const isAnything = shapes.length === ANY_SHAPES.length && shapes.every(isUnbounded)
  const constant = keywords.get('const')
  const lists = [keywords.literals(), constant === undefined ? undefined : [constant as JsonValue]]
  return {
    allowed: isAnything ? ANY_SHAPES : shapes,
    literals: lists.filter((values) => values !== undefined).map((values) => literalShapes(values, keywords)),
  }
}

function literalShapes(values: readonly JsonValue[], keywords: Keywords): LiteralShape[] {
  if (values.length > MAX_ALTERNATIVES) keywords.refuse('enum', `holds more than ${MAX_ALTERNATIVES} values`)
  return values.map((value) => ({ kind: 'literal', value, within: [] }))
}

function stringShape(keywords: Keywords, languageOf: LanguageOf): StringShape {
  const { pointer } = keywords
  const { min, max } = checkedRange(keywords, 'minLength', 'maxLength')
  const languages: Language[] = []
  const pattern = keywords.string('pattern')
  if (pattern !== undefined) languages.push(languageOf(pattern, childOf(pointer, 'pattern')))
  const format = keywords.string('format')
  const source = format === undefined ? undefined : propertyOf(FORMATS, format)
  if (source !== undefined) languages.push(languageOf(`^(?:${source})$`, childOf(pointer, 'format')))
  const lengthPointer = childOf(pointer, max === undefined ? 'minLength' : 'maxLength')
  return { kind: 'string', minLength: min, maxLength: max, languages, lengthPointer }
}

function numberShape(keywords: Keywords, isInteger: boolean): NumberShape {
  const minimum = strictest(keywords, 'minimum', 'exclusiveMinimum', 1)
  const maximum = strictest(keywords, 'maximum', 'exclusiveMaximum', -1)
  const isTouching = (minimum?.isExclusive || maximum?.isExclusive) && minimum?.value === maximum?.value
  if (minimum && maximum && (minimum.value > maximum.value || isTouching)) {
    keywords.refuse(
      minimum.isExclusive ? 'exclusiveMinimum' : 'minimum',
      'leaves no number below the maximum',
    )
  }
  const { decimals, step } = multiplesOf(keywords)
  const isWhole = isInteger || decimals === 0
  return { kind: 'number', isInteger: isWhole, step, decimals: isWhole ? 0 : decimals, minimum, maximum }
}

/** `multipleOf` as the step between integers, or as the digits after the point that its multiples have at most. */
function multiplesOf(keywords: Keywords): Pick<NumberShape, 'step' | 'decimals'> {
  const multiple = keywords.number('multipleOf')
  if (multiple === undefined) return { step: ANY_STEP, decimals: undefined }
  if (multiple <= 0) keywords.refuse('multipleOf', 'must be above 0')
  if (Number.isInteger(multiple)) {
    return {
      step: { value: BigInt(multiple), pointer: childOf(keywords.pointer, 'multipleOf') },
      decimals: 0,
    }
  }
  if (!/^1e-\d+$/u.test(multiple.toExponential()))
    keywords.refuse(
      'multipleOf',
      'must be a whole number or a power of ten, such as 0.01, for a grammar to say it',
    )
  return { step: ANY_STEP, decimals: decimalPlaces(multiple) }
}

/** `sign` 1 picks the higher of two lower bounds, -1 the lower of two upper ones. */
function strictest(
  keywords: Keywords,
  inclusive: string,
  exclusive: string,
  sign: number,
): Bound | undefined {
  const bound = keywords.number(inclusive)
  const open = keywords.number(exclusive)
  const at = (keyword: string): string => childOf(keywords.pointer, keyword)
  if (open !== undefined && (bound === undefined || sign * open >= sign * bound)) {
    return { value: open, isExclusive: true, pointer: at(exclusive) }
  }
  return bound === undefined ? undefined : { value: bound, isExclusive: false, pointer: at(inclusive) }
}

function arrayShape(keywords: Keywords): ArrayShape {
  const { min, max } = checkedRange(keywords, 'minItems', 'maxItems')
  if (keywords.boolean('uniqueItems') && (max === undefined || max > 1)) {
    keywords.refuse('uniqueItems', 'cannot be said by a grammar')
  }
  if (Array.isArray(keywords.get('items')))
    keywords.refuse('items', 'must be one schema; use "prefixItems" for a list')
  const prefix = keywords.list('prefixItems') ?? []
  const rest = keywords.schema('items')
  const isBounded = prefix.length > 0 || rest !== undefined || min > 0 || max !== undefined
  return { kind: 'array', all: isBounded ? [{ pointer: keywords.pointer, prefix, rest, min, max }] : [] }
}

function objectShape(keywords: Keywords, languageOf: LanguageOf): ObjectShape {
  const { pointer } = keywords
  const { min, max } = checkedRange(keywords, 'minProperties', 'maxProperties')
  const properties = keywords.map('properties')
  const required = keywords.strings('required')
  const patterns = [...keywords.map('patternProperties')].map(([pattern, part]) => ({
    language: languageOf(pattern, childOf(pointer, 'patternProperties', pattern)),
    part,
  }))
  if (patterns.length > MAX_KEY_PATTERNS)
    keywords.refuse('patternProperties', `holds more than ${MAX_KEY_PATTERNS} patterns`)
  if (properties.size > MAX_PROPERTIES)
    keywords.refuse('properties', `holds more than ${MAX_PROPERTIES} properties`)
  if (required.length > MAX_PROPERTIES)
    keywords.refuse('required', `names more than ${MAX_PROPERTIES} properties`)
  const rules = {
    pointer,
    properties,
    patterns,
    additional: keywords.schema('additionalProperties'),
    names: keywords.schema('propertyNames'),
    required,
    min,
    max,
  }
  const isBounded =
    properties.size + patterns.length + required.length + min > 0 ||
    max !== undefined ||
    rules.additional !== undefined ||
    rules.names !== undefined
  return { kind: 'object', all: isBounded ? [rules] : [] }
}

function checkedRange(
  keywords: Keywords,
  low: string,
  high: string,
): { min: number; max: number | undefined } {
  const range = keywords.range(low, high)
  if (range.max !== undefined && range.min > range.max) keywords.refuse(low, `is above "${high}"`)
  for (const [keyword, count] of [
    [low, range.min],
    [high, range.max ?? 0],
  ] as const) {
    if (count > MAX_REPETITIONS)
      keywords.refuse(keyword, `is above ${MAX_REPETITIONS}, the highest that is supported`)
  }
  return range
}
