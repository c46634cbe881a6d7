import { describe, expect, it } from 'vitest'
import { PlacedSince, UNSEEN_MS } from '../../../../worker/services/pool/placed-since.ts'

describe('PlacedSince', () => {
  it('counts the calls that were placed on each node', () => {
    const since = new PlacedSince()
    for (const nodeId of ['a', 'b', 'a']) since.add(nodeId, 0)
    expect(['a', 'b', 'c'].map((nodeId) => since.callsOf(nodeId))).toEqual([2, 1, 0])
  })

  it('forgets each call when the directory must know of it', () => {
    const since = new PlacedSince()
    since.add('a', 0)
    since.add('a', 10)
    since.forget(UNSEEN_MS - 1)
    expect(since.callsOf('a')).toBe(2)
    since.forget(UNSEEN_MS)
    expect(since.callsOf('a')).toBe(1)
    since.forget(UNSEEN_MS + 10)
    expect(since.callsOf('a')).toBe(0)
  })

  it('still tells how many calls it placed on a node that refused another', () => {
    const since = new PlacedSince()
    since.add('a', 0)
    since.refuse('a', 0)
    expect([since.placedOn('a'), since.placedOn('b')]).toEqual([1, 0])
    since.forget(UNSEEN_MS)
    expect(since.placedOn('a')).toBe(0)
  })

  it('takes a node that refused for full, until the directory must know better', () => {
    const since = new PlacedSince()
    since.refuse('a', 0)
    since.refuse('b', 10)
    since.refuse('a', 20)
    expect(since.callsOf('a')).toBe(Number.POSITIVE_INFINITY)
    since.forget(UNSEEN_MS + 10)
    expect([since.callsOf('a'), since.callsOf('b')]).toEqual([Number.POSITIVE_INFINITY, 0])
    since.forget(UNSEEN_MS + 20)
    expect(since.callsOf('a')).toBe(0)
  })

  it('counts right over many calls', () => {
    const since = new PlacedSince()
    for (let now = 0; now < 10_000; now += 1) {
      since.add(`node-${now % 7}`, now)
      since.forget(now)
    }
    const calls = Array.from({ length: 7 }, (_, node) => since.callsOf(`node-${node}`))
    expect(calls.reduce((sum, count) => sum + count, 0)).toBe(UNSEEN_MS)
  })
})
