import type { JsonSchema, OfferedTool } from '../../agent-tools/tool.ts'
import { isObject } from '../../merge-patch.ts'

/** Spans of a request among which a model may choose: a grammar of more would be slow to walk. */
export const MAX_SPANS = 60

/** Words of one span. */
const MAX_SPAN_WORDS = 12

/** The decision that no tool is needed. */
export const NO_TOOL = 'none'

/** Words between which a request falls into pieces. */
const JOINTS = new Set(
  'a an the of for in on at to from about with without and or by is are was were do does did can could would please me you i my it that this'.split(
    ' ',
  ),
)

const trimmed = (text: string): string => text.replace(/^[\s"“'(,;:]+|[\s"”'),;:.!?]+$/g, '')

/** A stretch of a request that spans begin and end with. */
interface Unit {
  from: number
  to: number
  isJoint: boolean
}

/** Words that stand together become one unit. */
function pieces(words: readonly Unit[]): Unit[] {
  const found: Unit[] = []
  for (const word of words) {
    const last = found.at(-1)
    if (last && last.isJoint === word.isJoint) found[found.length - 1] = { ...last, to: word.to }
    else found.push(word)
  }
  return found
}

/** Spans of a request, the shortest first, none twice: of its words, or where there are too many, of its pieces. */
export function spansOf(request: string): string[] {
  const words = [...request.matchAll(/\S+/g)].map(({ 0: text, index }) => ({
    from: index,
    to: index + text.length,
    isJoint: JOINTS.has(trimmed(text).toLowerCase()),
  }))
  const units = (words.length * (words.length + 1)) / 2 <= MAX_SPANS ? words : pieces(words)
  const spans = new Set<string>()
  for (let length = 1; length <= units.length; length += 1)
    for (const [at, first] of units.entries()) {
      const last = units[at + length - 1]
      if (!last || first.isJoint || last.isJoint) continue
      const span = trimmed(request.slice(first.from, last.to))
      if (/[\p{L}\p{N}]{2}|\d/u.test(span) && span.split(/\s+/).length <= MAX_SPAN_WORDS) spans.add(span)
    }
  return [...spans].slice(0, MAX_SPANS)
}

/** The arguments of a tool as spans; undefined for a tool that needs something else. */
function argumentsOf({ parameters }: OfferedTool, spans: readonly string[]): JsonSchema | undefined {
  const declared = isObject(parameters.properties) ? parameters.properties : {}
  const required = Array.isArray(parameters.required) ? parameters.required.map(String) : []
  const properties: Record<string, unknown> = {}
  for (const name of required) {
    const schema = Object.hasOwn(declared, name) ? declared[name] : undefined
    // A program is no piece of a request.
    if (!isObject(schema) || schema.type !== 'string' || 'enum' in schema || name === 'code') return undefined
    const most = typeof schema.maxLength === 'number' ? schema.maxLength : Number.POSITIVE_INFINITY
    const isUrl = name === 'url'
    const fitting = spans.filter((span) => span.length <= most && (!isUrl || /^https?:\/\/\S+$/i.test(span)))
    if (fitting.length === 0) return undefined
    properties[name] = { enum: fitting }
  }
  return { type: 'object', properties, required, additionalProperties: false }
}

/** A choice between tools, whose arguments can only be pieces of the user's words, and none. */
export function spanSchema(tools: readonly OfferedTool[], request: string): JsonSchema {
  const spans = spansOf(request)
  const choice = (tool: string, more: Record<string, unknown> = {}) => ({
    type: 'object',
    properties: { tool: { const: tool }, ...more },
    required: ['tool', ...Object.keys(more)],
    additionalProperties: false,
  })
  const choices = tools.flatMap((tool) => {
    const args = argumentsOf(tool, spans)
    return args ? [choice(tool.name, { arguments: args })] : []
  })
  return { anyOf: [...choices, choice(NO_TOOL)] }
}
