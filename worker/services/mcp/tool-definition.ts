import type { McpTool } from '../../db/tables/agents.ts'
import { isObject } from '../merge-patch.ts'
import { MAX_TOOL_DEFINITION_BYTES } from './limits.ts'

/** Longest name of a tool for models, as OpenAI has it. */
const MAX_OFFERED_NAME = 64

/** Objects inside each other that are taken over from the schema of a server's tool. */
const MAX_SCHEMA_DEPTH = 8

/** The same value in one spelling: names of objects in order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (!isObject(value)) return value
  const names = Object.keys(value).toSorted()
  return Object.fromEntries(names.map((name) => [name, ordered(value[name])]))
}

const hexOf = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** SHA-256 over all that a server says of a tool: what its owner has consented to. */
export async function hashOf(tool: McpTool): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(ordered(tool)))
  return hexOf(await crypto.subtle.digest('SHA-256', bytes))
}

/** A tool as its server lists it, without what nobody here uses; undefined where it says too much. */
export function definitionOf(listed: Record<string, unknown>): McpTool | undefined {
  const { name, title, description, inputSchema, outputSchema, annotations } = listed
  if (typeof name !== 'string' || name === '' || name.length > 128) return undefined
  const tool: McpTool = {
    name,
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    inputSchema: isObject(inputSchema) ? inputSchema : { type: 'object' },
    ...(isObject(outputSchema) ? { outputSchema } : {}),
    ...(isObject(annotations) ? { annotations } : {}),
  }
  return new TextEncoder().encode(JSON.stringify(tool)).length <= MAX_TOOL_DEFINITION_BYTES ? tool : undefined
}

/** Whether its server says that it changes nothing. Where it says nothing, it may. */
export const isReadOnly = ({ annotations }: McpTool): boolean => annotations?.readOnlyHint === true

/** The name under which models know a tool of a server: each its own, whatever signs its server's name has. */
export function offeredName(label: string, { name }: Pick<McpTool, 'name'>, hash: string): string {
  const plain = `${label}__${name.replaceAll(/[^a-zA-Z0-9_-]/g, '_')}`
  if (plain.length <= MAX_OFFERED_NAME && plain === `${label}__${name}`) return plain
  return `${plain.slice(0, MAX_OFFERED_NAME - 9)}_${hash.slice(0, 8)}`
}

const KEPT_KEYWORDS = new Set([
  'type',
  'enum',
  'const',
  'description',
  'required',
  'additionalProperties',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
])

/**
 * A server's schema in keywords that every grammar here can say. What they cannot say is left to the server, which checks its arguments
 * itself; a part that is nothing but that may be anything.
 */
export function plainSchema(schema: unknown, depth = 0): Record<string, unknown> {
  if (!isObject(schema) || depth >= MAX_SCHEMA_DEPTH) return {}
  const kept = Object.entries(schema).filter(
    ([keyword, value]) =>
      KEPT_KEYWORDS.has(keyword) && (keyword !== 'additionalProperties' || value === false),
  )
  const deeper = (part: unknown) => plainSchema(part, depth + 1)
  const { properties, items, anyOf } = schema
  const named = isObject(properties)
    ? Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, deeper(part)]))
    : undefined
  const plain: Record<string, unknown> = Object.fromEntries(kept)
  if (named) plain.properties = named
  if (Array.isArray(plain.required))
    plain.required = plain.required.filter((name) => named && Object.hasOwn(named, String(name)))
  if (isObject(items)) plain.items = deeper(items)
  if (Array.isArray(anyOf)) plain.anyOf = anyOf.map(deeper)
  return plain
}

/** The schema of a tool's arguments for a model: an object in any case. */
export const argumentsSchema = ({ inputSchema }: McpTool): Record<string, unknown> => ({
  ...plainSchema(inputSchema),
  type: 'object',
})
