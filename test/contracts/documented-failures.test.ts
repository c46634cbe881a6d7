import { expect, it } from 'vitest'
import { withoutFailures } from './contract-client.ts'

it.each(['v1', 'clara', 'sira', 'dualquery', 'agentic', 'rajora'])(
  'every operation that the document of %s lists has a failure',
  async (name) => {
    expect(await withoutFailures(name)).toEqual([])
  },
)
