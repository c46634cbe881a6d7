import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelHolding, Residence } from '../../../../shared/node.ts'
import type { NodeView } from '../../../../worker/services/pool/node-view.ts'
import {
  BALANCE_FACTOR,
  CALM_LOAD,
  FULL_LOAD,
  type LocalView,
  MAX_RANKED,
  type PlacementRequest,
  type RankedNode,
  rankNodes as rankIn,
} from '../../../../worker/services/pool/placement.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { modelLoad, nodeView, regionOf } from '../../samples.ts'

interface Shape extends Partial<NodeView> {
  /** Calls of the model `m`. */
  calls?: number
  models?: Partial<ModelHolding>[]
}
const loadOf = (calls: number, key = 'm') => new Map([[key, modelLoad(calls)]])
const node = (id: string, { calls = 0, models = [{}], ...over }: Shape = {}): NodeView =>
  nodeView(id, {
    hello: nodeHello({ models: models.map((model) => modelHolding({ id: 'm', slots: 4, ...model })) }),
    load: loadOf(calls),
    ...over,
  })
const generate = { model: 'm', capability: 'generate' } as const
const embed = { model: 'm', capability: 'embed' } as const
const local = (over: Partial<LocalView> = {}): LocalView => ({
  spread: 0,
  share: 0,
  callsOf: () => 0,
  unseenCalls: 0,
  ...over,
})
const regions = new WeakMap<readonly NodeView[], ReturnType<typeof regionOf>>()
const regionWith = (nodes: readonly NodeView[]) => {
  const region = regions.get(nodes) ?? regionOf(nodes)
  regions.set(nodes, region)
  return region
}
const rankNodes = (nodes: readonly NodeView[], request: PlacementRequest, view?: LocalView) =>
  rankIn(regionWith(nodes), request, view)
const idsOf = (nodes: readonly RankedNode[]) => nodes.map(({ nodeId }) => nodeId)
const idle = (count: number, shape: Shape = {}) =>
  Array.from({ length: count }, (_, index) => node(`node-${index}`, shape))
const withCalls = (nodes: readonly NodeView[], ids: readonly string[], calls: number) =>
  nodes.map((view) => (ids.includes(view.nodeId) ? { ...view, load: loadOf(calls) } : view))

describe('who may be asked', () => {
  it.each<[rule: string, nodes: NodeView[], expected: string[]]>([
    ['nobody where there is nobody', [], []],
    ['only nodes that hold the model', [node('a', { models: [{ id: 'x' }] }), node('b')], ['b']],
    ['only nodes that are linked', [node('a', { linked: false }), node('b')], ['b']],
    ['only nodes that are not being drained', [node('a', { draining: true }), node('b')], ['b']],
    ['only nodes that can do it', [node('a', { models: [{ capabilities: ['embed'] }] }), node('b')], ['b']],
    [
      'those that have it loaded, then those that load it, then those that could',
      [
        node('a', { models: [{ residence: 'disk' }] }),
        node('b', { models: [{ residence: 'loading' }] }),
        node('c', { models: [{ residence: 'loaded' }] }),
      ],
      ['c', 'b', 'a'],
    ],
    [
      'one that could load it before those on which many wait',
      [node('a', { calls: 4 * FULL_LOAD }), node('b', { models: [{ residence: 'disk' }] })],
      ['b', 'a'],
    ],
    [
      'one with a few that wait before one that would have to load',
      [node('a', { calls: 4 * FULL_LOAD - 1 }), node('b', { models: [{ residence: 'disk' }] })],
      ['a', 'b'],
    ],
  ])('%s', (_rule, nodes, expected) => {
    expect(idsOf(rankNodes(nodes, generate))).toEqual(expected)
  })

  it('ranks each node once, and no more than are asked', () => {
    const nodes = fc.array(
      fc.record({
        calls: fc.nat(12),
        slots: fc.constantFrom(1, 4, 8),
        residence: fc.constantFrom('loaded' as const, 'loading' as const, 'disk' as const),
        linked: fc.boolean(),
        draining: fc.boolean(),
      }),
      { maxLength: 20 },
    )
    const affinity = fc.option(fc.nat(), { nil: undefined })
    fc.assert(
      fc.property(
        nodes,
        affinity,
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (shapes, key, spread, share) => {
          const views = shapes.map(({ slots, residence, ...shape }, index) =>
            node(`node-${index}`, { ...shape, models: [{ slots, residence }] }),
          )
          const request = key === undefined ? generate : { ...generate, affinity: key }
          const ranked = rankNodes(views, request, local({ spread, share }))
          const able = views.filter(({ linked, draining }) => linked && !draining)
          expect(new Set(idsOf(ranked)).size).toBe(ranked.length)
          expect(ranked.length).toBeLessThanOrEqual(MAX_RANKED)
          expect(ranked.length).toBeGreaterThanOrEqual(Math.min(1, able.length))
          for (const { nodeId } of ranked) expect(able.map((view) => view.nodeId)).toContain(nodeId)
          expect(rankNodes(views.slice(), request, local({ spread, share }))).toEqual(ranked)
        },
      ),
    )
  })
})

