import { describe, expect, it } from 'vitest'
import { brief, bytes, count, duration, NOTHING, rate, when } from '../../../../worker/console/kit/format.ts'

describe('a figure of the console', () => {
  it.each([
    ['a count', count, '0'],
    ['a short count', brief, '0'],
    ['bytes', bytes, '0 B'],
    ['a time', duration, '0 ms'],
    ['a rate', rate, '0.0'],
  ])('that is %s is 0 where it is 0, and a dash where nobody has measured it', (_name, format, none) => {
    expect(format(0)).toBe(none)
    for (const unknown of [null, undefined]) expect(format(unknown)).toBe(NOTHING)
  })

  it('that is a moment is a dash where there was none', () => {
    for (const unknown of [null, undefined]) expect(when(unknown)).toBe('–')
    expect(when(0)).toMatch(/19(69|70)/)
  })

  it.each([
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [150 * 1_024, '150 KiB'],
    [1.5 * 1_024 ** 4, '1.5 TiB'],
  ])('of %i bytes is in the largest unit of which there is one', (value, text) =>
    expect(bytes(value)).toBe(text),
  )

  it.each([
    [999, '999 ms'],
    [1_500, '1.5 s'],
    [90_000, '1 min'],
    [3_660_000, '1 h 1 min'],
  ])('of %i ms is as a person says it', (value, text) => expect(duration(value)).toBe(text))
})
