import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileJsonSchema } from '../../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import { Matcher } from '../gbnf/gbnf-matcher.ts'
import { readGrammar } from '../gbnf/gbnf-reader.ts'
import { randomFrom, sampleText } from '../gbnf/gbnf-sampler.ts'

const bound = fc.oneof(
  fc.integer({ min: -1200, max: 1200 }),
  fc.integer({ min: -9_999_999_999, max: 9_999_999_999 }),
  fc.integer({ min: -99_999, max: 99_999 }).map((value) => value / 1000),
)
const bounds = fc
  .record({
    type: fc.constantFrom('integer', 'number'),
    low: fc.option(bound, { nil: undefined }),
    high: fc.option(bound, { nil: undefined }),
    isLowOpen: fc.boolean(),
    isHighOpen: fc.boolean(),
  })
  .filter(({ low, high }) => low === undefined || high === undefined || low + 1 < high)

it('takes exactly the numbers within the bounds', () => {
  fc.assert(
    fc.property(
      bounds,
      fc.array(bound, { minLength: 8, maxLength: 8 }),
      fc.integer(),
      (limits, values, seed) => {
        const { type, low, high, isLowOpen, isHighOpen } = limits
        const schema = {
          type,
          ...(low === undefined ? {} : { [isLowOpen ? 'exclusiveMinimum' : 'minimum']: low }),
          ...(high === undefined ? {} : { [isHighOpen ? 'exclusiveMaximum' : 'maximum']: high }),
        }
        const isValid = (value: number): boolean =>
          (type === 'number' || Number.isInteger(value)) &&
          (low === undefined || (isLowOpen ? value > low : value >= low)) &&
          (high === undefined || (isHighOpen ? value < high : value <= high))
        const grammar = readGrammar(compileJsonSchema(schema).grammar)
        const matcher = new Matcher(grammar)
        const near = [low, high].flatMap((at = 0) => [
          at,
          at - 1,
          at + 1,
          at - 0.001,
          at + 0.001,
          Math.trunc(at),
        ])
        const rounded = near.map((value) => Math.round(value * 1000) / 1000)
        for (const value of [...values, ...rounded, 0]) {
          expect(matcher.matches(JSON.stringify(value)), `${value} for ${JSON.stringify(schema)}`).toBe(
            isValid(value),
          )
        }
        const random = randomFrom(seed)
        for (let count = 0; count < 5; count += 1) {
          const text = sampleText(grammar, random)
          expect(isValid(JSON.parse(text)), `${text} for ${JSON.stringify(schema)}`).toBe(true)
        }
      },
    ),
    { numRuns: 300 },
  )
})
