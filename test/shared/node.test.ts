import { describe, expect, it } from 'vitest'
import { adapterModelId, adapterNamed, servedIds } from '../../shared/node.ts'
import { modelHolding } from '../support/frames.ts'

const adapters = ['x', 'y'].map((suffix) => ({ suffix, createdAt: 0 }))

describe('the ids under which a model is served', () => {
  it('are its own and one for each adapter', () => {
    expect(servedIds(modelHolding({ id: 'm' }))).toEqual(['m'])
    expect(servedIds(modelHolding({ id: 'org/m:Q4', adapters }))).toEqual([
      'org/m:Q4',
      'org/m:Q4:x',
      'org/m:Q4:y',
    ])
    expect(adapterModelId('m', 'x')).toBe('m:x')
  })

  it.each([
    ['m:x', 'x'],
    ['m:y', 'y'],
    ['m', undefined],
    ['m:', undefined],
    ['m:z', undefined],
    ['mm:x', undefined],
    ['m:x:y', undefined],
    ['x', undefined],
  ])('name an adapter or not: %s', (id, suffix) => {
    expect(adapterNamed(modelHolding({ id: 'm', adapters }), id)?.suffix).toBe(suffix)
    expect(adapterNamed(modelHolding({ id: 'm' }), id)).toBeUndefined()
  })
})
