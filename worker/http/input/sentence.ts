import type { z } from '@hono/zod-openapi'
import { type Path, paramOf, shownName } from '../../../shared/json-path.ts'

type Issue = z.core.$ZodIssue
/** A mistake, and where it is in the part of the request that it was found in. */
export interface Mistake {
  issue: Issue
  path: Path
  /** The value that stands there; undefined where none does. */
  value: unknown
}

export const asPath = (path: readonly PropertyKey[]): Path =>
  path.map((part) => (typeof part === 'number' ? part : String(part)))

/** The value that an issue speaks of, in the input as it came. */
export const valueAt = (input: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string | number, unknown>)[part]
        : undefined,
    input,
  )

/** How the sentences begin that zod has for mistakes for which a schema has none of its own. */
const BY_ZOD = /^(?:Invalid |Too (?:small|big): |Unrecognized key)/

const EXPECTED: Record<string, string> = {
  string: 'a string',
  int: 'an integer',
  number: 'a number',
  boolean: 'a boolean',
  array: 'an array',
  tuple: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
}
const NUMERIC = new Set(['int', 'number', 'boolean'])

const shown = (text: string): string => `'${shownName(text)}'`

/** `'a', 'b', and 'c'` */
function listOf(words: readonly string[], conjunction: 'and' | 'or'): string {
  const last = words.at(-1) ?? ''
  if (words.length < 3) return words.join(` ${conjunction} `)
  return `${words.slice(0, -1).join(', ')}, ${conjunction} ${last}`
}

/** The kind of a JSON value, in words. */
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

const wrongType = (name: string, expected: string, got: string): string =>
  `Invalid type for '${name}': expected ${expected}, but got ${got} instead.`

function ofType(issue: Extract<Issue, { code: 'invalid_type' }>, name: string, value: unknown): string {
  const expected = EXPECTED[issue.expected] ?? 'another type'
  if (typeof value === 'number' && !Number.isFinite(value))
    return `Invalid '${name}': the number is too large.`
  // A query has nothing but text: of what kind it was meant to be is not the sender's mistake, what it says is.
  const isText = typeof value === 'string' && NUMERIC.has(issue.expected)
  return wrongType(name, expected, isText ? `the string ${shown(value)}` : kindOf(value))
}

function ofValue(
  { values }: Extract<Issue, { code: 'invalid_value' }>,
  name: string,
  value: unknown,
): string {
  const permitted = values.map((one) => `'${String(one)}'`)
  if (!values.some((one) => typeof one === typeof value)) {
    const expected = permitted.length > 1 ? `one of ${listOf(permitted, 'or')}` : permitted.join('')
    return wrongType(name, expected, kindOf(value))
  }
  const supported =
    permitted.length > 1 ? `Supported values are: ${listOf(permitted, 'and')}` : `Expected ${permitted[0]}`
  return `Invalid value for '${name}': ${shown(String(value))}. ${supported}.`
}

interface Bound {
  side: 'minimum' | 'maximum'
  bound: number | bigint
  sign: string
}

/** A number of a query or a form came as its digits. */
const measured = (origin: string, value: unknown): unknown =>
  typeof value === 'string' && origin !== 'string' ? Number(value) : value

/** Of text and lists their length, of numbers themselves. */
function ofSize({ side, bound, sign }: Bound, name: string, value: unknown): string {
  if (typeof value === 'string' || Array.isArray(value)) {
    const [kind, one] = typeof value === 'string' ? ['string', 'a string'] : ['array', 'an array']
    const isEmpty = value.length === 0
    const [wrong, got] = isEmpty
      ? [`empty ${kind}`, `an empty ${kind}`]
      : [`${kind} too ${side === 'maximum' ? 'long' : 'short'}`, `${one} with length ${value.length}`]
    return `Invalid '${name}': ${wrong}. Expected ${one} with ${side} length ${bound}, but got ${got} instead.`
  }
  const wrong = side === 'maximum' ? 'above maximum' : 'below minimum'
  return `Invalid '${name}': number ${wrong} value. Expected a value ${sign} ${bound}, but got ${value} instead.`
}

function ofUnion(issue: Extract<Issue, { code: 'invalid_union' }>, name: string, value: unknown): string {
  const expected = issue.errors.flatMap(([first]) =>
    first?.code === 'invalid_type' ? [EXPECTED[first.expected] ?? first.expected] : [],
  )
  if (expected.length === 0) return `Invalid '${name}': it has none of the forms that are supported.`
  return wrongType(name, `one of ${listOf(expected, 'or')}`, kindOf(value))
}

/**
 * Where a value may be one thing or another and is one of them with a mistake in it, that mistake; else the one that is given.
 * A union that has a sentence of its own keeps it.
 */
function innermost(mistake: Mistake): Mistake {
  const { issue, path, value } = mistake
  if (issue.code !== 'invalid_union' || !BY_ZOD.test(issue.message)) return mistake
  const isWithin = ({ path: within, code }: Issue) => within.length > 0 || code !== 'invalid_type'
  const inner = issue.errors.map(([first]) => first).find((first) => first && isWithin(first))
  if (!inner) return mistake
  const within = asPath(inner.path)
  return innermost({ issue: inner, path: [...path, ...within], value: valueAt(value, within) })
}

/** The sentence for a mistake that is about something which is there, in the words of OpenAI's API. */
function sentenceOf({ issue, value }: Mistake, name: string): string {
  if (issue.code === 'unrecognized_keys') return `Invalid '${name}': it is unknown or not supported.`
  const own = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? '') : issue.message
  if (own !== '' && !BY_ZOD.test(own)) return `Invalid '${name}': ${own}.`.replace(/\.\.$/, '.')
  switch (issue.code) {
    case 'invalid_type':
      return ofType(issue, name, value)
    case 'invalid_value':
      return ofValue(issue, name, value)
    case 'too_small':
      return ofSize(
        { side: 'minimum', bound: issue.minimum, sign: issue.inclusive ? '>=' : '>' },
        name,
        measured(issue.origin, value),
      )
    case 'too_big':
      return ofSize(
        { side: 'maximum', bound: issue.maximum, sign: issue.inclusive ? '<=' : '<' },
        name,
        measured(issue.origin, value),
      )
    case 'invalid_union':
      return ofUnion(issue, name, value)
    case 'invalid_format':
      return `Invalid '${name}': string does not match pattern. Expected ${issue.pattern ? `a string that matches the pattern ${shown(issue.pattern)}` : issue.format}.`
    default:
      return `Invalid '${name}': the value is not valid.`
  }
}

/** A mistake in the words of OpenAI's API, and the parameter that it is wrong with; none where it is the whole. */
export function sayMistake(first: Mistake): { sentence: string; param: string | undefined } {
  const mistake = innermost(first)
  const { issue, path, value } = mistake
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const param = paramOf([...path, ...unknown])
  const isMissing = value === undefined && param !== '' && issue.code !== 'custom'
  return {
    sentence: isMissing ? `Missing required parameter: '${param}'.` : sentenceOf(mistake, param || 'body'),
    param: param || undefined,
  }
}
