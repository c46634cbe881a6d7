import { describe, expect, it } from 'vitest'
import { MEASURED_STEPS } from '../../../../gpu-node/engine/native/measured.ts'
import {
  GUESS_LENGTHS,
  GuessRecord,
  MAX_GUESS,
  RECHECK_GUESS_STEPS,
  Speculation,
} from '../../../../gpu-node/engine/native/speculation.ts'

/** Milliseconds of a step that checks so many guesses. */
type Cost = (guesses: number) => number

/** Rows are nearly free. */
const gpu: Cost = (guesses) => 10 + guesses / 10
/** As measured with 135M Q8_0 on one thread: two rows are dear. */
const cpu: Cost = (guesses) => (guesses === 0 ? 10 : 26 + 3 * guesses)

/** Runs steps as they are chosen, and says how many guesses each checked. */
function run(speculation: Speculation, steps: number, { cost, hits, available = MAX_GUESS }: Run): number[] {
  return Array.from({ length: steps }, () => {
    const length = speculation.lengthFor(available, { hits })
    speculation.note(length, cost(length))
    return length
  })
}
interface Run {
  cost: Cost
  hits: number
  available?: number
}
const LEARNING_STEPS = MEASURED_STEPS * (1 + GUESS_LENGTHS.length)

describe('Speculation', () => {
  it('guesses as far as it can where rows are free and guesses are right', () => {
    const speculation = new Speculation()
    run(speculation, LEARNING_STEPS, { cost: gpu, hits: 0.95 })
    expect(run(speculation, 1, { cost: gpu, hits: 0.95 })).toEqual([MAX_GUESS])
  })

  it('guesses less far where guesses are often wrong, and not at all where they always are', () => {
    const speculation = new Speculation()
    run(speculation, LEARNING_STEPS, { cost: gpu, hits: 0.9 })
    const [few = MAX_GUESS] = run(speculation, 1, { cost: gpu, hits: 0.3 })
    expect(few).toBeGreaterThan(0)
    expect(few).toBeLessThan(MAX_GUESS)
    expect(run(speculation, 1, { cost: gpu, hits: 0.01 })).toEqual([0])
  })

  it('never guesses further than there is a guess', () => {
    const speculation = new Speculation()
    run(speculation, LEARNING_STEPS, { cost: gpu, hits: 0.95 })
    expect(run(speculation, 1, { cost: gpu, hits: 0.95, available: 3 })).toEqual([2])
    expect(run(speculation, 1, { cost: gpu, hits: 0.95, available: 0 })).toEqual([0])
  })

  it('tries one guess where rows are dear, a few times, and no longer ones as long as guesses are often wrong', () => {
    const tried = run(new Speculation(), 100, { cost: cpu, hits: 0.5 })
    expect(tried.filter((length) => length > 0)).toEqual(Array.from({ length: MEASURED_STEPS }, () => 1))
  })

  it('guesses far where rows are dear and guesses nearly always right', () => {
    expect(run(new Speculation(), 100, { cost: cpu, hits: 0.98 }).at(-1)).toBe(MAX_GUESS)
  })

  it('tries nothing before it knows what a step without a guess takes', () => {
    const tried = run(new Speculation(), MEASURED_STEPS, { cost: gpu, hits: 1 })
    expect(new Set(tried)).toEqual(new Set([0]))
  })

  it('asks for the price again after a while', () => {
    const speculation = new Speculation()
    run(speculation, LEARNING_STEPS, { cost: cpu, hits: 0.5 })
    const later = run(speculation, RECHECK_GUESS_STEPS + LEARNING_STEPS, { cost: gpu, hits: 0.5 })
    expect(new Set(later.slice(0, RECHECK_GUESS_STEPS - LEARNING_STEPS))).toEqual(new Set([0]))
    expect(later.at(-1)).toBeGreaterThan(0)
  })
})

describe('GuessRecord', () => {
  it('comes to how often guesses are right', () => {
    const record = new GuessRecord()
    for (let index = 0; index < 200; index += 1) record.note(index % 4 !== 0)
    expect(record.hits).toBeCloseTo(0.75, 1)
  })
})
