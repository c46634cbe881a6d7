import { all, create, type MathType } from 'mathjs'
import { math, parseFormula } from './formulas.ts'
import { NoResult } from './math-fault.ts'

/** Digits of numbers that are whole and too long for the usual ones. */
const EXACT_DIGITS = 512

const DIGITS = 14

/** Longest result of a calculation, in characters. */
const MAX_RESULT_LENGTH = 8_000

const exact = create(all ?? {}, { number: 'BigNumber', precision: EXACT_DIGITS })

const causeOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

const isTooLong = (value: unknown): boolean =>
  typeof value === 'number' && Math.abs(value) >= Number.MAX_SAFE_INTEGER

/** A number with all its digits, where it is whole; undefined where it has too many, or is no number. */
function exactly(text: string): string | undefined {
  try {
    const value: unknown = exact.evaluate(text)
    return exact.isBigNumber(value) && value.isInteger() && value.e < EXACT_DIGITS
      ? value.toFixed()
      : undefined
  } catch {
    return undefined
  }
}

function format(value: unknown): string {
  if (typeof value === 'function') throw new NoResult('A function was defined, and no value was asked for.')
  return math.format(value as MathType, { precision: DIGITS }) // `format` takes whatever the calculator gives
}

/** The value of an expression of numbers, units and matrices. */
export function calculate(text: string): string {
  const { node, variables } = parseFormula(text)
  let value: unknown
  try {
    value = node.compile().evaluate({})
  } catch (thrown) {
    const unknown =
      variables.length > 0 ? ' Ask for a derivative, an integral or a solution of what has unknowns.' : ''
    throw new NoResult(`This has no value: ${causeOf(thrown).replace(/\.?$/, '.')}${unknown}`)
  }
  if (value === undefined || value === null) throw new NoResult('This has no value.')
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new NoResult(
      Number.isNaN(value) ? 'This has no value.' : 'This is too large, or has no finite value.',
    )
  const spelled = (isTooLong(value) && exactly(text)) || format(value)
  if (spelled.length > MAX_RESULT_LENGTH) throw new NoResult('The result is too long.')
  return spelled
}
