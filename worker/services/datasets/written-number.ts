/** The sign before a number's fraction; the other one groups its digits, if anything does. */
export type DecimalMark = '.' | ','
export const DECIMAL_MARKS: readonly DecimalMark[] = ['.', ',']

/** Longest number, in characters. */
export const MAX_NUMBER_LENGTH = 40

/** A number as people and programs write it. */
export interface WrittenNumber {
  value: number
  isInteger: boolean
  /** `$`, `€`, `%`, …: what it is a number of. */
  unit: string
  isUnitBefore: boolean
  /** In parentheses: negative, for an accountant. */
  isInParentheses: boolean
}

/** Spaces that stand between digits, and between a number and its unit. */
const GAP = String.raw`[ \u00a0\u2007\u2009\u202f]`
const SIGN = '[-\u2212]'
const UNIT = String.raw`\p{Sc}|%|\u2030`
const BODY = String.raw`[\d.,](?:(?:[\d.,'\u2019]|${GAP})*\d)?(?:e[+-]?\d+)?`
const SHAPE = new RegExp(
  String.raw`^(\()?(${SIGN})?${GAP}*(${UNIT})?${GAP}*(${SIGN})?(${BODY})${GAP}*(${UNIT})?(${SIGN})?(\))?$`,
  'iu',
)

/** As JavaScript writes it, but for zeros at the end of a fraction and the one before it. */
const PLAIN = /^(?:(?:0|[1-9]\d*)(?:\.\d+)?|\.\d+)$/
/** As programs write powers: with one digit before the fraction, and a fraction or a sign. `12E5` is a name. */
const POWER = /^\d(?:\.\d+)?e[+-]\d{1,3}$|^\d\.\d+e\d{1,3}$/i
/** By thousands, or as in India. */
const GROUPED = /^[1-9]\d{0,2}(?:([^\d.])\d{3})(?:\1\d{3})*(?:\.\d+)?$|^[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?$/

/** Digits that a number would not be printed as: `007`, `+4915112345678`, `12E5`, more of them than a number holds. */
const NAME_OF_DIGITS = /^(?:\+[\d\s]+|-?0\d+|\d{16,}|\d+e\d+)$/i

/** Whether a cell is a name although all of it are digits. It is asked of what is no number. */
export const isNameOfDigits = (text: string): boolean => NAME_OF_DIGITS.test(text)

/** A number's body as JavaScript reads it. */
function plainBody(body: string, decimal: DecimalMark): string | undefined {
  const text = decimal === '.' ? body : body.replaceAll(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'))
  if (PLAIN.test(text) || POWER.test(text)) return text
  return GROUPED.test(text) ? text.replaceAll(/[^\d.]/g, '') : undefined
}

/**
 * The number that a cell without blanks around it holds: with its thousands grouped or not, a sign before or behind it, and a
 * unit. Undefined where it would not print back the same but for that: such a cell is a name.
 */
export function readNumber(text: string, decimal: DecimalMark): WrittenNumber | undefined {
  if (text.length > MAX_NUMBER_LENGTH) return undefined
  const [, open, sign, before, inner, body, after, trailing, close] = SHAPE.exec(text) ?? []
  if (body === undefined || Boolean(open) !== Boolean(close) || (before && after)) return undefined
  const signs = [open, sign, inner, trailing].filter((given) => given !== undefined)
  const plain = plainBody(body, decimal)
  if (plain === undefined || signs.length > 1) return undefined
  const value = Number(plain)
  const isInteger = /^\d+$/.test(plain)
  if (!Number.isFinite(value)) return undefined
  if (!/e/i.test(plain) && !Number.isSafeInteger(Math.trunc(value))) return undefined
  return {
    value: signs.length === 1 && value !== 0 ? -value : value,
    isInteger,
    unit: before ?? after ?? '',
    isUnitBefore: before !== undefined,
    isInParentheses: open !== undefined,
  }
}
