import { describe, expect, it, vi } from 'vitest'
import { AppError } from '../../../../shared/errors.ts'
import { createModelChoice } from '../../../../worker/services/models/model-choice.ts'

type Options = Parameters<typeof createModelChoice>[0]
type Record = Awaited<ReturnType<Options['modelRecords']['get']>>
type Settings = Awaited<ReturnType<Options['settings']['get']>>
type Model = Awaited<ReturnType<Options['inference']['listModels']>>[number]

const RECORD = 'record'
const account = { id: 'ada' }
const bound = {
  ...account,
  key: { id: 'k', scopes: null, model: { id: 'm1', name: 'mine', baseModel: 'b' } },
}
const wish = { named: 'named', recordId: RECORD, kept: 'kept' }

function setUp({ chosen = null as string | null, pool = ['first', 'second'] } = {}) {
  const listModels = vi.fn(async () => pool.map((id) => ({ id }) as Model)) // of which only the id is looked at
  const choose = createModelChoice({
    modelRecords: {
      async get(accountId, id) {
        if (accountId === account.id && id === RECORD) return { baseModel: 'of the record' } as Record // the same
        throw new AppError('not_found', 'There is no model.')
      },
    },
    settings: { get: async () => ({ defaultModel: chosen }) as Settings }, // the same
    inference: { listModels },
  })
  return { choose, listModels }
}

describe('the model that answers', () => {
  it.each<[what: string, wish: object, model: string]>([
    ['the one that the request names', wish, 'named'],
    ['that of the conversation’s record', { ...wish, named: null }, 'of the record'],
    ['the conversation’s', { ...wish, named: undefined, recordId: null }, 'kept'],
    ['the first of the pool', { kept: null }, 'first'],
  ])('is %s, where nothing goes before it', async (_what, given, model) => {
    expect(await setUp().choose(account, given)).toEqual({ id: model, name: model })
  })

  it('is the deployment’s default, without a look at the pool', async () => {
    const { choose, listModels } = setUp({ chosen: 'set' })
    expect(await choose(account, {})).toEqual({ id: 'set', name: 'set' })
    expect(listModels).not.toHaveBeenCalled()
  })

  it('is the one of a bound key before the conversation’s, and has the name that the key knows', async () => {
    const { choose } = setUp()
    expect(await choose(bound, { ...wish, named: null })).toEqual({ id: 'b', name: 'mine' })
    for (const named of ['mine', 'm1'])
      expect(await choose(bound, { named })).toEqual({ id: 'b', name: named })
  })

  it.each(['b', 'named'])('is never one that a bound key does not know, as %s', async (named) => {
    const chosen = setUp().choose(bound, { named })
    await expect(chosen).rejects.toMatchObject({ code: 'forbidden', param: 'model' })
  })

  it('is not another where the record is gone or somebody else’s', async () => {
    const { choose } = setUp({ chosen: 'set' })
    await expect(choose(account, { recordId: 'gone', kept: 'kept' })).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(choose({ id: 'eve' }, { recordId: RECORD })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is none where the pool has none, and the caller may ask again', async () => {
    const chosen = setUp({ pool: [] }).choose(account, {})
    await expect(chosen).rejects.toMatchObject({ code: 'no_capacity', retryAfterSeconds: 2 })
  })
})
