import { describe, expect, it } from 'vitest'
import { compileJsonSchema } from '../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import { MAX_REPETITIONS } from '../../../../gpu-node/engine/grammar/limits.ts'
import { leftRecursions, Matcher } from './gbnf/gbnf-matcher.ts'
import { readGrammar } from './gbnf/gbnf-reader.ts'
import { llamaGrammar } from './llama-grammar.ts'

type Schema = Record<string, unknown>
const matcherOf = (schema: unknown): Matcher => new Matcher(readGrammar(compileJsonSchema(schema).grammar))
const closed = (properties: Schema, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
/** Strings that begin in `count` different ways. */
const lengths = (count: number, step: number): Schema[] =>
  repeated(count, (index) => ({ type: 'string', pattern: `^${'ab'.repeat(step)}{${index + 1}}` }))
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
      'asks for one property at least',
      { properties: { a: {} }, type: 'object', minProperties: 1 },
      ['{"a":1}', '{"b":1,"c":2}'],
      ['{}'],
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
      'ignores annotations, and what vendors call their own',
      {
        type: 'null',
        title: 't',
        description: 'd',
        default: 1,
        examples: [1],
        deprecated: true,
        readOnly: true,
        writeOnly: false,
        $comment: 'x',
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: 'https://example.com/schema',
        'x-order': 1,
      },
      ['null'],
      ['1'],
    ],
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
    ['properties.age.multipleOf', closed({ age: { type: 'number', multipleOf: 0.05 } })],
    ['multipleOf', { multipleOf: 0 }],
    ['nullable', { type: 'string', nullable: true }],
    ['properties.a.maxLenght', closed({ a: { type: 'string', maxLenght: 3 } })],
    ['format', { type: 'string', format: 'phone' }],
    ['format', { type: 'integer', format: 'int32' }],
    ['format', { format: 'constructor' }],
    ['__proto__', JSON.parse('{"__proto__":{}}')],
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
    ['minProperties', { type: 'object', minProperties: 3 }],
    ['allOf.1.minProperties', { type: 'object', allOf: [{ minProperties: 1 }, { minProperties: 2 }] }],
    ['pattern', { pattern: '^[ab]*a[ab]{14}$' }],
    ['items.maxLength', { items: { type: 'string', pattern: 'a.{9}$', maxLength: 900 } }],
    ['items.minLength', { items: { type: 'string', format: 'uri', minLength: 5000 } }],
    ['allOf.1.pattern', { allOf: [{ pattern: 'a.{7}$' }, { pattern: 'b.{9}c' }] }],
    ['allOf', { type: 'string', allOf: [1, 2].map((step) => ({ anyOf: lengths(60, step) })) }],
    ['', 'string'],
    ['', null],
    ['', []],
  ])('names %s in %j', (param, schema) => {
    const expected = param === '' ? at : `${at}.${param}`
    expect(() => compileJsonSchema(schema, { param: at })).toThrowError(
      expect.objectContaining({ name: 'AppError', code: 'invalid_request', param: expected }),
    )
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

  it.each<[name: string, nameOf: (index: number) => string, required: readonly string[]]>([
    ['numbered', (index) => `p${index}`, []],
    ['of one beginning', (index) => `customer ${index % 7} "${index}" \u{1f600}`, []],
    ['with some that are required', (index) => `q${index}`, ['q128', 'q300']],
  ])('follow few ways at once through 500 optional names: %s', async (_names, nameOf, required) => {
    const names = repeated(500, nameOf)
    const { grammar } = compileJsonSchema({
      ...closed(Object.fromEntries(names.map((name) => [name, { type: 'null' }])), required),
      additionalProperties: { type: 'null' },
    })
    const [ours, theirs] = [new Matcher(readGrammar(grammar)), await llamaGrammar(grammar)]
    const textOf = (some: readonly string[]): string =>
      JSON.stringify(Object.fromEntries(some.map((name) => [name, null])))
    const chosen = names.filter((name, index) => index % 3 === 0 || required.includes(name))
    for (const text of [textOf(names), textOf(chosen), textOf([...chosen, 'other'])])
      expect([ours.matches(text), theirs.matches(text)]).toEqual([true, true])
    for (const text of [textOf(chosen.toReversed()), textOf(['other', ...chosen])])
      expect([ours.matches(text), theirs.matches(text)]).toEqual([false, false])
    expect(ours.widest).toBeLessThan(40)
  })

  it('say what schemas repeat once', () => {
    const address = closed({ city: { type: 'string', maxLength: 80 }, zip: { pattern: '^\\d{5}$' } })
    const many = (count: number): string =>
      compileJsonSchema({ type: 'array', prefixItems: repeated(count, () => address) }).grammar
    expect(many(50).match(/zip/gu)).toHaveLength(many(1).match(/zip/gu)?.length ?? 0)
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
    const { grammar } = compileJsonSchema(schema)
    expect((await llamaGrammar(grammar)).matches(text)).toBe(true)
  })

  it('are compiled or refused, whatever the schema', () => {
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
    for (const schema of hostile) {
      try {
        compileJsonSchema(schema)
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'invalid_request' })
      }
    }
  }, 20_000)
})
