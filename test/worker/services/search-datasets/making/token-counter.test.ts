import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../../shared/errors.ts'
import { createTokenCounter } from '../../../../../worker/services/search-datasets/making/token-counter.ts'

type Options = Parameters<typeof createTokenCounter>[0]

/** A pool of these models in which a token is a letter, or which fails. */
function counterOf({
  chosen = null,
  models = ['first', 'second'],
  failure,
}: {
  chosen?: string | null
  models?: string[]
  failure?: Error
}) {
  const asked: string[] = []
  const options = {
    settings: { get: async () => ({ defaultModel: chosen }) },
    inference: {
      listModels: async () => models.map((id) => ({ id })),
      countTokens: async (model: string, text: string) => {
        asked.push(model)
        if (failure) throw failure
        return text.length
      },
    },
    // As much of both as it asks for.
  } as unknown as Options
  return { count: () => createTokenCounter(options)('ada', ['four', 'seven 7']), asked }
}

describe('the tokens of texts', () => {
  it('are counted by the default model of the deployment, or else by the first of the pool', async () => {
    const chosen = counterOf({ chosen: 'second' })
    expect(await chosen.count()).toEqual([4, 7])
    expect(chosen.asked).toEqual(['second', 'second'])
    const first = counterOf({})
    await first.count()
    expect(first.asked).toEqual(['first', 'first'])
  })

  it.each(['no_capacity', 'model_not_found', 'node_failed', 'cancelled'] as const)(
    'are not known now where the pool says %s, nor where it has no model',
    async (code) => {
      const { count } = counterOf({ failure: new AppError(code, 'Not now.') })
      expect(await count()).toBeUndefined()
      expect(await counterOf({ models: [] }).count()).toBeUndefined()
    },
  )

  it('are no guess where counting fails otherwise', async () => {
    await expect(counterOf({ failure: new Error('It is broken.') }).count()).rejects.toThrow('It is broken.')
  })
})
