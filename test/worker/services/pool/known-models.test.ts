import { describe, expect, it } from 'vitest'
import type { ModelHolding } from '../../../../shared/node.ts'
import { knownModels } from '../../../../worker/services/pool/known-models.ts'
import type { NodeView } from '../../../../worker/services/pool/node-view.ts'
import {
  isKnownModel as isKnownIn,
  type PlacementRequest,
} from '../../../../worker/services/pool/placement.ts'
import { RegionSnapshot } from '../../../../worker/services/pool/region-snapshot.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { nodeView, regionOf } from '../../samples.ts'

const node = (
  id: string,
  { models = [{}], ...over }: Partial<NodeView> & { models?: Partial<ModelHolding>[] } = {},
) =>
  nodeView(id, {
    hello: nodeHello({ models: models.map((model) => modelHolding({ id: 'm', ...model })) }),
    ...over,
  })
const generate = { model: 'm', capability: 'generate' } as const
const isKnownModel = (nodes: readonly NodeView[], request: PlacementRequest) =>
  isKnownIn([regionOf(nodes)], request)

describe('a model with an adapter is known', () => {
  const adapters = [{ suffix: 'x', createdAt: 0 }]
  const holder = (over: Partial<NodeView> = {}) => node('a', { models: [{ adapters }], ...over })
  const tuned = { model: 'm:x', capability: 'generate' } as const

  it('while a node that holds it is away, and not without one', () => {
    expect(isKnownModel([holder({ linked: false })], tuned)).toBe(true)
    expect(
      isKnownModel([nodeView('a', { everHeld: ['m:x'], hello: nodeHello({ models: [] }) })], tuned),
    ).toBe(true)
    expect(isKnownModel([node('a')], tuned)).toBe(false)
    const embed = { ...tuned, capability: 'embed' } as const
    expect(isKnownModel([{ ...holder(), everHeld: ['m:x'] }], embed)).toBe(false)
  })
})

describe('isKnownModel', () => {
  it.each<[rule: string, nodes: NodeView[], expected: boolean]>([
    ['knows no model without nodes', [], false],
    ['knows the model of a node that is away', [node('a', { linked: false })], true],
    ['does not know a model that nobody holds', [node('a', { models: [{ id: 'x' }] })], false],
    [
      'does not take an embedder for a generator',
      [node('a', { models: [{ capabilities: ['embed'] }] })],
      false,
    ],
  ])('%s', (_rule, nodes, expected) => {
    expect(isKnownModel(nodes, generate)).toBe(expected)
  })
})

describe('a model that comes and goes is known or not:', () => {
  const request = (model: string, capability: 'generate' | 'embed' = 'generate') => ({ model, capability })
  const holding = (over: Parameters<typeof modelHolding>[0]) =>
    nodeView('a', { hello: nodeHello({ models: [modelHolding({ id: 'm', ...over })] }) })

  it.each([
    ['one that a node holds', [holding({})], true],
    [
      'one that a node held and may hold again',
      [nodeView('a', { everHeld: ['m'], hello: nodeHello({ models: [] }) })],
      true,
    ],
    ['one of a node that is away', [{ ...holding({}), linked: false }], true],
    [
      'not one that is held for something else alone',
      [{ ...holding({ capabilities: ['embed'] }), everHeld: ['m'] }],
      false,
    ],
    ['not one that nobody ever held', [nodeView('a', { hello: nodeHello({ models: [] }) })], false],
  ])('%s', (_rule, nodes, expected) => {
    expect(isKnownModel(nodes, request('m'))).toBe(expected)
  })
})

describe('models are known over several regions', () => {
  it('when one of them knows it', () => {
    expect(isKnownIn([regionOf([]), regionOf([node('a')])], generate)).toBe(true)
    expect(isKnownIn([regionOf([]), regionOf([node('a', { models: [{ id: 'x' }] })])], generate)).toBe(false)
  })

  it('when one of them has not been asked: it may know it', () => {
    expect(
      isKnownIn([regionOf([node('a', { models: [{ id: 'x' }] })]), new RegionSnapshot()], generate),
    ).toBe(true)
  })
})

describe('a model of several nodes', () => {
  const both = [
    node('a', { models: [{ contextTokens: 2_048, createdAt: 1, capabilities: ['embed'] }] }),
    node('b', { models: [{ contextTokens: 1_024, createdAt: 2, capabilities: ['generate'] }] }),
    node('away', { models: [{ contextTokens: 4_096, createdAt: 3 }], linked: false }),
  ]

  it('is what they are together, and for callers what those that are linked offer at most', () => {
    expect(knownModels(both).get('m')).toMatchObject({
      capabilities: ['embed', 'generate'],
      contextTokens: 4_096,
      isAvailable: true,
      isHeld: true,
      linked: { contextTokens: 2_048, createdAt: 1 },
    })
  })

  it('costs the highest that one of them names, its adapters what it costs where they say nothing else', () => {
    const priced = (id: string, pricePer1kTokens?: number, own?: number) => {
      const adapters = [{ suffix: 'x', createdAt: 0, ...(own !== undefined && { pricePer1kTokens: own }) }]
      const price = pricePer1kTokens === undefined ? {} : { pricePer1kTokens }
      return node(id, { models: [{ adapters, ...price }] })
    }
    const pricesOf = (...nodes: NodeView[]) => {
      const models = knownModels(nodes)
      return ['m', 'm:x'].map((id) => models.get(id)?.pricePer1kTokens)
    }
    expect(pricesOf(priced('a'), priced('b'))).toEqual([null, null])
    expect(pricesOf(priced('a'), priced('b', 0))).toEqual([0, 0])
    expect(pricesOf(priced('a', 2), priced('b', 1), priced('c'))).toEqual([2, 2])
    expect(pricesOf(priced('a', 2), priced('b', 1, 7))).toEqual([2, 7])
    expect(pricesOf(priced('a', 2, 0.5))).toEqual([2, 0.5])
  })

  it('is not available where all of them are away or being drained', () => {
    const [a, , away] = both
    if (!a || !away) throw new Error('There are nodes.')
    expect(knownModels([{ ...a, draining: true }, away]).get('m')).toMatchObject({ isAvailable: false })
    expect(knownModels([away]).get('m')).toMatchObject({ isAvailable: false, linked: null })
  })
})
