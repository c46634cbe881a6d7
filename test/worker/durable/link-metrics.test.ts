import { expect, it } from 'vitest'
import { LinkMetrics } from '../../../worker/durable/link-metrics.ts'
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
