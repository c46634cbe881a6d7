import { expect, it } from 'vitest'
import { LinkMetrics } from '../../../../../worker/durable/link/link-metrics.ts'
import { poolMetrics } from '../../../../../worker/services/pool/figures/metrics.ts'
import type { NodeView } from '../../../../../worker/services/pool/node-view.ts'
import { nodeView, usage } from '../../../samples.ts'

const NOW = 10_000
/** The samples of a family, without its name. */
const samplesOf = (node: Partial<NodeView>, family: string) =>
  poolMetrics([nodeView('a', node)], NOW)
    .split('\n')
    .filter((line) => line.startsWith(`switchyard_${family}{`) || line === `switchyard_${family}`)
    .map((line) => line.slice(`switchyard_${family}`.length))

it('tells how many wait and how long the one that has waited longest has, wherever it stands', () => {
  const load = new Map([['m', { active: 2, queued: 2, queue: [7_000, 4_000] }]])
  expect(samplesOf({ load }, 'slots_busy')).toEqual(['{node="a",model="m"} 2'])
  expect(samplesOf({ load }, 'queue_length')).toEqual(['{node="a",model="m"} 2'])
  expect(samplesOf({ load }, 'queue_wait_seconds')).toEqual(['{node="a",model="m"} 6'])
})

it('tells of a model that was never asked for that nobody waits', () => {
  expect(samplesOf({}, 'queue_length')).toEqual(['{node="a",model="m"} 0'])
  expect(samplesOf({}, 'queue_wait_seconds')).toEqual(['{node="a",model="m"} 0'])
})

it('tells of the queue of a model’s embeddings beside that of its generations', () => {
  const load = new Map([['m#embed', { active: 1, queued: 1, queue: [9_500] }]])
  expect(samplesOf({ load }, 'queue_length')).toEqual([
    '{node="a",model="m"} 0',
    '{node="a",model="m#embed"} 1',
  ])
  expect(samplesOf({ load }, 'queue_wait_seconds')).toContain('{node="a",model="m#embed"} 0.5')
})

it('never tells of a wait that has not begun: a clock of another machine may be ahead', () => {
  const load = new Map([['m', { active: 1, queued: 1, queue: [NOW + 3] }]])
  expect(samplesOf({ load }, 'queue_wait_seconds')).toEqual(['{node="a",model="m"} 0'])
})

it('tells the speed of a node that is idle, and none of one that has not said', () => {
  const gauge = { rssMiB: 1, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 0 }
  expect(samplesOf({ gauge }, 'tokens_per_second')).toEqual(['{node="a"} 0'])
  expect(samplesOf({ gauge: null }, 'tokens_per_second')).toEqual([])
})

it('tells calls, retries, moves, what was handed back and what failed, each call once', () => {
  const counted = new LinkMetrics()
  const call = { hasRun: true, hasBegun: true, resumedTokens: 0 }
  const end = { type: 'end', finishReason: 'stop', usage: usage() } as const
  for (const arrival of ['first', 'retry', 'move'] as const) {
    counted.began('m', arrival, 1)
    counted.ended('m', end, { ...call, arrival })
  }
  counted.ended(
    'm',
    { type: 'error', code: 'no_capacity', message: '' },
    {
      ...call,
      arrival: 'move',
      hasBegun: false,
    },
  )
  counted.ended(
    'm',
    { type: 'error', code: 'node_failed', message: '' },
    { ...call, arrival: 'first', hasBegun: false },
  )
  const totalOf = (family: string) => samplesOf({ metrics: counted.models }, family)
  expect(totalOf('calls_total')).toEqual(['{node="a",model="m"} 4'])
  expect(totalOf('retries_total')).toEqual(['{node="a",model="m"} 1'])
  expect(totalOf('moves_total')).toEqual(['{node="a",model="m"} 1'])
  expect(totalOf('handed_back_total')).toEqual(['{node="a",model="m"} 1'])
  expect(totalOf('errors_total')).toEqual(['{node="a",model="m",code="node_failed"} 1'])
})

it('tells that nothing was handed back where an earlier version counted', () => {
  const counted = new LinkMetrics()
  counted.refused('m')
  const { handedBack: _unknown, ...older } = counted.models.m ?? expect.fail()
  expect(samplesOf({ metrics: { m: older } }, 'handed_back_total')).toEqual(['{node="a",model="m"} 0'])
})
