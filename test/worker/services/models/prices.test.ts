import { describe, expect, it } from 'vitest'
import type { ModelHolding } from '../../../../shared/node.ts'
import { createPrices } from '../../../../worker/services/models/prices.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { nodeView, regionOf } from '../../samples.ts'

const adapters = [{ suffix: 'x', createdAt: 0 }]

/** The prices where regions hold `m` so, and an administrator has set others. */
function pricesOf(regions: Partial<ModelHolding>[], set: Record<string, number> = {}) {
  const snapshots = regions.map((holding, index) =>
    regionOf([
      nodeView(`node-${index}`, {
        hello: nodeHello({ models: [modelHolding({ id: 'm', adapters, ...holding })] }),
      }),
    ]),
  )
  return createPrices({
    pool: { all: async () => snapshots },
    settings: { get: async () => ({ prices: set }) },
  })
}

describe('the price of a model', () => {
  it('is 0 until somebody has set one', async () => {
    expect(await pricesOf([{}]).of('m')).toBe(0)
    expect(await pricesOf([]).of('m')).toBe(0)
  })

  it('is the highest that nodes name, of all regions', async () => {
    const prices = pricesOf([{ pricePer1kTokens: 1 }, { pricePer1kTokens: 3 }, {}])
    expect(await prices.of('m')).toBe(3)
    expect(await prices.of('m:x')).toBe(3)
  })

  it('is an administrator’s, 0 too, before what nodes name', async () => {
    expect(await pricesOf([{ pricePer1kTokens: 3 }], { m: 2 }).of('m')).toBe(2)
    expect(await pricesOf([{ pricePer1kTokens: 3 }], { m: 0 }).of('m')).toBe(0)
    expect(await pricesOf([], { m: 2 }).of('m')).toBe(2)
  })

  it('with an adapter is its own, else that of its model', async () => {
    const named = { adapters: [{ suffix: 'x', createdAt: 0, pricePer1kTokens: 9 }], pricePer1kTokens: 3 }
    expect(await pricesOf([named]).of('m:x')).toBe(9)
    expect(await pricesOf([named], { m: 2 }).of('m:x')).toBe(2)
    expect(await pricesOf([named], { m: 2, 'm:x': 5 }).of('m:x')).toBe(5)
  })

  it('that was trained here is its own, else that of its model', async () => {
    const tuned = 'm:pirate.step-3'
    expect(await pricesOf([{ pricePer1kTokens: 3 }]).of(tuned)).toBe(3)
    expect(await pricesOf([{ pricePer1kTokens: 3 }], { m: 2 }).of(tuned)).toBe(2)
    expect(await pricesOf([{}], { m: 2, [tuned]: 1 }).of(tuned)).toBe(1)
    expect(await pricesOf([{ id: 'm:q4', pricePer1kTokens: 5 }], { m: 2 }).of('m:q4')).toBe(5)
  })

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'called %s is none where nobody has set it',
    async (model) => {
      expect(await pricesOf([{}], { m: 1 }).of(model)).toBe(0)
      expect(await pricesOf([], Object.fromEntries([[model, 4]])).of(model)).toBe(4)
    },
  )
})
