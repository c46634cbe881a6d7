import { describe, expect, it } from 'vitest'
import { compileJsonSchema } from '../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import {
  MAX_ALTERNATIVES,
  MAX_IN_PLACE_DEPTH,
  MAX_PROPERTIES,
  MAX_REPETITIONS,
  MAX_SCHEMA_DEPTH,
  MAX_SCHEMA_NODES,
} from '../../../../gpu-node/engine/grammar/limits.ts'
import { leftRecursions, Matcher } from './gbnf-matcher.ts'
import { readGrammar } from './gbnf-reader.ts'
import { llamaGrammar } from './llama-grammar.ts'

type Schema = Record<string, unknown>
const matcherOf = (schema: unknown): Matcher => new Matcher(readGrammar(compileJsonSchema(schema).grammar))
const closed = (properties: Schema, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const repeated = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

describe('compileJsonSchema', () => {
  it.each<[rule: string, schema: unknown, accepted: string[], refused: string[]]>([
    [
      'keeps the declared order',
      closed({ b: {}, a: {} }),
      ['{}', '{"b":1}', '{"a":1}', '{"b":1,"a":2}'],
      ['{"a":2,"b":1}'],
    ],
    [
      'allows one space after a colon or a comma, and no other white space',
      { type: 'array', items: closed({ a: { type: 'null' } }) },
      ['[{"a": null}, {}]', '[{"a":null},{}]'],
      ['[ {}]', '[{}] ', ' []', '[{"a":  null}]', '[{},\n{}]', '[{} ,{}]'],
    ],
    [
      'repeats no declared name among the additional ones, however it is spelled',
      { type: 'object', properties: { age: { type: 'integer' } }, additionalProperties: { type: 'string' } },
      ['{"age":1,"ag":"x","ages":"x","":"y"}', '{"x":"1"}'],
      ['{"age":"x"}', '{"age":1,"age":"x"}', '{"\\u0061ge":"x"}', '{"x":1}'],
    ],
    [
      'takes strings in every spelling, a surrogate pair as one character',
      { type: 'string', minLength: 1, maxLength: 2 },
      ['"a"', '"\\u0041\\n"', '"😀\\ud83d\\uDE00"', '"\\/\\""', '"\\\\"'],
      ['""', '"abc"', '"\\ud83d"', '"\\ude00"', '"\n"', '"\\x41"', '"\\u00g0"', '"\u001f"', '"a'],
    ],
    [
      'bounds the digits of numbers',
      { type: ['number', 'array'], items: { type: 'integer' } },
      ['-0.5', '1e10', '-1.25E-7', '[0,-1,9007199254740993]', '0'],
      [
        '01',
        '1.',
        '.5',
        '+1',
        '1e999',
        `1${'0'.repeat(30)}`,
        '[-0]',
        '[1.0]',
        '[1e3]',
        `0.${'3'.repeat(40)}`,
      ],
    ],
    [
      'counts declared properties',
      { ...closed({ a: {}, b: {}, c: {} }), minProperties: 1, maxProperties: 2 },
      ['{"a":1}', '{"b":1,"c":1}', '{"a":1,"c":1}'],
      ['{}', '{"a":1,"b":1,"c":1}'],
    ],
    [
      'counts additional properties, one of them towards the least',
      { type: 'object', minProperties: 1, maxProperties: 2 },
      ['{"a":1}', '{"a":1,"b":2}'],
      ['{}', '{"a":1,"b":2,"c":3}'],
    ],
    [
      'puts an undeclared name that is required among the declared ones',
      { type: 'object', required: ['id'], additionalProperties: { type: 'integer' } },
      ['{"id":1}', '{"id":1,"x":2}'],
      ['{}', '{"id":"1"}', '{"x":2}'],
    ],
    [
      'sorts names by pattern',
      {
        type: 'object',
        patternProperties: { '^s_': { type: 'string' }, n$: { minLength: 2 } },
        additionalProperties: false,
      },
      ['{"s_a":"x","s_n":"xy","n":1}', '{}'],
      ['{"a":1}', '{"s_a":1}', '{"s_n":"x"}', '{"an":"x"}'],
    ],
    [
      'checks names',
      { type: 'object', propertyNames: { pattern: '^[a-z]+$', maxLength: 3 } },
      ['{"abc":1}', '{}'],
      ['{"abcd":1}', '{"A":1}', '{"":1}'],
    ],
    [
      'reads recursive schemas',
      {
        $ref: '#/$defs/node',
        $defs: { node: closed({ next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } }, ['next']) },
      },
      ['{"next":null}', '{"next":{"next":{"next":null}}}'],
      ['{"next":{}}', 'null'],
    ],
    ['reads "#"', closed({ child: { $ref: '#' } }), ['{"child":{"child":{}}}'], ['{"child":1}']],
    [
      'merges allOf',
      {
        allOf: [
          { properties: { a: { type: 'integer' } }, required: ['a'] },
          { properties: { a: { minimum: 3 }, b: {} } },
        ],
        type: 'object',
      },
      ['{"a":3}', '{"a":4,"b":1}'],
      ['{"a":2}', '{"a":3.5}', '{"b":1}'],
    ],
    [
      'takes oneOf that is told apart by a property',
      {
        oneOf: [
          closed({ kind: { const: 'a' }, x: { type: 'integer' } }, ['kind']),
          closed({ kind: { const: 'b' } }, ['kind']),
        ],
      },
      ['{"kind":"a","x":1}', '{"kind":"b"}'],
      ['{"kind":"b","x":1}', '{"kind":"c"}'],
    ],
    [
      'takes oneOf that only its neighbours tell apart',
      {
        type: 'object',
        required: ['k'],
        oneOf: [{ properties: { k: { enum: [1, 2] } } }, { properties: { k: { enum: [3] } } }],
      },
      ['{"k":1}', '{"k":3}'],
      ['{"k":4}', '{}'],
    ],
    [
      'takes oneOf of a recursive schema',
      {
        $ref: '#/$defs/sum',
        $defs: {
          sum: {
            oneOf: [
              { type: 'integer' },
              {
                type: 'array',
                prefixItems: [{ $ref: '#/$defs/sum' }, { $ref: '#/$defs/sum' }],
                items: false,
              },
            ],
          },
        },
      },
      ['1', '[1,[2,3]]'],
      ['[1,2,3]', '"x"'],
    ],
    [
      'combines patterns, formats and lengths',
      { type: 'string', pattern: '^[a-f]', maxLength: 3, allOf: [{ pattern: '9$' }] },
      ['"a9"', '"ab9"', '"f\\n9"'],
      ['"9"', '"abc9"', '"a"', '"g9"'],
    ],
    [
      'writes enums of every type',
      { enum: ['a"', 'ab', null, 1.5, { x: [1] }] },
      ['"a\\""', '"ab"', 'null', '1.5', '{"x":[1]}'],
      ['"a"', '1', '{}'],
    ],
    [
      'drops enum values that fail the rest',
      { enum: [1, 'x', { a: 1 }, { a: 'y' }], properties: { a: { type: 'string' } }, minimum: 2 },
      ['"x"', '{"a":"y"}'],
      ['1', '{"a":1}'],
    ],
    [
      'ignores annotations',
      { type: 'null', title: 't', default: 1, format: 'int32', nullable: true, $comment: 'x' },
      ['null'],
      ['1'],
    ],
    ['takes formats that are not defined as annotations', { type: 'string', format: 'binary' }, ['"x"'], []],
    [
      'keeps optional properties that are impossible out',
      closed({ a: false, b: {} }),
      ['{"b":1}'],
      ['{"a":1}'],
    ],
    [
      'lets lists end where an item is impossible',
      { type: 'array', prefixItems: [{}, false] },
      ['[]', '[1]'],
      ['[1,2]'],
    ],
    [
      'takes names that objects inherit',
      closed({ constructor: {}, toString: {} }, ['toString']),
      ['{"toString":1}'],
      ['{}'],
    ],
  ])('%s', async (_rule, schema, accepted, refused) => {
    const { grammar } = compileJsonSchema(schema)
    const [ours, theirs] = [matcherOf(schema), await llamaGrammar(grammar)]
    expect(leftRecursions(readGrammar(grammar))).toEqual([])
    for (const text of accepted)
      expect([text, ours.matches(text), theirs.matches(text)]).toEqual([text, true, true])
    for (const text of refused)
      expect([text, ours.matches(text), theirs.matches(text)]).toEqual([text, false, false])
  })
})

