import type { JsonSchema, OfferedTool } from '../../agent-tools/tool.ts'
import { isObject } from '../../merge-patch.ts'

/** Characters of a text, and items of a list, that one decision may hold: so it always comes to its end. */
export const MAX_STEP_TEXT = 600
export const MAX_STEP_CODE = 2_400
export const MAX_STEP_ITEMS = 16

/** Whole numbers of so many digits are enough for everybody. */
const LARGEST_NUMBER = 1_000_000_000

/** The name of the decision to answer. */
export const ANSWER = 'answer'

const least = (value: unknown, most: number): number =>
  typeof value === 'number' ? Math.min(value, most) : most

/** A schema of which every instance is short: texts, lists and whole numbers have an end. */
export function bounded(schema: unknown, name = ''): unknown {
  if (Array.isArray(schema)) return schema.map((part) => bounded(part, name))
  if (!isObject(schema)) return schema
  const parts = Object.entries(schema).map(([key, value]): [string, unknown] => {
    if (key === 'properties' && isObject(value))
      return [
        key,
        Object.fromEntries(Object.entries(value).map(([field, part]) => [field, bounded(part, field)])),
      ]
    return [key, key === 'enum' || key === 'const' || key === 'required' ? value : bounded(value, name)]
  })
  const made: Record<string, unknown> = Object.fromEntries(parts)
  const most = name === 'code' ? MAX_STEP_CODE : MAX_STEP_TEXT
  if (schema.type === 'string' && !('enum' in schema) && !('const' in schema) && !('format' in schema))
    made.maxLength = least(schema.maxLength, most)
  if (schema.type === 'array') made.maxItems = least(schema.maxItems, MAX_STEP_ITEMS)
  if (schema.type === 'integer') {
    made.minimum = typeof schema.minimum === 'number' ? schema.minimum : -LARGEST_NUMBER
    made.maximum = least(schema.maximum, LARGEST_NUMBER)
  }
  return made
}

const decision = (action: string, more: Record<string, unknown> = {}) => ({
  type: 'object',
  properties: { action: { const: action }, ...more },
  required: ['action', ...Object.keys(more)],
  additionalProperties: false,
})

/** One step: a tool with its arguments, or the decision to answer. */
export const stepSchema = (tools: readonly OfferedTool[]): JsonSchema => ({
  anyOf: [
    ...tools.map(({ name, parameters }) => decision(name, { arguments: bounded(parameters) })),
    decision(ANSWER),
  ],
})

/** A decision as it was read; undefined for what is none. */
export function decisionIn(thought: unknown): { action: string; arguments: unknown } | undefined {
  if (!isObject(thought) || typeof thought.action !== 'string') return undefined
  return { action: thought.action, arguments: thought.arguments ?? {} }
}

/** How much shorter a decision is asked for that ran out of tokens: as it was, then so many times. */
const SHORTER_TIMES = [1, 4, 16] as const

function tightened(schema: unknown, times: number): unknown {
  if (Array.isArray(schema)) return schema.map((part) => tightened(part, times))
  if (!isObject(schema)) return schema
  const least = (key: string) => (typeof schema[key] === 'number' ? Math.max(1, schema[key]) : 1)
  const shorter = (most: unknown, fewest: number) =>
    typeof most === 'number' ? Math.max(fewest, Math.floor(most / times)) : most
  const parts = Object.entries(schema).map(([key, value]): [string, unknown] => {
    if (key === 'enum' || key === 'const' || key === 'required') return [key, value]
    if (key === 'maxLength') return [key, shorter(value, least('minLength'))]
    if (key === 'maxItems') return [key, shorter(value, least('minItems'))]
    if (key !== 'properties' || !isObject(value)) return [key, tightened(value, times)]
    const fields = Object.entries(value).map(([name, part]) => [name, tightened(part, times)])
    return [key, Object.fromEntries(fields)]
  })
  return Object.fromEntries(parts)
}

/**
 * The schemas by which one decision is asked for, one after the other, until it parses: a model that does not come to an end within
 * its tokens is given less room each time, so that in the end it must.
 */
export const everShorter = (schema: JsonSchema): JsonSchema[] =>
  SHORTER_TIMES.map((times) => (times === 1 ? schema : (tightened(schema, times) as JsonSchema))) // a schema stays one
