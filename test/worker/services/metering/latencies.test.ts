import { describe, expect, it } from 'vitest'
import { latenciesOf, type TimedCall } from '../../../../worker/services/metering/latencies.ts'

const call = (totalMs: number, over: Partial<TimedCall> = {}): TimedCall => ({
  totalMs,
  firstMs: null,
  completionTokens: 0,
  ...over,
})

describe('latenciesOf', () => {
  it('has no figure for what was not measured', () => {
    expect(latenciesOf([])).toEqual({
      calls: 0,
      averageMs: null,
      totalMs: null,
      firstMs: null,
      tokensPerSecond: null,
    })
    expect(latenciesOf([call(40)])).toMatchObject({ calls: 1, firstMs: null, tokensPerSecond: null })
  })

  it('takes percentiles by nearest rank, whatever the order', () => {
    const values = Array.from({ length: 100 }, (_, index) => call(100 - index))
    expect(latenciesOf(values).totalMs).toEqual({ p50: 50, p99: 99 })
    expect(latenciesOf([call(1), call(2)]).totalMs).toEqual({ p50: 1, p99: 2 })
    expect(latenciesOf([call(7)]).totalMs).toEqual({ p50: 7, p99: 7 })
  })

  it('knows the first token of those calls that had one', () => {
    const { firstMs, averageMs } = latenciesOf([
      call(10),
      call(30, { firstMs: 8 }),
      call(50, { firstMs: 20 }),
    ])
    expect(firstMs).toEqual({ p50: 8, p99: 20 })
    expect(averageMs).toBe(30)
  })

  it('measures the pace from the first token to the last, of answers that have two', () => {
    const long = call(1_500, { firstMs: 500, completionTokens: 101 })
    expect(latenciesOf([long]).tokensPerSecond).toBe(100)
    expect(latenciesOf([long, call(3_500, { firstMs: 500, completionTokens: 201 })]).tokensPerSecond).toBe(75)
    const short = call(40, { firstMs: 20, completionTokens: 1 })
    const sudden = call(20, { firstMs: 20, completionTokens: 5 })
    expect(latenciesOf([long, short, sudden]).tokensPerSecond).toBe(100)
    expect(latenciesOf([short, sudden]).tokensPerSecond).toBeNull()
  })
})
