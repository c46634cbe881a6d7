import { describe, expect, it } from 'vitest'
import type { NodeView } from '../../../../worker/services/pool/node-view.ts'
import { UNSEEN_MS } from '../../../../worker/services/pool/placed-since.ts'
import { Placer } from '../../../../worker/services/pool/placer.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { modelLoad, nodeView, regionOf } from '../../samples.ts'

const nodes = (count: number, slots = 4): NodeView[] =>
  Array.from({ length: count }, (_, index) =>
    nodeView(`node-${index}`, { hello: nodeHello({ models: [modelHolding({ id: 'm', slots })] }) }),
  )
const generate = { model: 'm', capability: 'generate' } as const

describe('Placer', () => {
  it('spreads a burst within one second over the nodes, although the snapshot shows none of it', () => {
    const placer = new Placer({ now: () => 0 })
    const snapshot = regionOf(nodes(4))
    const placed = new Map<string, number>()
    for (let call = 0; call < 16; call += 1) {
      const [best] = placer.rank(snapshot, { ...generate, affinity: 1 })
      const nodeId = best?.nodeId ?? ''
      placer.placed(nodeId, generate)
      placed.set(nodeId, (placed.get(nodeId) ?? 0) + 1)
    }
    expect(placed.size).toBe(4)
    expect(Math.max(...placed.values())).toBeLessThanOrEqual(6)
  })

  it('gives a conversation that goes on alone the same node each time', () => {
    let now = 0
    const placer = new Placer({ now: () => now })
    const snapshot = regionOf(nodes(4))
    const used = new Set<string | undefined>()
    for (; now < 60_000; now += 2_000) {
      const [best] = placer.rank(snapshot, { ...generate, affinity: 1 })
      placer.placed(best?.nodeId ?? '', generate)
      used.add(best?.nodeId)
    }
    expect(used.size).toBe(1)
  })

  it('asks a node that refused last, for a second', () => {
    let now = 0
    const placer = new Placer({ now: () => now })
    const rank = () =>
      placer.rank(regionOf(nodes(3)), { ...generate, affinity: 1 }).map(({ nodeId }) => nodeId)
    const [home = ''] = rank()
    placer.refused(home, generate)
    expect(rank().at(-1)).toBe(home)
    now = UNSEEN_MS
    expect(rank()[0]).toBe(home)
  })

  it('sends who has to wait where the fewest calls have the slots to themselves, those just sent there included', () => {
    let now = 0
    const placer = new Placer({ now: () => now })
    const [a, b, c] = nodes(3)
    const [big] = nodes(1, 8)
    if (!a || !b || !c || !big) throw new Error('There are nodes.')
    const load = (active: number, queued: number) => ({ load: new Map([['m', modelLoad(active, queued)]]) })
    const all = [
      { ...a, ...load(4, 2) },
      { ...b, ...load(4, 0) },
      { ...c, ...load(4, 1) },
      { ...big, nodeId: 'big', ...load(8, 1) },
    ]
    const ranked = placer.rank(regionOf(all), { ...generate, affinity: 1 })
    const order = () => placer.byQueue(ranked, generate).map(({ nodeId }) => nodeId)
    for (const { nodeId } of all) placer.refused(nodeId, generate) // none had a free slot: that says nothing of queues
    expect(order()).toEqual(['node-1', 'big', 'node-2', 'node-0'])
    placer.placed('node-1', generate)
    placer.placed('node-1', generate)
    expect(order()).toEqual(['big', 'node-2', 'node-0', 'node-1'])
    now = UNSEEN_MS
    expect(order()[0]).toBe('node-1')
  })

  it('does not mistake what it placed of one model for calls of another', () => {
    const placer = new Placer({ now: () => 0 })
    const rank = () =>
      placer.rank(regionOf(nodes(3)), { ...generate, affinity: 1 }).map(({ nodeId }) => nodeId)
    const [home = ''] = rank()
    placer.refused(home, { ...generate, model: 'x' })
    placer.refused(home, { ...generate, capability: 'embed' })
    expect(rank()[0]).toBe(home)
  })

  it('gives calls without anything in common different nodes', () => {
    const placer = new Placer({ now: () => 0 })
    const snapshot = regionOf(nodes(8))
    const homes = Array.from({ length: 200 }, () => placer.rank(snapshot, generate)[0]?.nodeId)
    expect(new Set(homes).size).toBe(8)
  })

  it('gives what is popular in a busy pool several nodes', () => {
    const placer = new Placer({ now: () => 0 })
    const busy = regionOf(nodes(20).map((node) => ({ ...node, load: new Map([['m', modelLoad(3)]]) })))
    const homes = Array.from(
      { length: 400 },
      () => placer.rank(busy, { ...generate, affinity: 1 })[0]?.nodeId,
    )
    expect(new Set(homes.slice(200)).size).toBeGreaterThan(8)
  })

  it('counts what it placed of a model for its adapters as well, and the other way round: they share slots', () => {
    const adapters = ['x', 'y'].map((suffix) => ({ suffix, createdAt: 0 }))
    const hello = nodeHello({ models: [modelHolding({ id: 'm', slots: 4, adapters })] })
    const snapshot = regionOf(nodes(3).map((node) => ({ ...node, hello })))
    for (const [refused, asked] of [
      ['m', 'm:x'],
      ['m:x', 'm'],
      ['m:x', 'm:y'],
    ] as const) {
      const placer = new Placer({ now: () => 0 })
      const rank = (model: string) =>
        placer.rank(snapshot, { ...generate, model, affinity: 1 }).map(({ nodeId }) => nodeId)
      const [home = ''] = rank(refused)
      placer.refused(home, { ...generate, model: refused })
      expect(rank(asked).at(-1)).toBe(home)
    }
  })
})