describe('who may be asked for an adapter', () => {
  const tuned = { model: 'm:x', capability: 'generate' } as const
  const adapter = (residence: Residence, suffix = 'x') => ({ suffix, createdAt: 0, residence })
  const holder = (id: string, residence: Residence, own: Residence, over: Shape = {}) =>
    node(id, { models: [{ residence, adapters: [adapter('loaded', 'other'), adapter(own)] }], ...over })

  it.each<[rule: string, nodes: NodeView[], expected: string[]]>([
    ['only nodes that hold it', [node('a'), holder('b', 'loaded', 'disk')], ['b']],
    ['only nodes that are linked', [holder('a', 'loaded', 'loaded', { linked: false })], []],
    ['only nodes that are not being drained', [holder('a', 'loaded', 'loaded', { draining: true })], []],
    ['no node with another adapter', [node('a', { models: [{ adapters: [adapter('loaded', 'y')] }] })], []],
    [
      'no node with such an adapter of another model',
      [node('a', { models: [{ id: 'n', adapters: [adapter('loaded')] }] })],
      [],
    ],
    [
      'those that have it loaded, those that load it, those that have its model loaded, then the others',
      [
        holder('a', 'disk', 'disk'),
        holder('b', 'loaded', 'disk'),
        holder('c', 'loading', 'loading'),
        holder('d', 'loaded', 'loaded'),
      ],
      ['d', 'c', 'b', 'a'],
    ],
    [
      'one that could load it before those on which many wait, whatever they wait for',
      [holder('a', 'loaded', 'loaded', { calls: 4 * FULL_LOAD }), holder('b', 'loaded', 'disk')],
      ['b', 'a'],
    ],
    [
      'also one that serves a model of that very name',
      [node('a', { models: [{ id: 'm:x', residence: 'disk' }] }), holder('b', 'loaded', 'loaded')],
      ['b', 'a'],
    ],
  ])('%s', (_rule, nodes, expected) => {
    expect(idsOf(rankNodes(nodes, tuned))).toEqual(expected)
  })

  it('nobody for embeddings', () => {
    expect(rankNodes([holder('a', 'loaded', 'loaded')], { ...tuned, capability: 'embed' })).toEqual([])
  })

  it('as a model that is called so itself would be, on nodes that are as ready and as busy', () => {
    const residences = fc.constantFrom<Residence>('loaded', 'loading', 'disk')
    const shapes = fc.array(
      fc.record({
        calls: fc.nat(12),
        slots: fc.constantFrom(1, 4, 8),
        residence: residences,
        linked: fc.boolean(),
        draining: fc.boolean(),
      }),
      { maxLength: 20 },
    )
    const affinity = fc.option(fc.nat(), { nil: undefined })
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(shapes, affinity, fc.nat(), share, (all, key, spread, part) => {
        const asAdapter = all.map(({ residence, slots, ...shape }, index) =>
          holder(`node-${index}`, residence, residence, {
            ...shape,
            models: [{ slots, residence, adapters: [adapter(residence)] }],
          }),
        )
        const asModel = all.map(({ residence, slots, calls, ...shape }, index) =>
          node(`node-${index}`, {
            ...shape,
            models: [{ id: 'm:x', slots, residence }],
            load: loadOf(calls, 'm:x'),
          }),
        )
        const request = key === undefined ? tuned : { ...tuned, affinity: key }
        const view = local({ spread, share: part })
        expect(idsOf(rankNodes(asAdapter, request, view))).toEqual(idsOf(rankNodes(asModel, request, view)))
      }),
    )
  })

  it('never one that is less ready before one that is more, where both have room', () => {
    const residences = fc.constantFrom<Residence>('loaded', 'loading', 'disk')
    const shapes = fc.array(fc.record({ base: residences, own: residences, calls: fc.nat(7) }), {
      maxLength: 12,
    })
    const order = (model: Residence, own: Residence) =>
      own === 'loaded' ? 0 : own === 'loading' ? 1 : model === 'loaded' ? 2 : 3
    fc.assert(
      fc.property(shapes, fc.nat(), (all, spread) => {
        const nodes = all.map(({ base, own, calls }, index) => holder(`${index}`, base, own, { calls }))
        const ranks = idsOf(rankNodes(nodes, tuned, local({ spread }))).map((id) => {
          const { base, own } = all[Number(id)] ?? { base: 'disk', own: 'disk' }
          return order(base, own)
        })
        expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
      }),
    )
  })
})

