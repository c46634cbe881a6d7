import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SEED, timesOf } from '../../support/property-runs.ts'
import { GREEDY } from '../../support/sampling.ts'
import { schemaCase } from './grammar/schema-arbitrary.ts'
import { type Outcome, RunningEngine } from './running-engine.ts'
import { byteToken } from './starter-file.ts'

const COUNT = timesOf(100, 1_000)
const AT_ONCE = 32

/** The tokens that the model writes of its own accord. */
const FREE_TOKENS = 40
const MAX_TOKENS = 400
/** The ends of strings, lists and objects, and the letter without which `b+` does not end. */
const ENDINGS: [number, number][] = [
  [byteToken('"'), 30],
  [byteToken(']'), 20],
  [byteToken('}'), 20],
  [byteToken('b'), 25],
]

const ajv = new Ajv2020({ strict: false, validateFormats: false, addUsedSchema: false })

let running: RunningEngine

beforeAll(async () => {
  running = await RunningEngine.create({ contextTokens: 1_024 })
})
afterAll(() => running.engine.close())

/**
 * A random model has no wish to end, and some values, such as lists of anything, need not. So what it has not ended by
 * itself is resumed, as a moved answer would be, and led to its end.
 */
async function answerUnder(schema: Record<string, unknown>, seed: number): Promise<Outcome> {
  const request = {
    format: { schema },
    sampling: { ...GREEDY, temperature: 1 + (seed % 11) / 10, seed },
    maxTokens: FREE_TOKENS,
  }
  const first = await running.chat('Tell me something.', request).outcome
  if (first.end.type !== 'call.end' || first.end.finishReason !== 'length') return first
  // The last piece tells what was held at the limit, such as half a character: before it, the answer is as a moved one.
  const had = first.deltas.slice(0, -1)
  const over = {
    resume: had.flatMap(([, , tokens]) => tokens),
    logitBias: ENDINGS,
    maxTokens: MAX_TOKENS,
  }
  const rest = await running.chat('Tell me something.', { ...request, ...over }).outcome
  return { ...rest, text: had.map(([, text]) => text).join('') + rest.text }
}

async function generate(schema: Record<string, unknown>, seed: number): Promise<void> {
  const { text, end } = await answerUnder(schema, seed)
  const about = `seed ${seed}, schema ${JSON.stringify(schema)}, answer ${text}, end ${JSON.stringify(end)}`
  expect(end, about).toMatchObject({ type: 'call.end', finishReason: 'stop' })
  expect(() => JSON.parse(text), about).not.toThrow()
  expect(ajv.compile(schema)(JSON.parse(text)), about).toBe(true)
}

describe('answers under random schemas', () => {
  it(`are whole and valid, ${COUNT} times (seed ${SEED})`, { timeout: 30_000 + COUNT * 1_000 }, async () => {
    const schemas = fc.sample(schemaCase, { numRuns: COUNT, seed: SEED }).map(({ schema }) => schema)
    for (let at = 0; at < schemas.length; at += AT_ONCE) {
      const part = schemas.slice(at, at + AT_ONCE)
      await Promise.all(part.map((schema, index) => generate(schema, SEED + at + index)))
    }
  })
})
