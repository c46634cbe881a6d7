import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileJsonSchema } from '../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import { leftRecursions, Matcher } from './gbnf/gbnf-matcher.ts'
import { readGrammar } from './gbnf/gbnf-reader.ts'
import { randomFrom, sampleText } from './gbnf/gbnf-sampler.ts'
import { llamaGrammar } from './llama-grammar.ts'
import { mutate, schemaCase } from './schema-arbitrary.ts'

const ajv = new Ajv2020({ strict: false, validateFormats: false, addUsedSchema: false })

describe('grammars of random schemas', () => {
  it('accept valid values, refuse mutated ones, and write nothing else', () => {
    let refusals = 0
    fc.assert(
      fc.property(schemaCase, fc.integer(), ({ schema, values }, seed) => {
        const validate = ajv.compile(schema)
        const compiled = compileJsonSchema(schema, { maxWays: Number.POSITIVE_INFINITY })
        const grammar = readGrammar(compiled.grammar)
        expect(leftRecursions(grammar)).toEqual([])
        const matcher = new Matcher(grammar)
        const random = randomFrom(seed)
        for (const value of values) {
          expect(validate(value), `Ajv on ${JSON.stringify(value)}`).toBe(true)
          expect(matcher.matches(JSON.stringify(value)), JSON.stringify(value)).toBe(true)
          const mutated = Array.from({ length: 5 }, () => mutate(value, random)).filter(
            (other) => !validate(other),
          )
          refusals += mutated.length
          for (const other of mutated)
            expect(matcher.matches(JSON.stringify(other)), JSON.stringify(other)).toBe(false)
        }
        for (let count = 0; count < 5; count += 1) {
          const text = sampleText(grammar, random)
          expect(matcher.matches(text)).toBe(true)
          expect(validate(JSON.parse(text)), `written: ${text}`).toBe(true)
        }
        // The matcher counts the end of the whole as a way, too.
        expect(matcher.widest).toBeLessThanOrEqual((compiled.ways ?? 0) + 1)
      }),
      { numRuns: 400 },
    )
    expect(refusals).toBeGreaterThan(1_000)
  })

  it('mean the same to llama.cpp', async () => {
    await fc.assert(
      fc.asyncProperty(schemaCase, fc.integer(), async ({ schema, values }, seed) => {
        const { grammar } = compileJsonSchema(schema)
        const [ours, theirs] = [new Matcher(readGrammar(grammar)), await llamaGrammar(grammar)]
        const random = randomFrom(seed)
        for (const value of values.flatMap((valid) => [valid, mutate(valid, random)])) {
          const text = JSON.stringify(value)
          expect(theirs.matches(text), text).toBe(ours.matches(text))
        }
      }),
      { numRuns: 100 },
    )
  })
})