describe('calls with something in common', () => {
  const nodes = idle(12)
  const request = { ...generate, affinity: 77 }
  const [home = '', second = '', third = ''] = idsOf(rankNodes(nodes, request))

  it('go home, whatever chance says', () => {
    for (let spread = 0; spread < 50; spread += 1) {
      expect(idsOf(rankNodes(nodes, request, local({ spread })))[0]).toBe(home)
    }
  })

  it('have different homes', () => {
    const homes = Array.from(
      { length: 300 },
      (_, affinity) => rankNodes(nodes, { ...generate, affinity })[0]?.nodeId,
    )
    expect(new Set(homes).size).toBe(12)
  })

  it.each([
    ['stay while half of the slots are taken', 4 * CALM_LOAD - 1, 0, true],
    ['leave when more are, in a pool with nothing to do', 4 * CALM_LOAD, 0, false],
    ['stay where all are as busy', 3, 3, true],
    ['leave a home that is busier than the others', 4, 2, false],
  ])('%s', (_rule, callsAtHome, callsElsewhere, stays) => {
    const busy = withCalls(idle(12, { calls: callsElsewhere }), [home], callsAtHome)
    expect(idsOf(rankNodes(busy, request))[0] === home).toBe(stays)
  })

  it(`leave at ${BALANCE_FACTOR} of the average`, () => {
    const big = idle(12, { calls: 80, models: [{ slots: 100 }] })
    const [first = ''] = idsOf(rankNodes(big, request))
    const firstWith = (calls: number) => idsOf(rankNodes(withCalls(big, [first], calls), request))[0]
    expect(firstWith(97)).toBe(first)
    expect(firstWith(103)).not.toBe(first)
  })

  it('leave for the less loaded of the next two, together', () => {
    const busy = withCalls(nodes, [home], 7)
    expect(idsOf(rankNodes(withCalls(busy, [second], 1), request))[0]).toBe(third)
    expect(idsOf(rankNodes(withCalls(busy, [third], 1), request))[0]).toBe(second)
  })

  it('count what the directory does not show yet', () => {
    const callsOf = (nodeId: string) => (nodeId === home ? 2 : 0)
    expect(idsOf(rankNodes(nodes, request, local({ callsOf })))[0]).not.toBe(home)
  })

  it('stay when another node goes, and go to the second when theirs goes', () => {
    const without = (gone: string) => nodes.filter(({ nodeId }) => nodeId !== gone)
    expect(idsOf(rankNodes(without(second), request))[0]).toBe(home)
    expect([second, third]).toContain(idsOf(rankNodes(without(home), request))[0])
  })

  it('have more homes on nodes with more slots', () => {
    const mixed = [
      ...idle(5),
      ...idle(5).map(({ nodeId }) => node(`big-${nodeId}`, { models: [{ slots: 16 }] })),
    ]
    const homes = Array.from(
      { length: 2_000 },
      (_, affinity) => rankNodes(mixed, { ...generate, affinity })[0],
    )
    const big = homes.filter((view) => view?.nodeId.startsWith('big-')).length
    expect(big / homes.length).toBeGreaterThan(0.75)
    expect(big / homes.length).toBeLessThan(0.85)
  })

  it('are divided over as many homes as they fill, when they are that popular', () => {
    const busy = idle(40, { calls: 3 })
    const homes = Array.from({ length: 400 }, (_, index) => {
      const spread = (index * 0x9e3779b9) >>> 0
      return rankNodes(busy, request, local({ spread, share: 0.25 }))[0]?.nodeId
    })
    // A quarter of the calls of 40 nodes fill 8 at 1.25 of the average.
    expect(new Set(homes).size).toBeGreaterThanOrEqual(5)
    expect(new Set(homes).size).toBeLessThanOrEqual(9)
  })
})

