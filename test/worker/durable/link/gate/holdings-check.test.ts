import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ModelHolding } from '../../../../../shared/node.ts'
import {
  bringsNothingNew,
  HoldingsCheck,
  sentenceOf,
} from '../../../../../worker/durable/link/gate/holdings-check.ts'
import type { ClaimRefusal } from '../../../../../worker/services/pool/model-claims.ts'
import { eventually } from '../../../../support/eventually.ts'
import { modelHolding } from '../../../../support/frames.ts'

const HASH = 'a'.repeat(64)
const models = (...ids: string[]) => ids.map((id) => modelHolding({ id }))

describe('holdings bring something new', () => {
  const held = [modelHolding({ sha256: HASH, adapters: [{ suffix: 'x', createdAt: 0, sha256: HASH }] })]

  it.each<[what: string, told: ModelHolding[]]>([
    ['another model', models('other')],
    ['another file', [modelHolding({ sha256: 'b'.repeat(64) })]],
    ['no hash of a file', [modelHolding()]],
    ['another adapter', [modelHolding({ sha256: HASH, adapters: [{ suffix: 'y', createdAt: 0 }] })]],
    ['a model that is called as an adapter was', [modelHolding({ id: 'starter:x', sha256: HASH })]],
  ])('with %s', (_what, told) => expect(bringsNothingNew(told, held)).toBe(false))

  it.each<[what: string, told: ModelHolding[]]>([
    ['less', []],
    ['another residence', [modelHolding({ sha256: HASH, residence: 'disk', slots: 9 })]],
    ['the same', held],
  ])('and nothing new with %s', (_what, told) => expect(bringsNothingNew(told, held)).toBe(true))
})

describe('a check of holdings', () => {
  let link: string | undefined
  let held: ModelHolding[]
  let asked: { ids: string[]; answer: (refusal?: ClaimRefusal) => void; fail: () => void }[]
  const refuse = vi.fn()
  const fail = vi.fn()
  let check: HoldingsCheck
  const heldIds = () => held.map(({ id }) => id)
  const nextAsked = (count: number) => eventually(() => expect(asked).toHaveLength(count))
  const refusal: ClaimRefusal = { reason: 'taken', id: 'b' }

  beforeEach(() => {
    vi.clearAllMocks()
    link = 'first'
    held = models('a')
    asked = []
    check = new HoldingsCheck({
      linkId: () => link,
      held: () => held,
      claim: (told) => {
        const { promise, resolve, reject } = Promise.withResolvers<ClaimRefusal | undefined>()
        const ids = told.map(({ id }) => id)
        asked.push({ ids, answer: resolve, fail: () => reject(new Error('D1')) })
        return promise
      },
      hold: (told) => {
        held = told
      },
      refuse,
      fail,
    })
  })

  it('lets what is not new hold at once, without asking', () => {
    void check.take([])
    expect(heldIds()).toEqual([])
    expect(asked).toEqual([])
  })

  it('lets what is new hold when it may', async () => {
    const taken = check.take(models('a', 'b'))
    expect(heldIds()).toEqual(['a'])
    asked[0]?.answer()
    await taken
    expect(heldIds()).toEqual(['a', 'b'])
  })

  it('refuses what may not be, and it never holds', async () => {
    const taken = check.take(models('a', 'b'))
    asked[0]?.answer(refusal)
    await taken
    expect(refuse).toHaveBeenCalledExactlyOnceWith(refusal)
    expect(heldIds()).toEqual(['a'])
  })

  it('asks one question at a time, then of the newest alone', async () => {
    const taken = check.take(models('b'))
    for (const id of ['c', 'd', 'e']) void check.take(models(id))
    expect(asked.map(({ ids }) => ids)).toEqual([['b']])
    asked[0]?.answer()
    await nextAsked(2)
    expect(heldIds()).toEqual(['a'])
    expect(asked[1]?.ids).toEqual(['e'])
    asked[1]?.answer()
    await taken
    expect(heldIds()).toEqual(['e'])
  })

  it('does not let older holdings hold over newer ones', async () => {
    const taken = check.take(models('a', 'b'))
    void check.take([])
    asked[0]?.answer()
    await taken
    expect(heldIds()).toEqual([])
  })

  it('refuses also what was told over since', async () => {
    const taken = check.take(models('a', 'b'))
    void check.take([])
    asked[0]?.answer(refusal)
    await taken
    expect(refuse).toHaveBeenCalledTimes(1)
  })

  it('has no say over another link', async () => {
    const taken = check.take(models('b'))
    link = 'second'
    void check.take(models('c'))
    asked[0]?.answer(refusal)
    await nextAsked(2)
    asked[1]?.answer()
    await taken
    expect(refuse).not.toHaveBeenCalled()
    expect(heldIds()).toEqual(['c'])
  })

  it('says when it cannot be known, and asks again the next time', async () => {
    const taken = check.take(models('b'))
    asked[0]?.fail()
    await taken
    expect(fail).toHaveBeenCalledTimes(1)
    const again = check.take(models('b'))
    asked[1]?.answer()
    await again
    expect(heldIds()).toEqual(['b'])
  })
})

it('the sentence of a refusal ends with the name', () => {
  expect(sentenceOf({ reason: 'taken', id: 'm' })).toBe('another node serves another file as m')
  expect(sentenceOf({ reason: 'unlisted', id: 'm' })).toBe('the join token does not name the model m')
})
