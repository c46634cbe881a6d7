import { describe, expect, it } from 'vitest'
import {
  FIRST_PREFILL_TOKENS,
  MIN_PREFILL_TOKENS,
  PREFILL_AIM_MS,
  PREFILL_GROWTH,
  PREFILL_STEP_MS,
  PREFILL_TILE,
  PREFILL_TOKENS,
  PrefillPace,
  TILE_AIM_MS,
} from '../../../../gpu-node/engine/decode/prefill-pace.ts'

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

  it('comes to as many whole tiles as take a little less than a step may', () => {
    const msPerToken = PREFILL_AIM_MS / (3 * PREFILL_TILE - 1)
    expect(pieces(5, msPerToken).slice(-2)).toEqual([2 * PREFILL_TILE, 2 * PREFILL_TILE])
    expect(2 * PREFILL_TILE * msPerToken).toBeLessThan(PREFILL_STEP_MS)
  })

  it('stays at a tile that takes longer, up to a limit of its own, and then goes on in small pieces that fit', () => {
    const atLimit = TILE_AIM_MS / PREFILL_TILE
    expect(pieces(3, atLimit)).toEqual([FIRST_PREFILL_TOKENS, PREFILL_TILE, PREFILL_TILE])
    const above = (TILE_AIM_MS + 1) / PREFILL_TILE
    const small = Math.floor(PREFILL_AIM_MS / above)
    expect(pieces(3, above)).toEqual([FIRST_PREFILL_TOKENS, small, small])
  })

  it('comes back to tiles where small pieces take less again, as at the beginning of the next prompt', () => {
    const pace = new PrefillPace()
    for (const msPerToken of [20, 20]) pace.note(pace.tokens, pace.tokens * msPerToken)
    expect(pace.tokens).toBeLessThan(PREFILL_TILE)
    pace.note(pace.tokens, pace.tokens * 4)
    expect(pace.tokens).toBe(PREFILL_TILE)
  })

  it('grows no faster than its factor, and to no more than a batch', () => {
    const second = FIRST_PREFILL_TOKENS * PREFILL_GROWTH
    expect(pieces(4, 0)).toEqual([FIRST_PREFILL_TOKENS, second, PREFILL_TOKENS, PREFILL_TOKENS])
  })

  it('shrinks to its least for a model that takes longer than a step for it', () => {
    expect(pieces(2, PREFILL_STEP_MS)).toEqual([FIRST_PREFILL_TOKENS, MIN_PREFILL_TOKENS])
  })

  it('recovers from a first step that is slow for once', () => {
    expect(pieces(5, 1, 1_000).at(-1)).toBe(3 * PREFILL_TILE)
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