describe('calls with nothing in common', () => {
  it('go to the less loaded of two', () => {
    const nodes = withCalls(idle(2), ['node-1'], 1)
    for (let spread = 0; spread < 50; spread += 1) {
      const ranked = idsOf(rankNodes(nodes, generate, local({ spread })))
      expect(ranked.length).toBe(2)
    }
    const firsts = Array.from(
      { length: 200 },
      (_, spread) => rankNodes(nodes, generate, local({ spread }))[0],
    )
    // The busy one is first only where both are it.
    expect(firsts.filter((view) => view?.nodeId === 'node-1').length).toBeLessThan(80)
  })

  it('count load by slot', () => {
    const nodes = [
      node('a', { calls: 1, models: [{ slots: 2 }] }),
      node('b', { calls: 3, models: [{ slots: 8 }] }),
    ]
    const firsts = Array.from(
      { length: 200 },
      (_, spread) => rankNodes(nodes, generate, local({ spread }))[0],
    )
    expect(firsts.filter((view) => view?.nodeId === 'b').length).toBeGreaterThan(150)
  })

  it('are as busy as embeddings are, where they are embeddings', () => {
    const nodes = [
      node('a', { load: new Map([...loadOf(1, 'm#embed'), ...loadOf(0)]) }),
      node('b', { load: loadOf(7) }),
    ]
    const firsts = Array.from({ length: 200 }, (_, spread) => rankNodes(nodes, embed, local({ spread }))[0])
    expect(firsts.filter((view) => view?.nodeId === 'b').length).toBeGreaterThan(100)
  })
})

describe('a model that nobody has loaded', () => {
  it('is loaded by the same node for everybody', () => {
    const nodes = idle(12, { models: [{ residence: 'disk' }] })
    const homes = Array.from({ length: 100 }, (_, spread) =>
      rankNodes(nodes, { ...generate, affinity: spread }, local({ spread, share: 1 })).map(
        ({ nodeId }) => nodeId,
      ),
    )
    expect(new Set(homes.map(([first]) => first)).size).toBe(1)
  })

  it('is loaded by another as well when too many wait for the first', () => {
    const nodes = idle(12, { models: [{ residence: 'disk' }] })
    const [first = '', second] = idsOf(rankNodes(nodes, generate))
    expect(idsOf(rankNodes(withCalls(nodes, [first], 4 * FULL_LOAD), generate))[0]).toBe(second)
    const callsOf = (nodeId: string) => (nodeId === first ? 4 * FULL_LOAD : 0)
    expect(idsOf(rankNodes(nodes, generate, local({ callsOf })))[0]).toBe(second)
  })
})
