import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DECIMAL_MARKS,
  isNameOfDigits,
  MAX_NUMBER_LENGTH,
  readNumber,
} from '../../../../worker/services/datasets/written-number.ts'

const numberIn = (text: string, mark: '.' | ',') => readNumber(text, mark)?.value

describe('readNumber', () => {
  it.each<[string, number | undefined, number | undefined]>([
    // text, with a point before the fraction, with a comma
    ['0', 0, 0],
    ['900', 900, 900],
    ['-12', -12, -12],
    ['\u221212', -12, -12],
    ['1.5', 1.5, undefined],
    ['1,5', undefined, 1.5],
    ['1.50', 1.5, undefined],
    ['0.500', 0.5, undefined],
    ['0,500', undefined, 0.5],
    ['.5', 0.5, undefined],
    ['-,5', undefined, -0.5],
    ['1,000', 1_000, 1],
    ['1.000', 1, 1_000],
    ['2,500.25', 2_500.25, undefined],
    ['2.500,25', undefined, 2_500.25],
    ['1,234,567', 1_234_567, undefined],
    ['1.234.567', undefined, 1_234_567],
    ['12,34,567.5', 1_234_567.5, undefined],
    ['1 234 567', 1_234_567, 1_234_567],
    ['1\u00a0234,5', undefined, 1_234.5],
    ['1\u202f234,5', undefined, 1_234.5],
    ['1\u2009234', 1_234, 1_234],
    ["1'234.50", 1_234.5, undefined],
    ['1\u2019234.50', 1_234.5, undefined],
    ['(1,234.50)', -1_234.5, undefined],
    ['1.234,50-', undefined, -1_234.5],
    ['6.02e+23', 6.02e23, undefined],
    ['1e-05', 1e-5, 1e-5],
    ['1.0E5', 1e5, undefined],
    ['0.30000000000000004', 0.30000000000000004, undefined],
    ['33.3333333333333333', 100 / 3, undefined],
    ['9007199254740991', 9007199254740991, 9007199254740991],
    // names
    ['007', undefined, undefined],
    ['12E5', undefined, undefined],
    ['1e3', undefined, undefined],
    ['+4915112345678', undefined, undefined],
    ['9007199254740993', undefined, undefined],
    ['12345678901234567890', undefined, undefined],
    ['1e+999', undefined, undefined],
    // neither
    ['', undefined, undefined],
    ['.', undefined, undefined],
    ['5.', undefined, undefined],
    ['1,00', undefined, 1],
    ['1,0000', undefined, 1],
    ['1,23,45', undefined, undefined],
    ['0,123,456', undefined, undefined],
    ["1'234 567", undefined, undefined],
    ['1\n234', undefined, undefined],
    ['1 2', undefined, undefined],
    ['--5', undefined, undefined],
    ['(-5)', undefined, undefined],
    ['(5', undefined, undefined],
    ['$5%', undefined, undefined],
    ['2025-01-01', undefined, undefined],
    ['12.05.2024', undefined, undefined],
    ['12:30', undefined, undefined],
    ['1.2.3', undefined, undefined],
    ['0x10', undefined, undefined],
    ['Infinity', undefined, undefined],
    ['12 kg', undefined, undefined],
  ])('reads %j as %j and %j', (text, withPoint, withComma) => {
    expect([numberIn(text, '.'), numberIn(text, ',')]).toEqual([withPoint, withComma])
  })

  it.each<[string, number, string, boolean]>([
    ['$5', 5, '$', true],
    ['-$5', -5, '$', true],
    ['$-5', -5, '$', true],
    ['($1,000)', -1_000, '$', true],
    ['5 €', 5, '€', false],
    ['5\u00a0€', 5, '€', false],
    ['€ 5', 5, '€', true],
    ['12.5%', 12.5, '%', false],
    ['12 %', 12, '%', false],
    ['£1,000.50', 1_000.5, '£', true],
    ['7', 7, '', false],
  ])('reads the unit of %j', (text, value, unit, isUnitBefore) => {
    expect(readNumber(text, '.')).toMatchObject({ value, unit, isUnitBefore })
  })

  it('tells whole numbers from others, and what is in parentheses', () => {
    expect(readNumber('1,000', '.')).toMatchObject({ isInteger: true, isInParentheses: false })
    expect(readNumber('1,000', ',')).toMatchObject({ isInteger: false })
    expect(readNumber('1e+05', '.')).toMatchObject({ isInteger: false })
    expect(readNumber('(5)', '.')).toMatchObject({ value: -5, isInteger: true, isInParentheses: true })
  })

  it(`reads ${MAX_NUMBER_LENGTH} characters and not one more`, () => {
    const long = (length: number) => `0.${'1'.repeat(length - 2)}`
    expect(numberIn(long(MAX_NUMBER_LENGTH), '.')).toBeCloseTo(1 / 9)
    expect(numberIn(long(MAX_NUMBER_LENGTH + 1), '.')).toBeUndefined()
  })

  const plain = (value: number) =>
    value.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 })

  it('takes only what prints back the same, up to marks, spaces, signs and zeros at the end', () => {
    const digits = fc.string({
      unit: fc.constantFrom(..."00123456789.,,. \u00a0\u2019'eE+-()$€%"),
      minLength: 1,
      maxLength: 18,
    })
    fc.assert(
      fc.property(digits, fc.constantFrom(...DECIMAL_MARKS), (text, mark) => {
        const number = readNumber(text.trim(), mark)
        if (!number || /e/i.test(text)) return
        const written = text
          .replaceAll(/[^\d.,]/g, '')
          .replaceAll(mark === '.' ? ',' : '.', '')
          .replace(mark, '.')
        const [whole = '', fraction = ''] = written.split('.')
        const [printedWhole, printedFraction = ''] = plain(Math.abs(number.value)).split('.')
        expect(printedWhole).toBe(whole || '0')
        expect(printedFraction).toBe(fraction.replace(/0+$/, ''))
      }),
      { numRuns: 20_000 },
    )
  })

  it('reads back every number as each country writes it', () => {
    const amount = fc.integer({ min: -9_999_999_999, max: 9_999_999_999 }).map((cents) => cents / 100)
    const locales = ['en', 'de', 'fr', 'de-CH', 'en-IN', 'pt-BR', 'sv', 'pl', 'es'] as const
    fc.assert(
      fc.property(amount, fc.constantFrom(...locales), fc.boolean(), (value, locale, isMoney) => {
        const style = isMoney ? ({ style: 'currency', currency: 'EUR' } as const) : {}
        const format = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, ...style })
        const mark = format.formatToParts(0.5).find(({ type }) => type === 'decimal')?.value
        const text = format.format(value)
        // Where a currency has no sign of its own it is a word.
        if ((mark !== '.' && mark !== ',') || /[a-z]/i.test(text)) return
        expect(readNumber(text.replaceAll(/[\u200e\u200f]/g, ''), mark)?.value).toBe(value)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('isNameOfDigits', () => {
  it.each(['007', '00', '12E5', '1e3', '+4915112345678', '+49 151 123', '12345678901234567890'])(
    'knows %j',
    (text) => {
      expect(isNameOfDigits(text)).toBe(true)
    },
  )

  it.each(['5.', '1.2.3', '12 kg', '2025-01-01', 'x', ''])('does not mean %j', (text) => {
    expect(isNameOfDigits(text)).toBe(false)
  })
})
