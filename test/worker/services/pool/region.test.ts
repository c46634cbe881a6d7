import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelHolding } from '../../../../shared/node.ts'
import { embeddingKey, type NodeView } from '../../../../worker/services/pool/node-view.ts'
import {
  MAX_TOLD_CALLS,
  NO_OFFER,
  type RegionCursor,
} from '../../../../worker/services/pool/region-changes.ts'
import { RegionIndex } from '../../../../worker/services/pool/region-index.ts'
import { RegionSnapshot } from '../../../../worker/services/pool/region-snapshot.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { modelLoad, nodeView } from '../../samples.ts'

/** Asks as an isolate does, with a copy in between as between objects. */
const ask = (index: RegionIndex, region: RegionSnapshot) => {
  const changes = structuredClone(index.changesSince(region.cursor))
  region.apply(changes)
  return changes
}

/** A region's content, without the numbers of its rows. */
function read(region: RegionSnapshot) {
  const holdings = Array.from({ length: region.size }, (_, row) => row).flatMap((row) => {
    const offer = region.offers[region.offerAt(row)]
    if (region.offerAt(row) === NO_OFFER || !offer) return []
    const node = region.nodeAt(row)
    return [
      { node: region.idOf(node), offer, calls: region.callsAt(row), embeddings: region.embeddingsAt(row) },
    ]
  })
  const byName = (text: (item: (typeof holdings)[number]) => string) =>
    holdings.toSorted((a, b) => (text(a) < text(b) ? -1 : 1))
  return {
    holdings: byName(({ node, offer }) => `${node} ${offer.id}`),
    models: [...region.models.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    counts: region.counts,
  }
}

const fresh = (index: RegionIndex) => {
  const region = new RegionSnapshot()
  ask(index, region)
  return region
}

const holder = (nodeId: string, models: Partial<ModelHolding>[], over: Partial<NodeView> = {}) =>
  nodeView(nodeId, { hello: nodeHello({ models: models.map((model) => modelHolding(model)) }), ...over })

describe('a region tells', () => {
  it('of its nodes that take calls: what each offers, and how many calls it has', () => {
    const index = new RegionIndex()
    const load = new Map([
      ['m', modelLoad(2, 1)],
      [embeddingKey('m'), modelLoad(0, 3)],
    ])
    index.put(holder('a', [{ id: 'm' }, { id: 'n', residence: 'disk' }], { load }))
    index.put(holder('away', [{ id: 'm' }], { linked: false }))
    index.put(holder('leaving', [{ id: 'm' }], { draining: true }))
    const { holdings, counts } = read(fresh(index))
    expect(holdings).toMatchObject([
      { node: 'a', offer: { id: 'm', residence: 'loaded' }, calls: 3, embeddings: 3 },
      { node: 'a', offer: { id: 'n', residence: 'disk' }, calls: 0, embeddings: 0 },
    ])
    expect(counts).toEqual({ online: 2, known: 3 })
  })

  it('nothing of hardware, versions, hashes and times of files', () => {
    const index = new RegionIndex()
    index.put(holder('a', [{ id: 'm', createdAt: 987_654_321 }]))
    const { nodes, offers, holdings } = index.changesSince(undefined)
    expect(JSON.stringify({ nodes, offers, holdings })).not.toMatch(/processor|0\.1\.0|987654321|linux/)
  })

  it('an offer once, however many nodes make it', () => {
    const index = new RegionIndex()
    for (let node = 0; node < 50; node += 1) index.put(holder(`node-${node}`, [{ id: 'm', createdAt: node }]))
    expect(index.changesSince(undefined).offers.offers).toHaveLength(1)
  })

  it('who has asked before only of what has changed', () => {
    const index = new RegionIndex()
    for (let node = 0; node < 50; node += 1) index.put(holder(`node-${node}`, [{ id: 'm' }]))
    const region = fresh(index)
    expect(ask(index, region).holdings.rows).toHaveLength(0)
    index.put(holder('node-7', [{ id: 'm' }], { load: new Map([['m', modelLoad(1)]]) }))
    const changes = ask(index, region)
    expect(changes.holdings.rows).toHaveLength(1)
    expect(changes.models.rows).toHaveLength(0)
    expect(read(region)).toEqual(read(fresh(index)))
  })

  it('who has asked an earlier life of its object, or one of another region, the whole', () => {
    const index = new RegionIndex()
    index.put(holder('a', [{ id: 'm' }]))
    const region = fresh(index)
    const other = new RegionIndex()
    other.put(holder('b', [{ id: 'n' }]))
    ask(other, region)
    expect(read(region)).toEqual(read(fresh(other)))
  })

  it.each([
    [MAX_TOLD_CALLS, MAX_TOLD_CALLS],
    [MAX_TOLD_CALLS + 1, MAX_TOLD_CALLS],
  ])('of %i calls as %i', (calls, told) => {
    const index = new RegionIndex()
    index.put(holder('a', [{ id: 'm' }], { load: new Map([['m', { ...modelLoad(0), active: calls }]]) }))
    expect(read(fresh(index)).holdings).toMatchObject([{ calls: told }])
  })
})

describe('an isolate', () => {
  const changed = (known: RegionCursor | undefined) => {
    const index = new RegionIndex('epoch')
    index.put(holder('a', [{ id: 'm' }]))
    index.put(holder('b', [{ id: 'm' }], { load: new Map([['m', modelLoad(1)]]) }))
    return index.changesSince(known)
  }

  it('drops an answer that was slower than another one', () => {
    const region = new RegionSnapshot()
    const [early, late] = [changed(undefined), changed(undefined)]
    region.apply(late)
    const before = read(region)
    region.apply({ ...early, version: 1, nodes: { rows: new Uint32Array(), ids: [] } })
    region.apply({ ...changed({ epoch: 'epoch', version: 1 }), since: 1 })
    expect(read(region)).toEqual(before)
    expect(region.cursor).toEqual({ epoch: 'epoch', version: late.version })
  })

  it('knows after any changes, told at any moments, what it would know had it been told at the end', () => {
    const models = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('m', 'n', 'constructor', '__proto__'),
        slots: fc.constantFrom(1, 4),
        residence: fc.constantFrom('loaded' as const, 'disk' as const),
        adapters: fc.constantFrom<ModelHolding['adapters']>([], [{ suffix: 'x', createdAt: 0 }]),
      }),
      { selector: ({ id }) => id, maxLength: 4 },
    )
    const nodeId = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const put = fc.record({
      kind: fc.constant('put' as const),
      nodeId,
      models,
      linked: fc.boolean(),
      draining: fc.boolean(),
      everHeld: fc.subarray(['m', 'old']),
      calls: fc.nat(3),
    })
    const busy = fc.record({ kind: fc.constant('busy' as const), nodeId, calls: fc.nat(3) })
    const remove = fc.record({ kind: fc.constant('remove' as const), nodeId })
    const askNow = fc.record({ kind: fc.constant('ask' as const) })
    fc.assert(
      fc.property(fc.array(fc.oneof(put, put, busy, busy, remove, askNow), { maxLength: 60 }), (steps) => {
        const index = new RegionIndex()
        const region = new RegionSnapshot()
        const views = new Map<string, NodeView>()
        const loadOf = (calls: number) => new Map([['m', modelLoad(calls)]])
        for (const step of steps) {
          if (step.kind === 'ask') ask(index, region)
          else if (step.kind === 'remove') {
            views.delete(step.nodeId)
            index.remove(step.nodeId)
          } else {
            const known = views.get(step.nodeId)
            const view =
              step.kind === 'put'
                ? holder(step.nodeId, step.models, { ...step, load: loadOf(step.calls) })
                : known && { ...known, load: loadOf(step.calls) }
            if (!view) continue
            views.set(step.nodeId, view)
            index.put(view)
          }
        }
        ask(index, region)
        const again = new RegionIndex()
        for (const view of views.values()) again.put(view)
        expect(read(region)).toEqual(read(fresh(again)))
      }),
      { numRuns: 200 },
    )
  })

  it('needs no more rows than there were nodes at one time', () => {
    const index = new RegionIndex()
    for (let round = 0; round < 100; round += 1) {
      index.put(holder(`node-${round}`, [{ id: `model-${round}` }]))
      index.remove(`node-${round - 1}`)
    }
    const region = new RegionSnapshot()
    const { holdings, nodes } = ask(index, region)
    expect([holdings.rows.length, nodes.rows.length]).toEqual([1, 1])
    expect(region.size).toBeLessThanOrEqual(2)
  })
})
