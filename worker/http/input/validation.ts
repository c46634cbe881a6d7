import type { z } from '@hono/zod-openapi'
import { AppError, type InputIssue } from '../../../shared/errors.ts'
import { shownName } from '../../../shared/json-path.ts'
import type { ReadBody } from './read-body.ts'
import { asPath, sayMistake, valueAt } from './sentence.ts'

/** A part of a request as Hono's validator calls it, and as the contracts do. */
const PARTS: Record<string, string> = {
  json: 'body',
  form: 'body',
  query: 'query',
  param: 'path',
  header: 'header',
}

type Issue = z.core.$ZodIssue

/** The words for a value of another type than was expected, by the expected one. */
const WRONG_TYPE: Record<string, readonly [message: string, type: string]> = {
  string: ['str type expected', 'type_error.str'],
  int: ['value is not a valid integer', 'type_error.integer'],
  number: ['value is not a valid number', 'type_error.number'],
  boolean: ['value could not be parsed to a boolean', 'type_error.bool'],
  array: ['value is not a valid list', 'type_error.list'],
  object: ['value is not a valid dict', 'type_error.dict'],
  record: ['value is not a valid dict', 'type_error.dict'],
}

function tooSmall({ origin, minimum, inclusive }: Extract<Issue, { code: 'too_small' }>) {
  if (origin === 'string')
    return [`ensure this value has at least ${minimum} characters`, 'value_error.any_str.min_length'] as const
  if (origin === 'array')
    return [`ensure this value has at least ${minimum} items`, 'value_error.list.min_items'] as const
  return inclusive === false
    ? ([`ensure this value is greater than ${minimum}`, 'value_error.number.not_gt'] as const)
    : ([`ensure this value is greater than or equal to ${minimum}`, 'value_error.number.not_ge'] as const)
}

function tooBig({ origin, maximum, inclusive }: Extract<Issue, { code: 'too_big' }>) {
  if (origin === 'string')
    return [`ensure this value has at most ${maximum} characters`, 'value_error.any_str.max_length'] as const
  if (origin === 'array')
    return [`ensure this value has at most ${maximum} items`, 'value_error.list.max_items'] as const
  return inclusive === false
    ? ([`ensure this value is less than ${maximum}`, 'value_error.number.not_lt'] as const)
    : ([`ensure this value is less than or equal to ${maximum}`, 'value_error.number.not_le'] as const)
}

function notAmong(values: readonly unknown[]) {
  const permitted = values.map((permit) => `'${String(permit)}'`).join(', ')
  return [`value is not a valid enumeration member; permitted: ${permitted}`, 'type_error.enum'] as const
}

/** Message and type of an issue, in the words of pydantic, which the contracts' pages quote. */
function wordsOf(issue: Issue, value: unknown): readonly [message: string, type: string] {
  if (value === undefined && issue.code !== 'unrecognized_keys' && issue.code !== 'custom') {
    return ['field required', 'value_error.missing']
  }
  switch (issue.code) {
    case 'invalid_type':
      return WRONG_TYPE[issue.expected] ?? [issue.message, 'type_error']
    case 'invalid_value':
      return notAmong(issue.values)
    case 'too_small':
      return tooSmall(issue)
    case 'too_big':
      return tooBig(issue)
    case 'invalid_union':
      // Of what tells the forms of a thing apart, the page's words are those of a list of values.
      return 'options' in issue && issue.options ? notAmong(issue.options) : [issue.message, 'value_error']
    case 'invalid_format':
      if (issue.format === 'email') return ['value is not a valid email address', 'value_error.email']
      return [issue.message, 'value_error']
    default:
      return [issue.message, 'value_error']
  }
}

/** Mistakes that a refusal lists. */
export const MAX_ISSUES = 50

/** The values of an input up to which all of its mistakes are looked for; in a larger one the search ends at the first. */
export const MAX_EXAMINED_VALUES = 2_000

/** The mistakes that a schema found in one part of a request, the first `MAX_ISSUES` of them. */
export function issuesOf(target: string, issues: readonly Issue[], input: unknown): InputIssue[] {
  const part = PARTS[target] ?? target
  const listed = issues.slice(0, MAX_ISSUES).flatMap((issue): InputIssue[] => {
    const path = asPath(issue.path)
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.slice(0, MAX_ISSUES).map((key) => ({
        path: [part, ...path, shownName(key)],
        message: 'extra fields not permitted',
        type: 'value_error.extra',
      }))
    }
    const [message, type] = wordsOf(issue, valueAt(input, path))
    return [{ path: [part, ...path], message, type }]
  })
  return listed.slice(0, MAX_ISSUES)
}

/** The refusal of an input that a schema does not take: the first mistake as its sentence, all of them as its issues. */
export function invalidInput(target: string, issues: readonly Issue[], input: unknown): AppError {
  const [issue] = issues
  if (!issue) throw new Error('A schema refused an input and found nothing wrong with it.')
  const path = asPath(issue.path)
  const { sentence, param } = sayMistake({ issue, path, value: valueAt(input, path) })
  return new AppError('invalid_request', sentence, { param, issues: issuesOf(target, issues, input) })
}

/** The library's own `validate` parses so: a list or an object ends at its first mistake. */
const FIRST_MISTAKE: z.core.ParseContextInternal<Issue> = { abortEarly: true }

/** An input as a schema makes it. Throws `invalid_request` with its mistakes; of a large one with the first. */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  target: 'json' | 'form',
  { value, size }: ReadBody,
): z.output<Schema> {
  const result = schema.safeParse(value, size > MAX_EXAMINED_VALUES ? FIRST_MISTAKE : undefined)
  if (result.success) return result.data
  throw invalidInput(target, result.error.issues, value)
}

/** Mistakes in the input as FastAPI lists them, which most of the contracts document. */
export const detailOf = (issues: readonly InputIssue[]) =>
  issues.map(({ path, message, type }) => ({ loc: [...path], msg: message, type }))
