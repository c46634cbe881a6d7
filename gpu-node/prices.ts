import { adapterModelId, MAX_PRICE_PER_1K_TOKENS, type ModelHolding } from '../shared/node.ts'

/** Prices of a thousand tokens, by what callers name: models, and models with an adapter. */
export type Prices = ReadonlyMap<string, number>

/**
 * Prices as an operator names them: `model=0.0008`. `ids` are what this node serves. Throws an error whose message goes
 * behind the name of the flag.
 */
export function toPrices(texts: readonly string[], ids: readonly string[]): Prices {
  const prices = new Map<string, number>()
  for (const text of texts) {
    // Ids may have equals signs in them, and numbers have none.
    const [, id = '', number = ''] = /^(.*)=([^=]*)$/.exec(text) ?? []
    if (!ids.includes(id)) throw new Error(`must be model=number, with a model of this node: "${text}"`)
    const price = /^\d+(\.\d+)?$/.test(number) ? Number(number) : Number.NaN
    if (!(price <= MAX_PRICE_PER_1K_TOKENS))
      throw new Error(`needs a number from 0 to ${MAX_PRICE_PER_1K_TOKENS} behind "${id}=": "${text}"`)
    if (prices.has(id)) throw new Error(`names "${id}" twice`)
    prices.set(id, price)
  }
  return prices
}

/** Holdings with the prices that the operator has given. */
export function withPrices(models: readonly ModelHolding[], prices: Prices): ModelHolding[] {
  const priceOf = (id: string) => {
    const price = prices.get(id)
    return price === undefined ? {} : { pricePer1kTokens: price }
  }
  return models.map(({ adapters, ...model }) => ({
    ...model,
    ...priceOf(model.id),
    ...(adapters && {
      adapters: adapters.map((adapter) => ({
        ...adapter,
        ...priceOf(adapterModelId(model.id, adapter.suffix)),
      })),
    }),
  }))
}