describe('compileJsonSchema, refusing', () => {
  const at = 'response_format.json_schema.schema'

  it.each<[param: string, schema: unknown]>([
    ['properties.age.multipleOf', closed({ age: { type: 'integer', multipleOf: 5 } })],
    ['not', { not: {} }],
    ['anyOf.1.if', { anyOf: [{}, { if: {} }] }],
    ['dependentRequired', { dependentRequired: {} }],
    ['dependentSchemas', { dependentSchemas: {} }],
    ['contains', { contains: {} }],
    ['unevaluatedProperties', { unevaluatedProperties: false }],
    ['unevaluatedItems', { unevaluatedItems: false }],
    ['uniqueItems', { uniqueItems: true }],
    ['$dynamicRef', { $dynamicRef: '#x' }],
    ['$ref', { $ref: 'https://example.com/schema' }],
    ['$ref', { $ref: '#/$defs/none' }],
    ['$ref', { $ref: '#%zz' }],
    ['properties.a.$id', { properties: { a: { $id: 'x' } } }],
    ['format', { format: 'idn-email' }],
    ['pattern', { pattern: '(?=x)' }],
    ['oneOf', { oneOf: [{ type: 'integer' }, { type: 'number' }] }],
    ['type', { type: 'text' }],
    ['type', { type: [] }],
    ['required', { required: 'a' }],
    ['items', { items: [{}] }],
    ['anyOf', { anyOf: [] }],
    ['enum', { enum: [] }],
    ['properties.a', { properties: { a: 1 } }],
    ['minLength', { minLength: -1 }],
    ['minLength', { minLength: 3, maxLength: 2 }],
    ['minItems', { minItems: 3, maxItems: 2 }],
    ['minimum', { type: 'integer', minimum: 3, maximum: 2 }],
    ['exclusiveMinimum', { exclusiveMinimum: true }],
    ['minimum', { type: 'number', minimum: 1e300 }],
    ['maxLength', { maxLength: MAX_REPETITIONS + 1 }],
    ['properties.a', closed({ a: false }, ['a'])],
    ['', closed({ a: { $ref: '#' } }, ['a'])],
    ['', { $ref: '#' }],
    ['', { type: 'object', minProperties: 3 }],
    ['', 'string'],
    ['', null],
    ['', []],
  ])('names %s in %j', (param, schema) => {
    const expected = param === '' ? at : `${at}.${param}`
    expect(() => compileJsonSchema(schema, { param: at })).toThrowError(
      expect.objectContaining({ name: 'AppError', code: 'invalid_request', param: expected }),
    )
  })

  const deep = (levels: number): unknown => (levels === 0 ? {} : { items: deep(levels - 1) })
  const chain = (length: number): Schema => ({
    $ref: '#/$defs/0',
    $defs: repeated(length, (index) =>
      index === length - 1 ? { type: 'null' } : { $ref: `#/$defs/${index + 1}` },
    ),
  })
  const options = (count: number): Schema => ({
    anyOf: repeated(count, (index) => ({ minLength: index, type: 'string', pattern: 'x' })),
  })

  it.each<[limit: string, reason: string, within: unknown, beyond: unknown]>([
    ['depth', 'deep', deep(MAX_SCHEMA_DEPTH - 1), deep(MAX_SCHEMA_DEPTH + 1)],
    [
      'size',
      'holds more than',
      { examples: repeated(MAX_SCHEMA_NODES - 2, () => 0) },
      { examples: repeated(MAX_SCHEMA_NODES, () => 0) },
    ],
    ['references', 'references', chain(MAX_IN_PLACE_DEPTH - 1), chain(MAX_IN_PLACE_DEPTH)],
    [
      'enum',
      'holds more than',
      { enum: repeated(MAX_ALTERNATIVES, String) },
      { enum: repeated(MAX_ALTERNATIVES + 1, String) },
    ],
    [
      'properties',
      'properties',
      closed(Object.fromEntries(repeated(MAX_PROPERTIES, (index) => [`p${index}`, {}]))),
      closed(Object.fromEntries(repeated(MAX_PROPERTIES + 1, (index) => [`p${index}`, {}]))),
    ],
    [
      'alternatives',
      'kinds of value',
      { allOf: repeated(4, () => options(1)) },
      {
        allOf: [1, 2, 3].map((step) => ({
          anyOf: repeated(40, (index) => ({ minLength: index * step, pattern: `${step}x${index}` })),
        })),
      },
    ],
  ])('keeps the limit of %s', (_limit, reason, within, beyond) => {
    expect(() => compileJsonSchema(within)).not.toThrow()
    expect(() => compileJsonSchema(beyond)).toThrow(reason)
  })
})

