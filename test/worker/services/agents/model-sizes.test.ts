import { describe, expect, it } from 'vitest'
import {
  createModelSizes,
  DECIDING_WEIGHTS,
  weightsOf,
} from '../../../../worker/services/agents/model-sizes.ts'
import type { Directory } from '../../../../worker/services/pool/directory.ts'

/** A pool of models of so many bytes, which may change. */
const poolOf = (sizes: Record<string, number>) => {
  const snapshot = async () => [
    { hello: { models: Object.entries(sizes).map(([id, sizeBytes]) => ({ id, sizeBytes })) } },
  ]
  return { snapshot } as unknown as Pick<Directory, 'snapshot'> // of a node only its models' sizes are read
}

/** Without a shape, two weights to a byte. */
const LARGE_BYTES = DECIDING_WEIGHTS / 2

describe('a model', () => {
  it('decides for itself from a billion weights on, and not with one less', async () => {
    const { decides } = createModelSizes(poolOf({ large: LARGE_BYTES, small: LARGE_BYTES - 1 }))
    expect([await decides('large'), await decides('small'), await decides('unknown')]).toEqual([
      true,
      false,
      false,
    ])
  })

  it('has the weights of its layers where its file tells them, whatever its size', () => {
    const shape = {
      ...{ layers: 10, attention: null, mixer: null },
      matrices: [
        { inputs: 10_000, outputs: 9_000 },
        { inputs: 10_000, outputs: 1_000 },
      ],
    }
    // Of a shape only its layers and matrices are read.
    expect(weightsOf({ shape, sizeBytes: 1 } as unknown as Parameters<typeof weightsOf>[0])).toBe(
      DECIDING_WEIGHTS,
    )
  })

  it('that has joined since the last look is not held for a small one', async () => {
    const sizes: Record<string, number> = { first: 1 }
    const { decides } = createModelSizes(poolOf(sizes))
    expect(await decides('first')).toBe(false)
    sizes.large = LARGE_BYTES
    expect(await decides('large')).toBe(true)
  })
})
