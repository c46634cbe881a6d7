import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { compileJsonSchema } from '../../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import {
  MAX_SPELLED_PARTS,
  shareBeginnings,
} from '../../../../../gpu-node/engine/grammar/gbnf/common-beginnings.ts'
import {
  choice,
  type Expression,
  ref,
  sequence,
  text,
} from '../../../../../gpu-node/engine/grammar/gbnf/gbnf.ts'
import { printRules } from '../../../../../gpu-node/engine/grammar/gbnf/printer.ts'
import { maxWaysFor } from '../../../../../gpu-node/engine/grammar/limits.ts'
import { llamaGrammar } from '../llama-grammar.ts'
import { mutate } from '../schema-arbitrary.ts'
import { Matcher } from './gbnf-matcher.ts'
import { readGrammar } from './gbnf-reader.ts'
import { randomFrom, sampleText } from './gbnf-sampler.ts'

type Properties = Record<string, unknown>

/** The tokens of Qwen's vocabulary: of those that are used much, the largest. */
const VOCABULARY = 152_000
const COUNT = 200

const repeated = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const strict = (properties: Properties, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

const kind = (index: number) => ({ const: `kind_${index}` })
const common = { id: { type: 'integer' }, note: { type: 'string' }, at: { type: ['string', 'null'] } }

const UNIONS: [what: string, schema: object][] = [
  [
    'say first what they are',
    { anyOf: repeated(COUNT, (index) => strict({ kind: kind(index), ...common })) },
  ],
  ['say last what they are', { anyOf: repeated(COUNT, (index) => strict({ ...common, kind: kind(index) })) }],
  [
    'say behind a list and an object what they are',
    {
      anyOf: repeated(COUNT, (index) =>
        strict({
          tags: { type: 'array', items: { type: 'string' } },
          place: strict({ x: { type: 'number' }, y: { type: 'number' } }),
          kind: kind(index),
          [`own_${index}`]: { type: 'boolean' },
        }),
      ),
    },
  ],
  [
    'exclude each other',
    { oneOf: repeated(COUNT, (index) => strict({ id: { type: 'integer' }, kind: kind(index) })) },
  ],
  [
    'are of several kinds each',
    {
      anyOf: repeated(COUNT, (index) =>
        strict({ kind: { enum: [`a${index}`, `b${index}`, `c${index}`] }, value: { type: 'integer' } }),
      ),
    },
  ],
  [
    'have names that may be missing',
    {
      anyOf: repeated(COUNT, (index) =>
        strict({ a: { type: 'string' }, b: { type: 'string' }, c: { type: 'string' }, kind: kind(index) }, [
          'kind',
        ]),
      ),
    },
  ],
  ['have other names', { anyOf: repeated(COUNT, (index) => strict({ id: {}, [`name_${index}`]: {} })) }],
  ['are numbered', { anyOf: repeated(COUNT, (index) => strict({ kind: { const: index }, ...common })) }],
  [
    'stand beside what is no object',
    {
      anyOf: [
        { type: ['null', 'string'] },
        { type: 'array', items: {} },
        ...repeated(COUNT, (index) => strict({ kind: kind(index) })),
      ],
    },
  ],
  [
    'hold each other',
    {
      anyOf: repeated(COUNT, (index) =>
        strict({ kind: kind(index), child: { anyOf: [{ type: 'null' }, { $ref: '#' }] } }),
      ),
    },
  ],
]

describe(`${COUNT} objects that are much alike`, () => {
  it.each(UNIONS)('are told apart within the ways of a large vocabulary: they %s', (_what, schema) => {
    const { ways } = compileJsonSchema(schema, { maxWays: maxWaysFor(VOCABULARY) })
    expect(ways).toBeLessThan(40)
  })

  it.each(UNIONS)('are exactly what their schema says: they %s', async (_what, schema) => {
    const validate = new Ajv2020({ strict: false }).compile(schema)
    const { grammar } = compileJsonSchema(schema, { maxWays: maxWaysFor(VOCABULARY) })
    const [read, theirs] = [readGrammar(grammar), await llamaGrammar(grammar)]
    const ours = new Matcher(read)
    const random = randomFrom(3)
    let refused = 0
    for (let count = 0; count < 60; count += 1) {
      const written = sampleText(read, random)
      const value: unknown = JSON.parse(written)
      expect(validate(value), written).toBe(true)
      expect(theirs.matches(written), written).toBe(true)
      for (const other of repeated(4, () => mutate(value as never, random))) {
        const spelled = JSON.stringify(other)
        if (validate(other)) continue
        refused += 1
        expect(ours.matches(spelled), spelled).toBe(false)
      }
    }
    expect(refused).toBeGreaterThan(50)
  })

  it('may each be written', () => {
    for (const [, schema] of UNIONS.slice(0, 2)) {
      const matcher = new Matcher(readGrammar(compileJsonSchema(schema).grammar))
      const isFirst = schema === UNIONS[0]?.[1]
      for (let index = 0; index < COUNT; index += 1) {
        const [own, others] = [{ kind: `kind_${index}` }, { id: index, note: 'x', at: null }]
        const spelled = JSON.stringify(isFirst ? { ...own, ...others } : { ...others, ...own })
        expect(matcher.matches(spelled), spelled).toBe(true)
        expect(matcher.matches(spelled.replace('kind_', 'kind_9')), spelled).toBe(index < 10)
      }
    }
  })
})

describe('common beginnings', () => {
  /** The grammar when so many ways are compared at most. */
  const shared = (words: readonly string[], maxCompared: number): string | undefined => {
    let count = 0
    const objects = words.map((word, index): [string, Expression] => [`object-${index}`, text(`{"${word}"}`)])
    const rules = new Map([['root', choice(...objects.map(([name]) => ref(name)))], ...objects])
    const reserve = (base: string) => `${base}-new${++count}`
    const made = shareBeginnings(rules, 'root', { reserve, spend: () => {}, maxCompared })
    return printRules(made, 'root')
  }

  it('are looked for up to so many ways, and are left as they are beyond', () => {
    const words = ['aab', 'aac', 'ad']
    // Three that begin with the bracket, three behind what is common, and two of these behind what these have in common.
    const whole = shared(words, 1_000)
    expect(whole).toContain('"{\\"a"')
    expect(shared(words, 7)).toBe(whole)
    expect(shared(words, 6)).not.toBe(whole)
    const matcher = new Matcher(readGrammar(shared(words, 1) ?? ''))
    for (const word of words) expect(matcher.matches(`{"${word}"}`)).toBe(true)
    expect(matcher.matches('{"aad"}')).toBe(false)
  })

  it.each([
    ['as many parts as are read', MAX_SPELLED_PARTS, true],
    ['one part more', MAX_SPELLED_PARTS + 1, false],
  ])('are looked for in lists of %s', (_what, parts, isShared) => {
    const names = ['x', 'y']
    const lists = names.map((name): [string, Expression] => {
      // The list is a part itself.
      const words = repeated(parts - 1, (index) => text(`${name}${index}`))
      return [`list-${name}`, choice(...words)]
    })
    const objects = names.map((name): [string, Expression] => [
      `object-${name}`,
      sequence(text('{"k":'), ref(`list-${name}`), text('}')),
    ])
    const rules = new Map([['root', choice(...objects.map(([name]) => ref(name)))], ...objects, ...lists])
    let count = 0
    const reserve = (base: string) => `${base}-new${++count}`
    const grammar = printRules(shareBeginnings(rules, 'root', { reserve, spend: () => {} }), 'root') ?? ''
    // Told apart by a letter, or by a list.
    expect(/"x" \(?/u.test(grammar)).toBe(isShared)
    const matcher = new Matcher(readGrammar(grammar))
    expect(names.map((name) => matcher.matches(`{"k":${name}7}`))).toEqual([true, true])
    expect(matcher.matches('{"k":z7}')).toBe(false)
  })
})
