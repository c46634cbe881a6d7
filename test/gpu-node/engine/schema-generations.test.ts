import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GREEDY } from '../../support/sampling.ts'
import { schemaCase } from './grammar/schema-arbitrary.ts'
import { RunningEngine } from './running-engine.ts'

/** How many schemas are tried; 1,000 with `SCHEMA_GENERATIONS=1000`, which takes some minutes. */
const COUNT = Number(process.env.SCHEMA_GENERATIONS ?? 200)
const SEED = Number(process.env.SCHEMA_SEED ?? 3)
const AT_ONCE = 32

const ajv = new Ajv2020({ strict: false, validateFormats: false, addUsedSchema: false })

let running: RunningEngine

beforeAll(async () => {
  running = await RunningEngine.create({ contextTokens: 1_024 })
})
afterAll(() => running.engine.close())

/** `whole` when the model ended the answer by itself. */
async function generate(schema: Record<string, unknown>, seed: number): Promise<'whole' | 'cut'> {
  const sampling = { ...GREEDY, temperature: 1 + (seed % 11) / 10, seed }
  const { text, end } = await running.chat('Tell me something.', {
    format: { schema },
    sampling,
    maxTokens: 300,
  }).outcome
  const about = `seed ${seed}, schema ${JSON.stringify(schema)}, answer ${text}, end ${JSON.stringify(end)}`
  expect(end.type, about).toBe('call.end')
  if (end.type === 'call.end' && end.finishReason === 'length') return 'cut'
  expect(() => JSON.parse(text), about).not.toThrow()
  expect(ajv.compile(schema)(JSON.parse(text)), about).toBe(true)
  return 'whole'
}

describe('answers under random schemas', () => {
  it(`are valid, ${COUNT} times`, { timeout: 30_000 + COUNT * 1_000 }, async () => {
    const schemas = fc.sample(schemaCase, { numRuns: COUNT, seed: SEED }).map(({ schema }) => schema)
    let cut = 0
    for (let at = 0; at < schemas.length; at += AT_ONCE) {
      const part = schemas.slice(at, at + AT_ONCE)
      const results = await Promise.all(part.map((schema, index) => generate(schema, at + index)))
      cut += results.filter((result) => result === 'cut').length
    }
    // Values without an end of their own, such as lists of anything, are cut now and then.
    expect(cut).toBeLessThan(COUNT / 2)
    if (process.env.SCHEMA_GENERATIONS)
      console.info(`${COUNT - cut} whole answers, ${cut} cut by their limit`)
  })
})
