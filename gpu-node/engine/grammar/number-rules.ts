import { rangesOf } from './code-points.ts'
import {
  choice,
  EMPTY,
  type Expression,
  NEVER,
  optional,
  type RuleSet,
  repeat,
  sequence,
  set,
  text,
} from './gbnf.ts'
import { type Bound, keyOf, type NumberShape } from './shape.ts'

/** Refuses the keyword at `pointer`; never returns. */
type RefuseAt = (pointer: string, sentence: string) => never

/** Integers are at most 19 digits, which holds every 64-bit integer: digits must end, or a small model goes on forever. */
const INTEGER_DIGITS = 19

/**
 * Decimals of at most 15 significant digits keep their order as doubles (IEEE 754 binary64, DBL_DIG), so a text within
 * the bounds is a number within the bounds.
 */
const DECIMAL_DIGITS = 15
const FRACTION_DIGITS = 15

const DIGIT = set(...rangesOf('09'))
const NONZERO = set(...rangesOf('19'))
const digits = (min: number, max: number): Expression => repeat(DIGIT, min, Math.max(min, max))
const digitsBetween = (low: number, high: number): Expression =>
  low > high ? NEVER : low === high ? text(String(low)) : set(...rangesOf(`${low}${high}`))

export function numberRule(rules: RuleSet, shape: NumberShape, refuse: RefuseAt): Expression {
  const { isInteger, minimum, maximum } = shape
  return rules.shared(isInteger ? 'integer' : 'number', `number ${keyOf(shape)}`, () => {
    if (isInteger) return integer(minimum, maximum, refuse)
    return minimum || maximum ? decimal(minimum, maximum, refuse) : anyNumber()
  })
}

/** RFC 8259 §6, with an exponent that keeps even 19 digits within a double. */
function anyNumber(): Expression {
  const whole = choice(text('0'), sequence(NONZERO, digits(0, INTEGER_DIGITS - 1)))
  const fraction = sequence(text('.'), digits(1, FRACTION_DIGITS))
  const power = choice(
    digits(1, 2),
    sequence(text('1'), digits(2, 2)),
    sequence(text('2'), set(...rangesOf('08')), DIGIT),
  )
  const exponent = sequence(set(...rangesOf('e', 'E')), optional(set(...rangesOf('+', '-'))), power)
  return sequence(optional(text('-')), whole, optional(fraction), optional(exponent))
}

/** Integers without exponent and fraction; zero has no sign. */
function integer(minimum: Bound | undefined, maximum: Bound | undefined, refuse: RefuseAt): Expression {
  const limit = 10n ** BigInt(INTEGER_DIGITS) - 1n
  const low = minimum ? wholeBound(minimum, Math.ceil, 1n, refuse) : -limit
  const high = maximum ? wholeBound(maximum, Math.floor, -1n, refuse) : limit
  if (minimum && low > limit)
    refuse(minimum.pointer, `has more than the ${INTEGER_DIGITS} digits of an integer here`)
  if (maximum && high < -limit)
    refuse(maximum.pointer, `has more than the ${INTEGER_DIGITS} digits of an integer here`)
  return choice(
    naturals(high < -1n ? -high : 1n, low < -limit ? limit : -low, '-'),
    naturals(low > 0n ? low : 0n, high > limit ? limit : high, ''),
  )
}

function wholeBound(
  { value, isExclusive, pointer }: Bound,
  round: (value: number) => number,
  step: bigint,
  refuse: RefuseAt,
): bigint {
  const rounded = BigInt(round(value))
  if (!isExclusive || !Number.isInteger(value)) return rounded
  // Above 2^53 the next integer may be the same double.
  if (!Number.isSafeInteger(value)) refuse(pointer, 'is too large for an exclusive bound')
  return rounded + step
}

