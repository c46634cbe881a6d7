import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../../shared/errors.ts'
import {
  type CallLife,
  LinkMetrics,
  MAX_COUNTED_MODELS,
} from '../../../../worker/durable/link/link-metrics.ts'
import { usage } from '../../samples.ts'

/** A call whose first piece has come. */
const life = (over: Partial<CallLife> = {}): CallLife => ({
  arrival: 'first',
  hasRun: true,
  hasBegun: true,
  resumedTokens: 0,
  ...over,
})
const error = (code: ErrorCode) => ({ type: 'error', code, message: 'x' }) as const
const end = (finishReason: 'stop' | 'cancelled', completionTokens: number) =>
  ({ type: 'end', finishReason, usage: usage({ completionTokens }) }) as const

describe('LinkMetrics counts a call', () => {
  it('by how it came, each model apart, with its first piece', () => {
    const metrics = new LinkMetrics()
    metrics.began('a', 'first', 1)
    metrics.began('a', 'move', 1)
    metrics.began('b', 'retry', 1)
    metrics.refused('b')
    expect(metrics.models).toMatchObject({
      a: { calls: { first: 1, retry: 0, move: 1 }, refused: 0 },
      b: { calls: { first: 0, retry: 1, move: 0 }, refused: 1 },
    })
  })

  it('once, whether it ends after its first piece or without one', () => {
    const metrics = new LinkMetrics()
    metrics.began('a', 'first', 1)
    metrics.ended('a', end('stop', 1), life())
    metrics.ended('a', end('stop', 0), life({ hasBegun: false }))
    metrics.ended('a', error('node_failed'), life({ hasBegun: false }))
    expect(metrics.models.a).toMatchObject({ calls: { first: 3 }, errors: { node_failed: 1 } })
  })

  it.each(['no_capacity', 'model_not_found'] as const)(
    'not that its node gave back before it began: %s is no failure, no move and no retry',
    (code) => {
      const metrics = new LinkMetrics()
      metrics.ended('a', error(code), life({ arrival: 'move', hasBegun: false }))
      metrics.ended('a', error(code), life({ arrival: 'retry', hasBegun: false, hasRun: false }))
      expect(metrics.models.a).toMatchObject({
        calls: { first: 0, retry: 0, move: 0 },
        handedBack: 2,
        errors: {},
      })
    },
  )

  it('that goes on elsewhere after a drain as handed back, beside that it ran here', () => {
    const metrics = new LinkMetrics()
    metrics.began('a', 'first', 1)
    metrics.ended('a', error('no_capacity'), life())
    expect(metrics.models.a).toMatchObject({ calls: { first: 1 }, handedBack: 1, errors: {} })
  })

  it('whose reader left while it waited as cancelled, and not as one that ran', () => {
    const metrics = new LinkMetrics()
    metrics.ended('a', end('cancelled', 0), life({ arrival: 'move', hasRun: false, hasBegun: false }))
    expect(metrics.models.a).toMatchObject({ calls: { move: 0 }, cancelled: 1 })
  })
})

it('counts the tokens of a moved generation once: what another node made is not counted again', () => {
  const metrics = new LinkMetrics()
  metrics.ended('a', end('stop', 10), life({ resumedTokens: 4 }))
  expect(metrics.models.a).toMatchObject({ promptTokens: 5, completionTokens: 6 })
})

it('counts what a cancelled call used, and failures by code', () => {
  const metrics = new LinkMetrics()
  metrics.ended('a', end('cancelled', 3), life())
  metrics.ended('a', error('node_failed'), life())
  metrics.ended('a', error('node_failed'), life())
  expect(metrics.models.a).toMatchObject({ cancelled: 1, completionTokens: 3, errors: { node_failed: 2 } })
})

it('sorts times to first token into buckets', () => {
  const metrics = new LinkMetrics()
  for (const elapsedMs of [5, 20, 60_000]) metrics.began('a', 'first', elapsedMs)
  const { counts, sum } = metrics.models.a?.firstTokenSeconds ?? { counts: [], sum: 0 }
  expect([counts[0], counts[1], counts.at(-1)]).toEqual([1, 1, 1])
  expect(sum).toBeCloseTo(60.025)
})

it('goes on from what another life has counted', () => {
  const before = new LinkMetrics()
  before.began('a', 'first', 20)
  before.ended('a', error('node_failed'), life())
  const after = new LinkMetrics()
  after.restore(structuredClone(before.models))
  expect(after.models).toEqual(before.models)
  after.began('a', 'first', 20)
  expect(after.models.a).toMatchObject({ calls: { first: 2 }, errors: { node_failed: 1 } })
  expect(after.models.a?.firstTokenSeconds).toMatchObject({ sum: 0.04 })
  expect(after.models.a?.firstTokenSeconds.counts[1]).toBe(2)
  expect(before.models.a?.firstTokenSeconds.counts[1]).toBe(1)
})

it('goes on from what an earlier version has counted, which knew nothing of calls handed back', () => {
  const before = new LinkMetrics()
  before.began('a', 'first', 20)
  const { a } = before.models
  const { handedBack: _unknown, ...older } = a ?? expect.fail()
  const after = new LinkMetrics()
  after.restore({ a: older })
  after.ended('a', error('no_capacity'), life())
  expect(after.models.a).toMatchObject({ calls: { first: 1 }, handedBack: 1 })
})

it('tells once of each change that it is not kept yet', () => {
  const metrics = new LinkMetrics()
  expect(metrics.takeChanged()).toBeUndefined()
  metrics.refused('a')
  expect(metrics.takeChanged()).toEqual(metrics.models)
  expect(metrics.takeChanged()).toBeUndefined()
  metrics.began('a', 'first', 1)
  expect(metrics.takeChanged()).toEqual(metrics.models)
  const after = new LinkMetrics()
  after.restore(metrics.models)
  expect(after.takeChanged()).toBeUndefined()
})

it('counts so many models and no more: of one too many, the one that was not called for longest is dropped', () => {
  const metrics = new LinkMetrics()
  for (let index = 0; index < MAX_COUNTED_MODELS; index += 1) metrics.began(`m${index}`, 'first', 1)
  metrics.began('m0', 'first', 1)
  expect(Object.keys(metrics.models)).toHaveLength(MAX_COUNTED_MODELS)
  metrics.began('one more', 'first', 1)
  expect(Object.keys(metrics.models)).toHaveLength(MAX_COUNTED_MODELS)
  expect(metrics.models.m0).toMatchObject({ calls: { first: 2 } })
  expect(metrics.models.m1).toBeUndefined()
})
