import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COUNTED_CHARACTERS, countedPieces } from '../../../worker/services/inference/counted-pieces.ts'
import { RunningEngine } from './running-engine.ts'

let running: RunningEngine
beforeAll(async () => {
  running = await RunningEngine.create()
})
afterAll(() => running.engine.close())

const count = async (texts: string[]) => {
  const { end, vectors } = await running.count(texts).outcome
  expect(vectors).toEqual([])
  if (end.type !== 'call.end') throw new Error(end.message)
  return end.usage.promptTokens
}

describe('the tokens of texts', () => {
  it('are counted by the model’s own tokenizer, without what it wants around them', async () => {
    const [one, two] = [await count(['Hello']), await count(['The capital of France is Paris.'])]
    expect(one).toBeGreaterThan(0)
    expect(two).toBeGreaterThan(one)
    expect(await count(['Hello', 'The capital of France is Paris.'])).toBe(one + two)
    // An embedding has at least those, and perhaps the beginning that the model wants.
    const { end } = await running.embed(['Hello']).outcome
    expect(end).toMatchObject({ type: 'call.end', usage: { promptTokens: expect.any(Number) } })
  })

  it('may be more than its context holds', async () => {
    const text = 'The capital of France is Paris. '.repeat(2_000)
    expect(await count([text])).toBeGreaterThan(10_000)
  })

  it('are as many in pieces as in one', async () => {
    const text = 'The capital of France is Paris.\nA second line, with numbers 1 2 3. '.repeat(1_000)
    expect(text.length).toBeGreaterThan(2 * COUNTED_CHARACTERS)
    expect(await count(countedPieces(text))).toBe(await count([text]))
  })
})