describe('grammars for llama.cpp', () => {
  it.each([199, 200, 201, 1_999, 2_000, 2_001, 5_000, MAX_REPETITIONS])(
    'say a length of %i exactly',
    async (length) => {
      const { grammar } = compileJsonSchema({ type: 'string', minLength: length - 1, maxLength: length })
      const llama = await llamaGrammar(grammar)
      const matches = [length - 2, length - 1, length, length + 1].map((count) =>
        llama.matches(JSON.stringify('a'.repeat(count))),
      )
      expect(matches).toEqual([false, true, true, false])
    },
  )

  it('follow few ways at once through long texts', () => {
    const matcher = matcherOf({ type: 'string', maxLength: 20_000 })
    expect(matcher.matches(JSON.stringify('a'.repeat(20_000)))).toBe(true)
    expect(matcher.widest).toBeLessThan(10)
  })

  it.each([
    ['1,000 enum values', { enum: repeated(1_000, (index) => `value ${index}`) }, '"value 999"'],
    [
      '500 optional properties',
      closed(Object.fromEntries(repeated(500, (index) => [`p${index}`, {}]))),
      '{"p499":1}',
    ],
    [
      'a reference in many places',
      { anyOf: repeated(50, () => ({ $ref: '#/$defs/a' })), $defs: { a: { type: 'null' } } },
      'null',
    ],
    ['maxItems 5,000', { type: 'array', items: {}, maxItems: 5_000 }, '[1,2]'],
    [
      'every format',
      closed(
        Object.fromEntries(
          ['ipv6', 'email', 'date-time', 'uri', 'duration'].map((format) => [
            format,
            { type: 'string', format },
          ]),
        ),
      ),
      '{"ipv6":"::1"}',
    ],
  ])('are taken with %s', async (_what, schema, text) => {
    const started = performance.now()
    const { grammar } = compileJsonSchema(schema)
    expect(performance.now() - started).toBeLessThan(2_000)
    expect((await llamaGrammar(grammar)).matches(text)).toBe(true)
  })

  it('are compiled or refused within seconds, whatever the schema', () => {
    const layered = Object.fromEntries(
      repeated(40, (index) => [
        `a${index}`,
        index === 39
          ? { type: 'string' }
          : { anyOf: [{ $ref: `#/$defs/a${index + 1}` }, { $ref: `#/$defs/a${index + 1}` }] },
      ]),
    )
    const hostile: unknown[] = [
      { $ref: '#/$defs/a0', $defs: layered },
      { pattern: '(a?){3000}b' },
      { pattern: `^(${repeated(2_000, (index) => String.fromCodePoint(0x4e00 + index)).join('|')}){0,9}$` },
      { patternProperties: Object.fromEntries(repeated(4, (index) => [`${index}.{9}$`, {}])) },
      { allOf: repeated(12, (index) => ({ pattern: `[${index % 10}].{6}x` })) },
    ]
    const started = performance.now()
    for (const schema of hostile) {
      try {
        compileJsonSchema(schema)
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'invalid_request' })
      }
    }
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})
