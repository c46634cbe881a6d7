import { describe, expect, it } from 'vitest'
import { compileJsonSchema } from '../../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import { Matcher } from './gbnf-matcher.ts'
import { readGrammar } from './gbnf-reader.ts'

const repeated = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const waysOf = (schema: unknown): number =>
  compileJsonSchema(schema, { maxWays: Number.POSITIVE_INFINITY }).ways ?? Number.NaN
const isRefused = (schema: unknown, maxWays = 1_000): boolean => {
  try {
    compileJsonSchema(schema, { maxWays })
    return false
  } catch {
    return true
  }
}

/** Nodes of a tree in several kinds, each with nodes or a number of its own inside; `kind` stands in front of them or behind. */
const tree = (kinds: number, isFirst: boolean): object => {
  const node = (kind: number): object => {
    const [known, child] = [
      { kind: { const: `k${kind}` } },
      { child: { anyOf: [{ $ref: '#/$defs/node' }, { const: kind }] } },
    ]
    return {
      type: 'object',
      properties: isFirst ? { ...known, ...child } : { ...child, ...known },
      required: ['kind', 'child'],
      additionalProperties: false,
    }
  }
  return { $ref: '#/$defs/node', $defs: { node: { anyOf: [{ type: 'null' }, ...repeated(kinds, node)] } } }
}

describe('the ways to read an answer that are open at a time', () => {
  it.each<[what: string, most: number, schema: unknown]>([
    ['anything', 10, {}],
    ['any object', 10, { type: 'object' }],
    ['a long text', 8, { type: 'string', maxLength: 100_000 }],
    ['a thousand words', 12, { enum: repeated(1_000, (index) => `word ${index}`) }],
    ['a thousand numbers', 12, { enum: repeated(1_000, (index) => index) }],
    ['lists in lists', 12, { type: 'array', items: { type: 'array', items: { $ref: '#' } } }],
    ['a tree of which each node says first what it is', 30, tree(12, true)],
    [
      'hundreds of properties',
      30,
      {
        type: 'object',
        properties: Object.fromEntries(repeated(300, (index) => [`p${index}`, { type: 'string' }])),
      },
    ],
  ])('are few for %s', (_what, most, schema) => {
    expect(waysOf(schema)).toBeLessThanOrEqual(most)
  })

  it('are one for each object that only what is inside tells from the others', () => {
    const alike = repeated(50, (index) => ({
      type: 'object',
      properties: { a: { type: 'string', minLength: index } },
      required: ['a'],
      additionalProperties: false,
    }))
    expect(waysOf({ anyOf: alike })).toBeGreaterThanOrEqual(50)
    expect(isRefused({ anyOf: alike }, 49)).toBe(true)
  })

  it('have no limit where nodes of a tree are told apart only by what stands behind their own', () => {
    expect(isRefused(tree(2, false))).toBe(true)
    expect(isRefused(tree(1, false))).toBe(false)
    const { grammar } = compileJsonSchema(tree(2, false))
    const matcher = new Matcher(readGrammar(grammar))
    matcher.matches('{"child":'.repeat(10))
    expect(matcher.widest).toBeGreaterThan(1_000)
  })

  it('have no limit where lists of more items than are counted one by one are in each other', () => {
    const lists = (maxItems: number) => ({ type: 'array', maxItems, items: { $ref: '#' } })
    expect(isRefused(lists(300))).toBe(true)
    expect(isRefused(lists(100))).toBe(false)
  })

  it('are counted beside each other where a name may be declared or not', () => {
    const one = { properties: { a: { type: 'array', items: { $ref: '#' } } }, required: ['a'] }
    const other = { additionalProperties: { type: 'array', items: { $ref: '#' } }, minProperties: 1 }
    const either = [one, other].map((schema) => ({ type: 'object', ...schema }))
    expect(isRefused({ anyOf: either })).toBe(true)
  })

  it('are refused by the name of the schema, and what that means', () => {
    expect(() => compileJsonSchema(tree(2, false), { maxWays: 66, param: 'tools[0]' })).toThrowError(
      expect.objectContaining({
        code: 'invalid_request',
        param: 'tools[0]',
        message: expect.stringContaining('can be read in more than 66 ways at a time'),
      }),
    )
  })
})
