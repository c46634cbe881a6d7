import { type Formula, math, parseFormula } from './formulas.ts'
import { isSame } from './samples.ts'
import { symbolic } from './symbolic.ts'

/** Numbers with more digits than this are rounded. */
const DIGITS = 14

/** A number as people write it. */
export const spellNumber = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 2 ** 53
    ? String(value)
    : math.format(value, { precision: DIGITS })

/** One term of a polynomial without its sign: `3x^2`, `x^3/3`, `5`. */
function spellTerm(
  numerator: string,
  denominator: string | undefined,
  variable: string,
  power: number,
): string {
  const letter = power === 0 ? '' : power === 1 ? variable : `${variable}^${power}`
  const factor = numerator === '1' && letter !== '' ? '' : numerator
  return `${factor}${letter}${denominator === undefined ? '' : `/${denominator}`}`
}

/** A polynomial in one variable, the highest power first; undefined where the formula is none with plain coefficients. */
function spellPolynomial({ text, variables }: Formula): string | undefined {
  const [variable] = variables
  if (variable === undefined || variables.length > 1) return undefined
  const coefficients = symbolic(`coeffs(${text}, ${variable})`)
    ?.replaceAll(/[[\]\s]/g, '')
    .split(',')
  if (!coefficients?.every((part) => /^-?\d+(?:\/\d+)?$/.test(part))) return undefined
  let spelled = ''
  for (const [power, coefficient] of [...coefficients.entries()].toReversed()) {
    if (coefficient === '0') continue
    const isNegative = coefficient.startsWith('-')
    const [numerator = '', denominator] = coefficient.replace('-', '').split('/')
    const term = spellTerm(numerator, denominator, variable, power)
    spelled += spelled === '' ? `${isNegative ? '-' : ''}${term}` : ` ${isNegative ? '-' : '+'} ${term}`
  }
  return spelled === '' ? '0' : spelled
}

/** A formula in the spelling of people: `3x^2 + 4x - 5`, `2 sin(x) cos(x)`. */
export function spell(formula: Formula): string {
  const polynomial = spellPolynomial(formula)
  // The engine has coefficients for formulas that are no polynomials as well.
  if (polynomial !== undefined && isSame(parseFormula(polynomial), formula)) return polynomial
  return formula.node
    .toString({ parenthesis: 'auto', implicit: 'show' })
    .replaceAll(' ^ ', '^')
    .replaceAll(' / ', '/')
    .replaceAll(/(?<![\w.])(\d+(?:\.\d+)?) \* (?=[a-zA-Z(])/g, '$1')
    .replaceAll('+ -', '- ')
}
