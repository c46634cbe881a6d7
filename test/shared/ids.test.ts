import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromUuid, ID_RANDOM_BYTES, isId, makeId, toUuid } from '../../shared/ids.ts'

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

describe('the UUID spelling of an id', () => {
  const ids = fc.tuple(times, bytes).map(([now, random]) => makeId(now, random))

  it('is a UUID of version 8 that holds all of the id', () => {
    expect(toUuid('6921b2a000010203fcfdfeff')).toBe('6921b2a0-0001-8020-83fc-fdfeff000000')
  })

  it('has always the form, the version and the variant of RFC 9562', () => {
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    fc.assert(fc.property(ids, (id) => form.test(toUuid(id))))
  })

  it('is read back as the same id, in capitals too', () => {
    fc.assert(
      fc.property(ids, (id) => fromUuid(toUuid(id)) === id && fromUuid(toUuid(id).toUpperCase()) === id),
    )
  })

  it('sorts as the ids do', () => {
    fc.assert(fc.property(ids, ids, (a, b) => a < b === toUuid(a) < toUuid(b)))
  })

  it('of a foreign UUID is no id', () => {
    fc.assert(fc.property(fc.uuid({ version: [1, 3, 4, 5, 7] }), (uuid) => fromUuid(uuid) === undefined))
  })

  it.each([
    ['another version', '6921b2a0-0001-4020-83fc-fdfeff000000'],
    ['another variant', '6921b2a0-0001-8020-c3fc-fdfeff000000'],
    ['other fixed bits after the variant', '6921b2a0-0001-8020-93fc-fdfeff000000'],
    ['other fixed bits at the end', '6921b2a0-0001-8020-83fc-fdfeff000001'],
    ['a digit too few', '6921b2a0-0001-8020-83fc-fdfeff00000'],
    ['a digit too many', '6921b2a0-0001-8020-83fc-fdfeff0000000'],
    ['a line behind it', '6921b2a0-0001-8020-83fc-fdfeff000000\n'],
    ['braces', '{6921b2a0-0001-8020-83fc-fdfeff000000}'],
    ['the id itself', '6921b2a000010203fcfdfeff'],
    ['nothing', ''],
  ])('is none with %s', (_what, text) => {
    expect(fromUuid(text)).toBeUndefined()
  })
})
