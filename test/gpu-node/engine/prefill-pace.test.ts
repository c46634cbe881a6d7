import { describe, expect, it } from 'vitest'
import {
  FIRST_PREFILL_TOKENS,
  MIN_PREFILL_TOKENS,
  PREFILL_GROWTH,
  PREFILL_STEP_MS,
  PREFILL_TOKENS,
  PrefillPace,
} from '../../../gpu-node/engine/prefill-pace.ts'

/** The sizes of the first pieces of a long prompt on a model with this speed. */
function pieces(count: number, msPerToken: number, firstMs = 0): number[] {
  const pace = new PrefillPace()
  return Array.from({ length: count }, (_, index) => {
    const { tokens } = pace
    pace.note(tokens, tokens * msPerToken + (index === 0 ? firstMs : 0))
    return tokens
  })
}

describe('PrefillPace', () => {
  it('begins small, since nothing is known', () => {
    expect(new PrefillPace().tokens).toBe(FIRST_PREFILL_TOKENS)
  })

  it('comes to pieces that take as long as a step may', () => {
    expect(pieces(4, 3)).toEqual([FIRST_PREFILL_TOKENS, PREFILL_STEP_MS / 3, PREFILL_STEP_MS / 3, 100])
  })

  it('grows no faster than its factor, and to no more than a batch', () => {
    const second = FIRST_PREFILL_TOKENS * PREFILL_GROWTH
    expect(pieces(4, 0)).toEqual([FIRST_PREFILL_TOKENS, second, PREFILL_TOKENS, PREFILL_TOKENS])
  })

  it('shrinks to its least for a model that takes longer than a step for it', () => {
    expect(pieces(2, PREFILL_STEP_MS)).toEqual([FIRST_PREFILL_TOKENS, MIN_PREFILL_TOKENS])
  })

  it('recovers from a first step that is slow for once', () => {
    expect(pieces(5, 1, 1_000).at(-1)).toBe(PREFILL_STEP_MS)
  })

  it('learns nothing from a piece of less than half of what it allows, unless that took too long', () => {
    const pace = new PrefillPace()
    pace.note(FIRST_PREFILL_TOKENS / 2 - 1, PREFILL_STEP_MS)
    expect(pace.tokens).toBe(FIRST_PREFILL_TOKENS)
    pace.note(FIRST_PREFILL_TOKENS / 2 - 1, PREFILL_STEP_MS + 1)
    expect(pace.tokens).toBeLessThan(FIRST_PREFILL_TOKENS / 2)
  })

  it('learns nothing from a step without prompt tokens', () => {
    const pace = new PrefillPace()
    pace.note(0, 10 * PREFILL_STEP_MS)
    expect(pace.tokens).toBe(FIRST_PREFILL_TOKENS)
  })
})
