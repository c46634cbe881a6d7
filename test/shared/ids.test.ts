import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ID_RANDOM_BYTES, isId, makeId } from '../../shared/ids.ts'

const bytes = fc.uint8Array({ minLength: ID_RANDOM_BYTES, maxLength: ID_RANDOM_BYTES })
/** Four bytes of unix seconds reach to the year 2106. */
const times = fc.nat(0xffff_ffff).map((seconds) => seconds * 1000)

describe('makeId', () => {
  it('is the seconds and the random bytes, in hex', () => {
    const random = Uint8Array.of(0, 1, 2, 3, 0xfc, 0xfd, 0xfe, 0xff)
    expect(makeId(0x6921_b2a0 * 1000 + 999, random)).toBe('6921b2a000010203fcfdfeff')
    expect(makeId(0, random)).toBe('0000000000010203fcfdfeff')
  })

  it('has always the same form', () => {
    fc.assert(fc.property(times, bytes, (now, random) => isId(makeId(now, random))))
  })

  it('sorts by age', () => {
    fc.assert(
      fc.property(times, times, bytes, bytes, (a, b, left, right) => {
        const [early, late] = a <= b ? [a, b] : [b, a]
        return late - early < 1000 || makeId(early, left) < makeId(late, right)
      }),
    )
  })

  it('differs where its time or its random bytes differ', () => {
    fc.assert(
      fc.property(times, times, bytes, bytes, (a, b, left, right) => {
        const equal = a === b && left.every((byte, index) => byte === right[index])
        return (makeId(a, left) === makeId(b, right)) === equal
      }),
    )
  })

  it.each([0, ID_RANDOM_BYTES - 1, ID_RANDOM_BYTES + 1])('refuses %i random bytes', (count) => {
    expect(() => makeId(0, new Uint8Array(count))).toThrow(RangeError)
  })
})

describe('isId', () => {
  it.each([
    ['6921b2a000010203fcfdfeff', true],
    ['6921B2A000010203FCFDFEFF', false],
    ['6921b2a000010203fcfdfef', false],
    ['6921b2a000010203fcfdfeff0', false],
    ['6921b2a000010203fcfdfefg', false],
    ['6921b2a000010203fcfdfeff\n', false],
    ['', false],
  ])('of %j is %s', (text, expected) => {
    expect(isId(text)).toBe(expected)
  })
})
