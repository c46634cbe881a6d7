import { type Formula, math, parseFormula, valueAt, variableOf } from './formulas.ts'
import { NoResult } from './math-fault.ts'
import { integralBetween } from './quadrature.ts'
import { type Question, readQuestion } from './question.ts'
import { holds, isDerivative, isSame } from './samples.ts'
import { spell, spellNumber } from './spelling.ts'
import { solveTogether, symbolic } from './symbolic.ts'
import { calculate } from './values.ts'

/** Highest order of a derivative, and most equations at once. */
export const MAX_ORDER = 10
export const MAX_EQUATIONS = 6

type Of<Kind extends Question['kind']> = Extract<Question, { kind: Kind }>

/** The answer of the algebra engine, where that is a formula. */
function formulaBy(text: string): Formula | undefined {
  const answer = symbolic(text)
  try {
    return answer === undefined ? undefined : parseFormula(answer)
  } catch {
    return undefined
  }
}

function differentiate({ expression, variable: named, order, at }: Of<'derivative'>): string {
  if (order < 1 || order > MAX_ORDER) throw new NoResult(`Derivatives go up to the order ${MAX_ORDER}.`)
  let formula = parseFormula(expression)
  const variable = variableOf(formula, named)
  for (let step = 0; step < order; step += 1) {
    const next = formulaBy(`diff(${formula.text}, ${variable})`)
    if (!next || !isDerivative(next, formula, variable))
      throw new NoResult(`No derivative of ${expression} was found that holds at sample points.`)
    formula = next
  }
  if (at === undefined) return spell(formula)
  const point = valueAt(parseFormula(at), {})
  const value = point && valueAt(formula, { [variable]: point.re })
  if (value?.im !== 0) throw new NoResult(`The derivative ${spell(formula)} has no value there.`)
  return spellNumber(value.re)
}

function integrate({ expression, variable: named, bounds }: Of<'integral'>): string {
  const formula = parseFormula(expression)
  const variable = variableOf(formula, named)
  const whole = formulaBy(`integrate(${formula.text}, ${variable})`)
  const isChecked = whole !== undefined && isDerivative(formula, whole, variable)
  if (bounds) return integralBetween(formula, variable, bounds, isChecked ? whole : undefined)
  if (!isChecked) throw new NoResult(`No integral of ${expression} was found that holds at sample points.`)
  return `${spell(whole)} + C`
}

const differenceOf = (equation: string): Formula => {
  const sides = equation.split('=')
  if (sides.length > 2) throw new NoResult(`"${equation.slice(0, 100)}" is more than one equation.`)
  const [left = '', right = '0'] = sides
  return parseFormula(`(${left}) - (${right})`)
}

/** A fraction of such numbers is how the engine spells what it has only come near to. */
const LONG_FRACTION = /^-?[\d.e+]+\/[\d.e+]{5,}$/

/** A solution, with its value where that is not the same in other words. */
function spellSolution(variable: string, formula: Formula): string {
  const value = formula.variables.length === 0 ? valueAt(formula, {}) : undefined
  if (value === undefined) return `${variable} = ${spell(formula)}`
  const number =
    value.im === 0 ? spellNumber(value.re) : math.format(math.complex(value.re, value.im), { precision: 14 })
  const spelled = spell(formula)
  if (LONG_FRACTION.test(spelled.replaceAll(' ', '')) || spelled.length > 60) return `${variable} ≈ ${number}`
  return spelled === number || value.im !== 0
    ? `${variable} = ${spelled}`
    : `${variable} = ${spelled} ≈ ${number}`
}

function solveOne(equation: string, named: string | undefined): string {
  const difference = differenceOf(equation)
  if (difference.variables.length === 0) throw new NoResult('There is nothing to solve for.')
  const variable = variableOf(difference, named)
  const answer = symbolic(`solve(${difference.text}, ${variable})`)
  const found = (answer ?? '').replaceAll(/^\[|\]$/g, '')
  const solutions = splitParts(found)
    .flatMap((text) => {
      try {
        return [parseFormula(text)]
      } catch {
        return []
      }
    })
    .filter((formula) => holds(difference, new Map([[variable, formula]])))
  if (solutions.length === 0) throw new NoResult(`No solution of ${equation} was found that holds.`)
  const spelled = [...new Set(solutions.map((formula) => spellSolution(variable, formula)))]
  return spelled.join(' or ')
}

function splitParts(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const character of text) {
    if (character === '(') depth += 1
    if (character === ')') depth -= 1
    if (character === ',' && depth === 0) {
      parts.push(part)
      part = ''
    } else part += character
  }
  return [...parts, part].filter((one) => one.trim() !== '')
}

function solveAll(equations: readonly string[]): string {
  if (equations.length > MAX_EQUATIONS)
    throw new NoResult(`At most ${MAX_EQUATIONS} equations are solved at once.`)
  const differences = equations.map(differenceOf)
  const found = solveTogether(differences.map(({ text }) => `${text} = 0`))
  const solution = new Map([...found].map(([name, text]) => [name, parseFormula(text)]))
  if (solution.size === 0 || !differences.every((difference) => holds(difference, solution)))
    throw new NoResult('No solution of these equations was found that holds.')
  return [...solution].map(([name, formula]) => spellSolution(name, formula)).join(', ')
}

function rewrite({ how, expression }: Of<'rewrite'>): string {
  const formula = parseFormula(expression)
  const rewritten = formulaBy(`${how}(${formula.text})`)
  if (!rewritten || !isSame(rewritten, formula))
    throw new NoResult(`${expression} could not be rewritten so.`)
  return how === 'factor' ? spellAsIs(rewritten) : spell(rewritten)
}

const spellAsIs = ({ node }: Formula): string =>
  node.toString({ parenthesis: 'auto', implicit: 'show' }).replaceAll(' ^ ', '^').replaceAll(' * (', '(')

/** The result of a calculation in words. Throws `NoResult`. Nothing symbolic is told that does not hold at sample points. */
export function answer(words: string): string {
  const question = readQuestion(words)
  switch (question.kind) {
    case 'value': {
      const { expression } = question
      const { variables } = parseFormula(expression)
      // With unknowns and nothing to be done with it, it is put in order.
      if (variables.length > 0 && !/[=;\n]/.test(expression)) {
        const ordered = formulaBy(`expand(${parseFormula(expression).text})`)
        if (ordered && isSame(ordered, parseFormula(expression))) return spell(ordered)
      }
      return calculate(expression)
    }
    case 'derivative':
      return differentiate(question)
    case 'integral':
      return integrate(question)
    case 'rewrite':
      return rewrite(question)
    case 'solve': {
      const [first = '', ...others] = question.equations
      return others.length === 0 ? solveOne(first, question.variable) : solveAll(question.equations)
    }
    default:
      return question satisfies never
  }
}
