import { describe, expect, it } from 'vitest'
import { createOverlongGuard } from '../../../../gpu-node/engine/native/bytes.ts'

describe('the guard against overlong characters', () => {
  // A token for each byte, and one that ends in the beginning of a character.
  const ENDS_IN_F0 = 256
  const guard = createOverlongGuard((token) => (token === ENDS_IN_F0 ? [0x61, 0xf0] : [token]), 257)
  const isText = (bytes: readonly number[]): boolean => !Buffer.from(bytes).toString().includes('\ufffd')

  it('forbids exactly the bytes that make no character', () => {
    expect(guard.always).toEqual([0xc0, 0xc1])
    for (const [first, rest] of [
      [0xe0, [0x80]],
      [0xf0, [0x80, 0x80]],
    ] as const) {
      const allowed = Array.from({ length: 64 }, (_, index) => 0x80 + index).filter((byte) =>
        isText([first, byte, ...rest]),
      )
      const forbidden = guard.after(first).filter((byte) => byte < 0xc0)
      expect([...forbidden, ...allowed]).toEqual(Array.from({ length: 64 }, (_, index) => 0x80 + index))
    }
  })

  it('looks at the last byte of a token, and forbids nothing behind others', () => {
    expect(guard.after(ENDS_IN_F0)).toBe(guard.after(0xf0))
    expect(guard.after(0x61)).toEqual([])
    expect(guard.after(0x61)).toBe(guard.after(0xe1))
  })

  it('knows nothing of tokens that are whole text', () => {
    const words = createOverlongGuard(() => undefined, 10)
    expect(words.always).toEqual([])
    expect(words.after(3)).toEqual([])
  })
})
