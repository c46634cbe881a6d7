import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileJsonSchema } from '../../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import { Matcher } from '../gbnf/gbnf-matcher.ts'
import { readGrammar } from '../gbnf/gbnf-reader.ts'
import { randomFrom, sampleText } from '../gbnf/gbnf-sampler.ts'
import { llamaGrammar } from '../llama-grammar.ts'

// Ajv divides doubles: 0.07 / 0.01 is not whole to it without a precision.
const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 6, addUsedSchema: false })

const bounds = (value: fc.Arbitrary<number>) =>
  fc.record(
    { minimum: value, maximum: value, exclusiveMinimum: value, exclusiveMaximum: value },
    { requiredKeys: [] },
  )

/** Samples validate, and of `values` the grammar takes those that Ajv takes; nothing at all may be left. */
function checkAgainstAjv(schema: Record<string, unknown>, values: readonly number[], seed: number): void {
  const validate = ajv.compile(schema)
  let grammar: string | undefined
  try {
    grammar = compileJsonSchema(schema).grammar
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'invalid_request' })
  }
  const read = grammar === undefined ? undefined : readGrammar(grammar)
  const matcher = read && new Matcher(read)
  for (const value of values) {
    expect(matcher?.matches(JSON.stringify(value)) ?? false, `${value} for ${JSON.stringify(schema)}`).toBe(
      validate(value),
    )
  }
  const random = randomFrom(seed)
  for (let count = 0; read && count < 10; count += 1) {
    const text = sampleText(read, random)
    expect(validate(JSON.parse(text)), `${text} for ${JSON.stringify(schema)}`).toBe(true)
  }
}

describe('multipleOf', () => {
  it('writes exactly the whole multiples within the bounds', () => {
    const schemas = fc
      .tuple(fc.integer({ min: 1, max: 120 }), bounds(fc.integer({ min: -3_000, max: 3_000 })))
      .map(([multipleOf, limits]) => ({ type: 'number', multipleOf, ...limits }))
    const near = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 10, maxLength: 10 })
    fc.assert(
      fc.property(schemas, near, fc.integer(), (schema, counts, seed) => {
        const values = counts.flatMap((count) => [count * schema.multipleOf, count * schema.multipleOf + 1])
        checkAgainstAjv(schema, [...values, 0, 0.5], seed)
      }),
      { numRuns: 300 },
    )
  })

  it('writes exactly the decimals of so many digits within the bounds', () => {
    const value = fc.integer({ min: -200_000, max: 200_000 }).map((count) => count / 1000)
    // Bounded, since no precision of Ajv's is enough for decimals of fifteen digits.
    const limits = fc.record(
      { minimum: value, maximum: value, exclusiveMinimum: value, exclusiveMaximum: value },
      { requiredKeys: ['minimum', 'maximum'] },
    )
    const schemas = fc
      .tuple(fc.constantFrom(0.1, 0.01, 0.001), limits)
      .map(([multipleOf, bounds]) => ({ type: 'number', multipleOf, ...bounds }))
    fc.assert(
      fc.property(
        schemas,
        fc.array(value, { minLength: 20, maxLength: 20 }),
        fc.integer(),
        (schema, values, seed) => {
          const near = values.map((each) => Math.round(each / schema.multipleOf) * schema.multipleOf)
          const rounded = near.map((each) => Math.round(each * 1000) / 1000)
          checkAgainstAjv(schema, [...values, ...rounded, 0], seed)
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each<[rule: string, schema: Record<string, unknown>, accepted: string[], refused: string[]]>([
    ['ends in zeros', { multipleOf: 100, type: 'integer' }, ['0', '-300', '12345600'], ['50', '-0', '100.0']],
    [
      'has two decimals',
      { multipleOf: 0.01, type: 'number' },
      ['0.07', '-1.5', '19.99', '3'],
      ['0.001', '1e2'],
    ],
    [
      'is common to all schemas',
      { multipleOf: 4, allOf: [{ multipleOf: 6 }] },
      ['12', '24'],
      ['4', '6', '18'],
    ],
    [
      'is whole where one of two is',
      { multipleOf: 0.1, allOf: [{ multipleOf: 5 }] },
      ['5', '10'],
      ['0.5', '7'],
    ],
    ['drops other values of an enum', { multipleOf: 3, enum: [3, 4, 6.5, 9] }, ['3', '9'], ['4', '6.5']],
    ['may be large between near bounds', { multipleOf: 7e14, maximum: 9e14 }, ['700000000000000'], ['7']],
  ])('%s', async (_rule, schema, accepted, refused) => {
    const { grammar } = compileJsonSchema(schema)
    const [ours, theirs] = [new Matcher(readGrammar(grammar)), await llamaGrammar(grammar)]
    for (const text of accepted)
      expect([text, ours.matches(text), theirs.matches(text)]).toEqual([text, true, true])
    for (const text of refused)
      expect([text, ours.matches(text), theirs.matches(text)]).toEqual([text, false, false])
  })
})
