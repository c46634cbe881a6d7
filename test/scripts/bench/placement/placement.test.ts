import { describe, expect, it } from 'vitest'
import { EventHeap } from '../../../../scripts/bench/placement/heap.ts'
import { createNodes } from '../../../../scripts/bench/placement/nodes.ts'
import {
  byChance,
  leastLoaded,
  type MakePolicy,
  perfectAffinity,
  roundRobin,
  switchyard,
} from '../../../../scripts/bench/placement/policies.ts'
import { simulate } from '../../../../scripts/bench/placement/run.ts'
import {
  createRandom,
  createTrace,
  createZipf,
  longTailed,
} from '../../../../scripts/bench/placement/workload.ts'

describe('EventHeap', () => {
  it('gives events in the order of their times', () => {
    const random = createRandom(1)
    const heap = new EventHeap()
    const times = Array.from({ length: 3_000 }, () => random())
    for (const [event, at] of times.entries()) heap.push(at, event)
    const taken: number[] = []
    while (heap.size > 0) {
      const at = heap.nextAt
      const event = heap.pop()
      expect(times[event]).toBe(at)
      taken.push(at)
    }
    expect(taken).toEqual(times.toSorted((a, b) => a - b))
    expect(heap.nextAt).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the workload', () => {
  it('is the same for the same seed', () => {
    const options = { seed: 3, seconds: 1, ratePerSecond: 500, isolates: 4 }
    expect(createTrace(options)).toEqual(createTrace(options))
    expect(createTrace({ ...options, seed: 4 })).not.toEqual(createTrace(options))
  })

  it('arrives at its rate, in order', () => {
    const { at, count } = createTrace({ seed: 3, seconds: 20, ratePerSecond: 500, isolates: 4 })
    expect(Math.abs((at[count - 1] ?? 0) - 20)).toBeLessThan(1)
    expect(at).toEqual(at.toSorted())
  })

  it('is popular by Zipf and long-tailed', () => {
    const random = createRandom(5)
    const zipf = createZipf(100)
    const drawn = Array.from({ length: 20_000 }, () => zipf(random()))
    const shareOf = (rank: number) => drawn.filter((one) => one === rank).length / drawn.length
    expect(shareOf(0)).toBeCloseTo(1 / 5.187, 1)
    expect(shareOf(0) / shareOf(3)).toBeCloseTo(4, 0)
    const lengths = Array.from({ length: 20_000 }, () => longTailed(random, 100, 1, 5_000)).toSorted(
      (a, b) => a - b,
    )
    expect(Math.abs((lengths[10_000] ?? 0) - 100)).toBeLessThan(5)
    expect((lengths[19_800] ?? 0) / 100).toBeGreaterThan(8)
  })
})

describe('the simulation', () => {
  const [nodes, isolates, from, to] = [100, 4, 3, 5]
  const trace = createTrace({ seed: 2, seconds: to + 0.5, ratePerSecond: 1_000, isolates })
  const run = (makePolicy: MakePolicy) => {
    const fresh = createNodes(nodes, 2)
    const policy = makePolicy({ nodes: fresh, trace, isolates, seed: 2 })
    return simulate({ trace, nodes: fresh, policy, speeds: { decode: 107, prefill: 6_420 }, from, to })
  }
  const counted = trace.at.filter((at) => at >= from && at < to).length

  it.each<[name: string, makePolicy: MakePolicy]>([
    ['round-robin', roundRobin],
    ['chance', byChance],
    ['the least loaded', leastLoaded],
    ['perfect affinity', perfectAffinity],
    ['ours', switchyard],
  ])('gives every call that counts one end, under %s, and the same each time', (_name, makePolicy) => {
    const outcome = run(makePolicy)
    expect(outcome.waits.length).toBe(Math.round(counted * (1 - outcome.rejectShare)))
    expect(outcome.busyShare).toBeGreaterThan(0.4)
    expect(outcome.busyShare).toBeLessThan(1)
    expect(run(makePolicy)).toEqual(outcome)
  })

  it('knows who finds most and who waits least', () => {
    const [chance, oracle, perfect, ours] = [byChance, leastLoaded, perfectAffinity, switchyard].map(run)
    expect(oracle?.queued.at(-1)).toBe(0)
    expect(perfect?.hitShare).toBeGreaterThan(ours?.hitShare ?? 1)
    expect(ours?.hitShare).toBeGreaterThan(2 * (chance?.hitShare ?? 1))
  })
})
