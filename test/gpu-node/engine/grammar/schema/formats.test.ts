import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats, { type FormatName } from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { compileJsonSchema } from '../../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import { FORMATS } from '../../../../../gpu-node/engine/grammar/schema/formats.ts'
import { readGrammar } from '../gbnf/gbnf-reader.ts'
import { randomFrom, sampleText } from '../gbnf/gbnf-sampler.ts'

/** Different texts of each format. */
const SAMPLES = 250

const ajv = new Ajv2020({ strict: false })
addFormats.default(ajv, Object.keys(FORMATS) as FormatName[])

describe('every supported format', () => {
  it.each(Object.keys(FORMATS))('writes what ajv-formats takes: %s', (format) => {
    const schema = { type: 'string', format }
    const validate = ajv.compile(schema)
    const grammar = readGrammar(compileJsonSchema(schema).grammar)
    const random = randomFrom(7)
    const texts = new Set<string>()
    for (let budget = 0; texts.size < SAMPLES; budget = (budget + 1) % 80) {
      texts.add(sampleText(grammar, random, budget))
    }
    expect([...texts].filter((text) => !validate(JSON.parse(text)))).toEqual([])
  })
})
