import { describe, expect, it } from 'vitest'
import { type AdapterHolding, type ModelHolding, tunedSuffix } from '../../../../shared/node.ts'
import type { NodeView } from '../../../../worker/services/pool/node-view.ts'
import { loadKeyOf, rankNodes } from '../../../../worker/services/pool/placement.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { modelLoad, nodeView, regionOf } from '../../samples.ts'

const suffix = tunedSuffix('6a0b1c2d0123456789abcdef')
const request = { model: `m:${suffix}`, base: 'm', name: 'm:tutor', capability: 'generate' } as const

interface Shape extends Partial<ModelHolding> {
  /** Of the adapter; absent: it does not hold it. */
  adapter?: AdapterHolding['residence']
  fetchesAdapters?: boolean
  calls?: number
}
const node = (id: string, { adapter, fetchesAdapters = true, calls = 0, ...model }: Shape = {}): NodeView => {
  const adapters = adapter ? [{ suffix, createdAt: 0, residence: adapter }] : []
  return nodeView(id, {
    hello: nodeHello({ models: [modelHolding({ id: 'm', slots: 4, adapters, ...model })], fetchesAdapters }),
    load: new Map([['m', modelLoad(calls)]]),
  })
}
const ranked = (nodes: NodeView[], asked: Parameters<typeof rankNodes>[1] = request) =>
  rankNodes(regionOf(nodes), asked).map(({ nodeId }) => nodeId)

describe('a call with an adapter that can be fetched', () => {
  it('goes to those that hold it, then to those that have its model in memory, then to those that would load both', () => {
    const nodes = [
      node('loads both', { residence: 'disk' }),
      node('fetches'),
      node('has both on disk', { adapter: 'disk', residence: 'disk' }),
      node('has it on disk', { adapter: 'disk' }),
      node('has it', { adapter: 'loaded' }),
    ]
    expect(ranked(nodes)).toEqual(['has it', 'has it on disk', 'has both on disk', 'fetches', 'loads both'])
  })

  it('goes to nobody who does not fetch, unless it is there already', () => {
    const old = { fetchesAdapters: false }
    expect(ranked([node('old', old), node('new')])).toEqual(['new'])
    expect(ranked([node('old', { ...old, adapter: 'loaded' })])).toEqual(['old'])
  })

  it('goes to one that fetches rather than wait at one that is full', () => {
    expect(ranked([node('full', { adapter: 'loaded', calls: 8 }), node('fetches')])).toEqual([
      'fetches',
      'full',
    ])
  })

  it('goes to nobody who holds another model, nor for vectors', () => {
    expect(ranked([node('other', { id: 'x' })])).toEqual([])
    expect(ranked([node('a')], { ...request, capability: 'embed' })).toEqual([])
  })

  it('counts as one of its model', () => {
    expect(loadKeyOf(regionOf([node('a')]), request)).toBe('m')
    expect(loadKeyOf(regionOf([]), request)).toBe('m')
  })
})

describe('an adapter that was trained here', () => {
  it('is no model of the pool’s, whoever holds it', () => {
    const region = regionOf([node('a', { adapter: 'loaded' }), node('b', { id: `m:${suffix}` })])
    expect([...region.models.keys()]).toEqual(['m'])
  })
})