/** The integers from `low` to `high`, both at least zero. */
function naturals(low: bigint, high: bigint, sign: string): Expression {
  if (low > high) return NEVER
  const [from, to] = [String(low), String(high)]
  if (from.length === to.length) return sequence(text(sign), digitRange(from, to))
  const between = to.length - from.length > 1 ? [sequence(NONZERO, digits(from.length, to.length - 2))] : []
  return sequence(
    text(sign),
    choice(
      digitRange(from, '9'.repeat(from.length)),
      ...between,
      digitRange(`1${'0'.repeat(to.length - 1)}`, to),
    ),
  )
}

/** Digit strings between two of the same length. */
function digitRange(from: string, to: string): Expression {
  const rest = from.length - 1
  if (rest < 0) return EMPTY
  const [low, high] = [Number(from[0]), Number(to[0])]
  if (/^0*$/.test(from.slice(1)) && /^9*$/.test(to.slice(1))) {
    return sequence(digitsBetween(low, high), digits(rest, rest))
  }
  if (low === high) return sequence(text(String(low)), digitRange(from.slice(1), to.slice(1)))
  return choice(
    sequence(text(String(low)), digitRange(from.slice(1), '9'.repeat(rest))),
    sequence(digitsBetween(low + 1, high - 1), digits(rest, rest)),
    sequence(text(String(high)), digitRange('0'.repeat(rest), to.slice(1))),
  )
}

/** A bound of either sign, as the digits before and after its decimal point. */
interface Decimal {
  whole: bigint
  fraction: string
  isExclusive: boolean
}
const ZERO: Decimal = { whole: 0n, fraction: '', isExclusive: false }

/** Numbers without exponent: first the negative ones, by their distance from zero, then the others. */
function decimal(minimum: Bound | undefined, maximum: Bound | undefined, refuse: RefuseAt): Expression {
  const most = 10 ** DECIMAL_DIGITS - 1
  const low = minimum && minimum.value >= -most ? minimum : { value: -most, isExclusive: false, pointer: '' }
  const high = maximum && maximum.value <= most ? maximum : { value: most, isExclusive: false, pointer: '' }
  if (low.value > most) refuse(low.pointer, `has more than the ${DECIMAL_DIGITS} digits of a number here`)
  if (high.value < -most) refuse(high.pointer, `has more than the ${DECIMAL_DIGITS} digits of a number here`)
  const options: Expression[] = []
  if (low.value < 0) {
    const nearest = high.value < 0 ? decimalOf(high, refuse) : { ...ZERO, isExclusive: true }
    options.push(sequence(text('-'), positives(nearest, decimalOf(low, refuse))))
  }
  if (high.value >= 0) {
    options.push(positives(low.value >= 0 ? decimalOf(low, refuse) : ZERO, decimalOf(high, refuse)))
  }
  return choice(...options)
}

function decimalOf({ value, isExclusive, pointer }: Bound, refuse: RefuseAt): Decimal {
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e')
  const significant = mantissa.replace('.', '')
  const point = Number(exponent) + 1
  if (isExclusive && significant.length > DECIMAL_DIGITS) {
    refuse(pointer, `has more than ${DECIMAL_DIGITS} digits, too many for an exclusive bound`)
  }
  if (significant.length - point > 2 * FRACTION_DIGITS) {
    refuse(pointer, `has more than ${2 * FRACTION_DIGITS} digits after the point`)
  }
  const padded =
    '0'.repeat(Math.max(0, 1 - point)) + significant + '0'.repeat(Math.max(0, point - significant.length))
  const split = Math.max(point, 1)
  return {
    whole: BigInt(padded.slice(0, split)),
    fraction: padded.slice(split).replace(/0+$/, ''),
    isExclusive,
  }
}

/**
 * Digits that a fraction may have beside the whole part of a bound. Elsewhere rounding to a double cannot cross a
 * bound, except up to an exclusive one from just below.
 */
const roomAt = ({ whole }: Decimal): number => Math.max(0, DECIMAL_DIGITS - String(whole).length)

