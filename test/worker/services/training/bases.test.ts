import { describe, expect, it } from 'vitest'
import { toAppError } from '../../../../shared/errors.ts'
import { createBases } from '../../../../worker/services/training/bases.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'

const ada = { accountId: 'ada' }
const ID = 'a'.repeat(24)
const adapters = [
  { suffix: 'pirate', createdAt: 0 },
  { suffix: `ft-${ID}`, createdAt: 0 },
]
let reads = 0
const nodes = [
  { hello: nodeHello({ models: [modelHolding({ adapters })] }) },
  { hello: nodeHello({ models: [modelHolding(), modelHolding({ id: 'other' })] }) },
]
const { baseOf, holdingsOf } = createBases({
  snapshot: async () => {
    reads += 1
    return nodes
  },
  tunedModels: {
    findByName: async (name, { accountId }) =>
      ['ada', 'eve'].includes(accountId) && name === 'starter:facts'
        ? {
            id: ID,
            accountId: 'ada',
            name,
            base: 'starter',
            jobId: null,
            file: { bytes: 1, sha256: 'a'.repeat(64), parts: [{ bytes: 1, sha256: 'a'.repeat(64) }] },
            objectKeys: ['k'],
          }
        : undefined,
  },
})

describe('a base', () => {
  it('is a model of the pool, or one that was trained on it and that is the account’s own', async () => {
    const held = await holdingsOf('starter')
    reads = 0
    expect(await baseOf(ada, 'starter')).toEqual({ baseModel: 'starter', held })
    expect(reads).toBe(1) // and who has it comes along, for the job that is made with it
    expect(await baseOf(ada, 'starter:facts')).toEqual({ baseModel: 'starter', continueFrom: ID, held })
    expect(await baseOf({ accountId: 'carl' }, 'starter:facts')).toBeUndefined()
    expect(await baseOf(ada, 'gpt-3.5-turbo')).toBeUndefined()
    expect(await holdingsOf('starter')).toHaveLength(2)
  })

  it('is no model of another account, which may be talked to alone: training is a way to its weights', async () => {
    const refusal = await baseOf({ accountId: 'eve' }, 'starter:facts').catch(toAppError)
    expect(refusal).toMatchObject({ code: 'forbidden', param: 'baseModel' })
  })

  it('is no adapter that nodes were started with, and no name that nodes alone use', async () => {
    const refusalOf = async (name: string) => {
      const { code, param, message } = toAppError(await baseOf(ada, name).catch((thrown) => thrown))
      return { code, param, message }
    }
    expect(await refusalOf('starter:pirate')).toEqual({
      code: 'invalid_request',
      param: 'baseModel',
      message: expect.stringContaining("train 'starter'"),
    })
    expect(await refusalOf(`starter:ft-${ID}`)).toMatchObject({ code: 'model_not_found', param: 'baseModel' })
  })
})
