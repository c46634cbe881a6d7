import { describe, expect, it } from 'vitest'
import { DEAR_TRIES, nextToRun } from '../../../../gpu-node/engine/decode/next-to-run.ts'
import { MAX_TRIES_PER_TOKEN } from '../../../../gpu-node/engine/grammar/limits.ts'

const cheap = { tries: DEAR_TRIES }
const dear = { tries: DEAR_TRIES + 1 }
const dearest = { tries: MAX_TRIES_PER_TOKEN }

describe('the next generation to get a slot', () => {
  it('is the first that waits', () => {
    expect(nextToRun([], [dear])).toBeUndefined()
    const [first, second] = [{ ...cheap }, { ...cheap }]
    expect(nextToRun([first, second], [dearest])).toBe(first)
    expect(nextToRun([dear, cheap], [cheap, cheap, cheap])).toBe(dear)
  })

  it('is one that is dear only as long as those that are so and run take no more than a token may', () => {
    const rest = { tries: MAX_TRIES_PER_TOKEN - dear.tries }
    expect(nextToRun([rest], [dear])).toBe(rest)
    expect(nextToRun([{ tries: rest.tries + 1 }], [dear])).toBeUndefined()
    expect(nextToRun([{ tries: 3 * MAX_TRIES_PER_TOKEN }], [cheap])).toBeDefined()
  })

  it('passes one that is dear and must wait, unless it is dear itself', () => {
    expect(nextToRun([dearest, cheap], [dear])).toBe(cheap)
    expect(nextToRun([dearest, dear], [dear])).toBeUndefined()
  })
})
