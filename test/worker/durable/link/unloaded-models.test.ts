import { expect, it } from 'vitest'
import { unloadedModels } from '../../../../worker/durable/link/unloaded-models.ts'
import { modelHolding } from '../../../support/frames.ts'

const adapters = [
  { suffix: 'x', createdAt: 0 },
  { suffix: 'y', createdAt: 0, residence: 'loading' as const },
]

it('are none of a node that has all in memory, which it need not say', () => {
  expect(unloadedModels([])).toEqual(new Set())
  expect(unloadedModels([modelHolding(), modelHolding({ id: 'm', residence: 'loaded' })])).toEqual(new Set())
})

it.each(['loading', 'disk'] as const)(
  'are a model that is %s, its embeddings and its adapters',
  (residence) => {
    const unloaded = unloadedModels([modelHolding({ id: 'm', residence, adapters }), modelHolding()])
    expect(unloaded).toEqual(new Set(['m', 'm#embed', 'm:x', 'm:y']))
  },
)

it('are the adapters of a loaded model that are not in memory', () => {
  expect(unloadedModels([modelHolding({ id: 'm', adapters })])).toEqual(new Set(['m:y']))
})
