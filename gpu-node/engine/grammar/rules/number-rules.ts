import { choice, EMPTY, type Expression, NEVER, optional, repeat, sequence, set, text } from '../gbnf/gbnf.ts'
import type { RuleSet } from '../gbnf/rule-set.ts'
import { rangesOf } from '../language/code-points.ts'
import { type Bound, keyOf, type NumberShape } from '../schema/shape.ts'
import { multiplesRule } from './multiple-rules.ts'

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
  const { isInteger, decimals, minimum, maximum } = shape
  return rules.shared(isInteger ? 'integer' : 'number', `number ${keyOf(shape)}`, () => {
    if (isInteger) return integer(rules, shape, refuse)
    const isBounded = minimum !== undefined || maximum !== undefined || decimals !== undefined
    return isBounded ? decimal(shape, refuse) : anyNumber()
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
function integer(rules: RuleSet, { step, minimum, maximum }: NumberShape, refuse: RefuseAt): Expression {
  // Where digits are dropped by a reader with doubles, order survives and a multiple does not.
  const room = step.value === 1n ? INTEGER_DIGITS : DECIMAL_DIGITS
  const limit = 10n ** BigInt(room) - 1n
  const low = minimum ? wholeBound(minimum, Math.ceil, 1n, refuse) : -limit
  const high = maximum ? wholeBound(maximum, Math.floor, -1n, refuse) : limit
  if (minimum && low > limit) refuse(minimum.pointer, `has more than the ${room} digits of an integer here`)
  if (maximum && high < -limit) refuse(maximum.pointer, `has more than the ${room} digits of an integer here`)
  const between = (from: bigint, to: bigint, sign: string): Expression => {
    if (from > to) return NEVER
    if (step.value === 1n) return naturals(from, to, sign)
    const multiples = { step: step.value, low: from, high: to }
    return sequence(
      text(sign),
      multiplesRule(rules, multiples, (sentence) => refuse(step.pointer, sentence)),
    )
  }
  return choice(
    between(high < -1n ? -high : 1n, low < -limit ? limit : -low, '-'),
    between(low > 0n ? low : 0n, high > limit ? limit : high, ''),
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
function decimal({ minimum, maximum, decimals }: NumberShape, refuse: RefuseAt): Expression {
  const most = 10 ** DECIMAL_DIGITS - 1
  const low = minimum && minimum.value >= -most ? minimum : { value: -most, isExclusive: false, pointer: '' }
  const high = maximum && maximum.value <= most ? maximum : { value: most, isExclusive: false, pointer: '' }
  if (low.value > most) refuse(low.pointer, `has more than the ${DECIMAL_DIGITS} digits of a number here`)
  if (high.value < -most) refuse(high.pointer, `has more than the ${DECIMAL_DIGITS} digits of a number here`)
  const options: Expression[] = []
  if (low.value < 0) {
    const nearest = high.value < 0 ? decimalOf(high, refuse) : { ...ZERO, isExclusive: true }
    options.push(sequence(text('-'), positives(nearest, decimalOf(low, refuse), decimals)))
  }
  if (high.value >= 0) {
    const from = low.value >= 0 ? decimalOf(low, refuse) : ZERO
    options.push(positives(from, decimalOf(high, refuse), decimals))
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

/** Unsigned decimals from `nearest` to `farthest`, with at most `decimals` digits after the point. */
function positives(nearest: Decimal, farthest: Decimal, decimals = Number.POSITIVE_INFINITY): Expression {
  const [low, high] = [roundedUp(nearest, decimals), roundedDown(farthest, decimals)]
  if (low.whole > high.whole) return NEVER
  const room = (digits: number): number => Math.min(digits, decimals)
  if (low.whole === high.whole)
    return sequence(text(String(low.whole)), fractionBetween(low, high, room(roomAt(high))))
  const between = anyFraction(room(high.isExclusive ? roomAt(high) : FRACTION_DIGITS))
  return choice(
    sequence(text(String(low.whole)), fractionFrom(low, room(roomAt(low)))),
    sequence(naturals(low.whole + 1n, high.whole - 1n, ''), between),
    sequence(text(String(high.whole)), fractionTo(high, room(roomAt(high)))),
  )
}

/** The first decimal of at most `decimals` digits after the point that is not below the bound. */
function roundedUp(bound: Decimal, decimals: number): Decimal {
  if (bound.fraction.length <= decimals) return bound
  const next = BigInt(bound.whole + bound.fraction.slice(0, decimals)) + 1n
  const unit = 10n ** BigInt(decimals)
  const fraction = String(next % unit).padStart(decimals, '0')
  return { whole: next / unit, fraction: fraction.replace(/0+$/, ''), isExclusive: false }
}

/** The last one that is not above it. */
function roundedDown(bound: Decimal, decimals: number): Decimal {
  if (bound.fraction.length <= decimals) return bound
  const fraction = bound.fraction.slice(0, decimals).replace(/0+$/, '')
  return { ...bound, fraction, isExclusive: false }
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
  room < 1 ? NEVER : choice(sequence(NONZERO, digits(0, room - 1)), sequence(text('0'), notAllZero(room - 1)))

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
