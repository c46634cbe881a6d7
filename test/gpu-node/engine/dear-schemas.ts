import fc from 'fast-check'
import type { ToolDefinition } from '../../../shared/generation.ts'

const repeated = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** 128 strict tools, each with nine patterns whose automata have hundreds of states, and no two alike. */
export const DEAR_TOOLS: ToolDefinition[] = repeated(128, (tool) => ({
  name: `tool_${tool}`,
  strict: true,
  parameters: {
    type: 'object',
    properties: Object.fromEntries(
      repeated(9, (index) => [`p${index}`, { type: 'string', pattern: `^.{0,${300 + tool * 9 + index}}x$` }]),
    ),
    additionalProperties: false,
  },
}))

/** One pattern whose rounds within rounds make an automaton of many states from a few characters. */
export const DEAR_PATTERN = { type: 'string', pattern: '^(([a-z]{1,50}){1,50}){1,3}0$' }

const count = fc.integer({ min: 2, max: 400 })
const pattern = fc.letrec<{ part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('a', '.', '[a-z]', '\\d', '(?:)', '[^x]'),
    fc.tuple(tie('part'), count).map(([part, most]) => `(${part}){1,${most}}`),
    fc.tuple(tie('part'), tie('part')).map(([one, other]) => `(${one}|${other})`),
    fc.tuple(tie('part'), tie('part')).map(([one, other]) => one + other),
    tie('part').map((part) => `(${part})*`),
  ),
})).part

const text = fc.oneof(
  pattern.map((source) => ({ type: 'string', pattern: `^${source}x$` })),
  pattern.map((source) => ({ type: 'string', pattern: source, maxLength: 3_000 })),
  fc
    .tuple(pattern, pattern)
    .map(([one, other]) => ({ type: 'string', allOf: [{ pattern: one }, { pattern: other }] })),
)
const named = (names: number, value: object) =>
  Object.fromEntries(repeated(names, (index) => [`name${index}`, value]))

/** Schemas that are made to take long: to compile, to read, or to follow token by token. */
export const dearSchema: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  text,
  fc.tuple(fc.array(text, { minLength: 2, maxLength: 9 })).map(([texts]) => ({ anyOf: texts })),
  count.map((names) => ({ type: 'object', properties: named(names, { type: 'string' }), minProperties: 2 })),
  fc.tuple(count, pattern).map(([names, source]) => ({
    type: 'object',
    properties: named(names, { type: 'integer', minimum: -names, maximum: 7 * names }),
    patternProperties: { [source]: { type: 'null' }, e: { type: 'null' } },
  })),
  count.map((most) => ({
    anyOf: repeated(most, (index) => ({
      type: 'object',
      properties: { a: { type: 'integer', minimum: 10 * index, maximum: 10 * index + 9 } },
      required: ['a'],
    })),
  })),
  count.map((most) => ({
    anyOf: repeated(most, (index) => ({ type: 'number', minimum: index + 0.5, maximum: index + 1.25 })),
  })),
  fc.integer({ min: 2, max: 9 }).map((most) => ({
    $ref: '#/$defs/node',
    $defs: {
      node: {
        anyOf: [
          { type: 'null' },
          ...repeated(most, (index) => ({
            type: 'array',
            prefixItems: [{ $ref: '#/$defs/node' }, { const: index }],
            minItems: 2,
          })),
        ],
      },
    },
  })),
  count.map((most) => ({ type: 'array', maxItems: 200 + most, items: { $ref: '#' } })),
  count.map((most) => ({ enum: repeated(most, (index) => `${'long '.repeat(500)}${index}`) })),
  count.map((most) => ({ type: 'integer', multipleOf: 1_009 * most, minimum: most, maximum: 10 ** 12 })),
)
