import { expect, it } from 'vitest'
import { LinkMetrics, MAX_COUNTED_MODELS } from '../../../worker/durable/link-metrics.ts'
import { usage } from '../world.ts'

it('counts calls by how they came, each model apart', () => {
  const metrics = new LinkMetrics()
  metrics.opened('a', 'first')
  metrics.opened('a', 'move')
  metrics.opened('b', 'retry')
  metrics.refused('b')
  expect(metrics.models).toMatchObject({
    a: { calls: { first: 1, retry: 0, move: 1 }, refused: 0 },
    b: { calls: { first: 0, retry: 1, move: 0 }, refused: 1 },
  })
})

it('counts the tokens of a moved generation once: what another node made is not counted again', () => {
  const metrics = new LinkMetrics()
  metrics.ended('a', { type: 'end', finishReason: 'stop', usage: usage({ completionTokens: 10 }) }, 4)
  expect(metrics.models.a).toMatchObject({ promptTokens: 5, completionTokens: 6 })
})

it('counts what a cancelled call used, and failures by code', () => {
  const metrics = new LinkMetrics()
  metrics.ended('a', { type: 'end', finishReason: 'cancelled', usage: usage({ completionTokens: 3 }) }, 0)
  metrics.ended('a', { type: 'error', code: 'node_failed', message: 'x' }, 0)
  metrics.ended('a', { type: 'error', code: 'node_failed', message: 'x' }, 0)
  expect(metrics.models.a).toMatchObject({ cancelled: 1, completionTokens: 3, errors: { node_failed: 2 } })
})

it('sorts times to first token into buckets', () => {
  const metrics = new LinkMetrics()
  for (const elapsedMs of [5, 20, 60_000]) metrics.began('a', elapsedMs)
  const { counts, sum } = metrics.models.a?.firstTokenSeconds ?? { counts: [], sum: 0 }
  expect([counts[0], counts[1], counts.at(-1)]).toEqual([1, 1, 1])
  expect(sum).toBeCloseTo(60.025)
})

it('goes on from what another life has counted', () => {
  const before = new LinkMetrics()
  before.opened('a', 'first')
  before.began('a', 20)
  before.ended('a', { type: 'error', code: 'node_failed', message: 'x' }, 0)
  const after = new LinkMetrics()
  after.restore(structuredClone(before.models))
  expect(after.models).toEqual(before.models)
  after.opened('a', 'first')
  after.began('a', 20)
  expect(after.models.a).toMatchObject({ calls: { first: 2 }, errors: { node_failed: 1 } })
  expect(after.models.a?.firstTokenSeconds).toMatchObject({ sum: 0.04 })
  expect(after.models.a?.firstTokenSeconds.counts[1]).toBe(2)
  expect(before.models.a?.firstTokenSeconds.counts[1]).toBe(1)
})

it('tells once of each change that it is not kept yet', () => {
  const metrics = new LinkMetrics()
  expect(metrics.takeChanged()).toBeUndefined()
  metrics.opened('a', 'first')
  expect(metrics.takeChanged()).toEqual(metrics.models)
  expect(metrics.takeChanged()).toBeUndefined()
  metrics.began('a', 1)
  expect(metrics.takeChanged()).toEqual(metrics.models)
  const after = new LinkMetrics()
  after.restore(metrics.models)
  expect(after.takeChanged()).toBeUndefined()
})

it('counts so many models and no more: of one too many, the one that was not called for longest is dropped', () => {
  const metrics = new LinkMetrics()
  for (let index = 0; index < MAX_COUNTED_MODELS; index += 1) metrics.opened(`m${index}`, 'first')
  metrics.opened('m0', 'first')
  expect(Object.keys(metrics.models)).toHaveLength(MAX_COUNTED_MODELS)
  metrics.opened('one more', 'first')
  expect(Object.keys(metrics.models)).toHaveLength(MAX_COUNTED_MODELS)
  expect(metrics.models.m0).toMatchObject({ calls: { first: 2 } })
  expect(metrics.models.m1).toBeUndefined()
})