/** Unsigned decimals from `low` to `high`. */
function positives(low: Decimal, high: Decimal): Expression {
  if (low.whole > high.whole) return NEVER
  if (low.whole === high.whole)
    return sequence(text(String(low.whole)), fractionBetween(low, high, roomAt(high)))
  const between = anyFraction(high.isExclusive ? roomAt(high) : FRACTION_DIGITS)
  return choice(
    sequence(text(String(low.whole)), fractionFrom(low, roomAt(low))),
    sequence(naturals(low.whole + 1n, high.whole - 1n, ''), between),
    sequence(text(String(high.whole)), fractionTo(high, roomAt(high))),
  )
}

const anyFraction = (room: number): Expression =>
  room > 0 ? choice(sequence(text('.'), digits(1, room)), EMPTY) : EMPTY

/** `.ddd` of at least `fraction`. */
function fractionFrom({ fraction, isExclusive }: Decimal, room: number): Expression {
  if (fraction === '' && !isExclusive) return anyFraction(room)
  return sequence(text('.'), digitsFrom(fraction, isExclusive, room))
}

/** `.ddd` of at most `fraction`, or none. */
function fractionTo({ fraction, isExclusive }: Decimal, room: number): Expression {
  const isBelow = fraction !== '' || !isExclusive
  if (!isBelow) return NEVER
  return choice(EMPTY, sequence(text('.'), digitsTo(fraction, isExclusive, room, true)))
}

function fractionBetween(low: Decimal, high: Decimal, room: number): Expression {
  if (low.fraction === '' && !low.isExclusive) return fractionTo(high, room)
  return sequence(text('.'), digitsBetweenFractions(low, high, room))
}

/** Digits after the point that make a fraction of at least (or above) `0.fraction`. */
function digitsFrom(fraction: string, isExclusive: boolean, room: number): Expression {
  if (fraction === '') return isExclusive ? notAllZero(room) : digits(0, room)
  const [digit, rest] = [Number(fraction[0]), fraction.slice(1)]
  return choice(
    sequence(digitsBetween(digit + 1, 9), digits(0, room - 1)),
    sequence(text(String(digit)), digitsFrom(rest, isExclusive, room - 1)),
  )
}

const notAllZero = (room: number): Expression =>
  room < 1 ? NEVER : sequence(repeat(text('0'), 0, room - 1), NONZERO, digits(0, room - 1))

/** Digits after the point that make a fraction of at most (or below) `0.fraction`; `isFirst`: one digit is due. */
function digitsTo(fraction: string, isExclusive: boolean, room: number, isFirst: boolean): Expression {
  if (fraction === '')
    return isExclusive ? NEVER : repeat(text('0'), Number(isFirst), Math.max(Number(isFirst), room))
  const [digit, rest] = [Number(fraction[0]), fraction.slice(1)]
  return choice(
    ...(isFirst ? [] : [EMPTY]),
    sequence(digitsBetween(0, digit - 1), digits(0, room - 1)),
    sequence(text(String(digit)), digitsTo(rest, isExclusive, room - 1, false)),
  )
}

function digitsBetweenFractions(low: Decimal, high: Decimal, room: number): Expression {
  if (low.fraction === '' && !low.isExclusive) return digitsTo(high.fraction, high.isExclusive, room, false)
  const [from, to] = [Number(low.fraction[0] ?? 0), Number(high.fraction[0] ?? 0)]
  const [lowRest, highRest] = [
    { ...low, fraction: low.fraction.slice(1) },
    { ...high, fraction: high.fraction.slice(1) },
  ]
  const isExhausted = low.fraction === '' && high.fraction === ''
  if (isExhausted || from > to) return NEVER
  if (from === to) return sequence(text(String(from)), digitsBetweenFractions(lowRest, highRest, room - 1))
  return choice(
    sequence(text(String(from)), digitsFrom(lowRest.fraction, low.isExclusive, room - 1)),
    sequence(digitsBetween(from + 1, to - 1), digits(0, room - 1)),
    sequence(text(String(to)), digitsTo(highRest.fraction, high.isExclusive, room - 1, false)),
  )
}
