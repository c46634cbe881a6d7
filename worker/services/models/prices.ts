import type { Settings } from '../administration/settings.ts'
import { higher } from '../pool/known-models.ts'
import type { PoolView } from '../pool/pool-view.ts'

export interface PricesOptions {
  pool: Pick<PoolView, 'all'>
  settings: { get: () => Promise<Pick<Settings, 'prices'>> }
}

export type Prices = ReturnType<typeof createPrices>

/**
 * The prices of a thousand tokens of models, prompts and answers alike. An administrator's word comes first, then the highest of
 * the nodes that hold the model; without either it is 0. An adapter without a price costs what its model does.
 */
export function createPrices({ pool, settings }: PricesOptions) {
  /** The prices as they stand. */
  async function read(): Promise<(model: string) => number> {
    const [{ prices }, regions] = await Promise.all([settings.get(), pool.all()])
    const set = new Map(Object.entries(prices))
    return function priceOf(model): number {
      const own = set.get(model)
      if (own !== undefined) return own
      const held = regions.flatMap(({ models }) => models.get(model) ?? [])
      if (held.length === 0) {
        // One that was trained here, whose name begins with that of its model.
        const end = model.lastIndexOf(':')
        return end < 0 ? 0 : priceOf(model.slice(0, end))
      }
      const parent = held.find((known) => known.parent !== null)?.parent
      return set.get(parent ?? '') ?? held.map(({ pricePer1kTokens }) => pricePer1kTokens).reduce(higher) ?? 0
    }
  }

  return {
    read,
    /** One of them. */
    of: async (model: string): Promise<number> => (await read())(model),
  }
}
