import type { Algebra, Solution } from './algebra.ts'
import { type Formula, math, parseFormula, valueAt, variableOf } from './formulas.ts'
import { NoResult, NotFound } from './math-fault.ts'
import { integralBetween } from './quadrature.ts'
import { type Question, readQuestion } from './question.ts'
import { holds, isDerivative, isSame } from './samples.ts'
import { spell, spellNumber } from './spelling.ts'
import { nerdamerAlgebra } from './symbolic.ts'
import { calculate } from './values.ts'

/** Highest order of a derivative, and most equations at once. */
export const MAX_ORDER = 10
export const MAX_EQUATIONS = 6

type Of<Kind extends Question['kind']> = Extract<Question, { kind: Kind }>

function differentiate(
  { expression, variable: named, order, at }: Of<'derivative'>,
  algebra: Algebra,
): string {
  if (order < 1 || order > MAX_ORDER) throw new NoResult(`Derivatives go up to the order ${MAX_ORDER}.`)
  let formula = parseFormula(expression)
  const variable = variableOf(formula, named)
  for (let step = 0; step < order; step += 1) {
    const next = algebra.derivative(formula, variable)
    if (!next || !isDerivative(next, formula, variable))
      throw new NotFound(`No derivative of ${expression} was found that holds at sample points.`)
    formula = next
  }
  if (at === undefined) return spell(formula)
  const point = valueAt(parseFormula(at), {})
  const value = point && valueAt(formula, { [variable]: point.re })
  if (value?.im !== 0) throw new NoResult(`The derivative ${spell(formula)} has no value there.`)
  return spellNumber(value.re)
}

function integrate({ expression, variable: named, bounds }: Of<'integral'>, algebra: Algebra): string {
  const formula = parseFormula(expression)
  const variable = variableOf(formula, named)
  const whole = algebra.integral(formula, variable)
  const isChecked = whole !== undefined && isDerivative(formula, whole, variable)
  if (bounds) return integralBetween(formula, variable, bounds, isChecked ? whole : undefined)
  if (!isChecked) throw new NotFound(`No integral of ${expression} was found that holds at sample points.`)
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
function spellSolution(variable: string, { formula, isNear = false }: Solution): string {
  const value = formula.variables.length === 0 ? valueAt(formula, {}) : undefined
  if (value === undefined) return `${variable} = ${spell(formula)}`
  const number =
    value.im === 0 ? spellNumber(value.re) : math.format(math.complex(value.re, value.im), { precision: 14 })
  const spelled = spell(formula)
  if (isNear || LONG_FRACTION.test(spelled.replaceAll(' ', '')) || spelled.length > 60)
    return `${variable} ≈ ${number}`
  return spelled === number || value.im !== 0
    ? `${variable} = ${spelled}`
    : `${variable} = ${spelled} ≈ ${number}`
}

function solveOne(equation: string, named: string | undefined, algebra: Algebra): string {
  const difference = differenceOf(equation)
  if (difference.variables.length === 0) throw new NoResult('There is nothing to solve for.')
  const variable = variableOf(difference, named)
  const solutions = algebra
    .solutions(difference, variable)
    .filter(({ formula }) => holds(difference, new Map([[variable, formula]])))
  if (solutions.length === 0) throw new NotFound(`No solution of ${equation} was found that holds.`)
  const spelled = [...new Set(solutions.map((solution) => spellSolution(variable, solution)))]
  return spelled.join(' or ')
}

function solveAll(equations: readonly string[], algebra: Algebra): string {
  if (equations.length > MAX_EQUATIONS)
    throw new NoResult(`At most ${MAX_EQUATIONS} equations are solved at once.`)
  const differences = equations.map(differenceOf)
  const solutions = algebra.solutionsTogether(differences).filter((solution) => {
    const formulas = new Map([...solution].map(([name, { formula }]) => [name, formula]))
    return differences.every((difference) => holds(difference, formulas))
  })
  if (solutions.length === 0) throw new NotFound('No solution of these equations was found that holds.')
  return solutions
    .map((solution) => [...solution].map(([name, one]) => spellSolution(name, one)).join(', '))
    .join(' or ')
}

function rewrite({ how, expression }: Of<'rewrite'>, algebra: Algebra): string {
  const formula = parseFormula(expression)
  const rewritten = algebra.rewritten(how, formula)
  if (!rewritten || !isSame(rewritten, formula))
    throw new NotFound(`${expression} could not be rewritten so.`)
  return how === 'factor' ? spellAsIs(rewritten) : spell(rewritten)
}

const spellAsIs = ({ node }: Formula): string =>
  node.toString({ parenthesis: 'auto', implicit: 'show' }).replaceAll(' ^ ', '^').replaceAll(' * (', '(')

function evaluate(expression: string): string {
  const formula = parseFormula(expression)
  // With unknowns and nothing to be done with it, it is put in order.
  if (formula.variables.length > 0 && !/[=;\n]/.test(expression)) {
    const ordered = nerdamerAlgebra.rewritten('expand', formula)
    if (ordered && isSame(ordered, formula)) return spell(ordered)
  }
  return calculate(expression)
}

/** The result by an algebra. Throws `NoResult`. Nothing symbolic is told that does not hold at sample points. */
export function answerBy(algebra: Algebra, question: Exclude<Question, { kind: 'value' }>): string {
  switch (question.kind) {
    case 'derivative':
      return differentiate(question, algebra)
    case 'integral':
      return integrate(question, algebra)
    case 'rewrite':
      return rewrite(question, algebra)
    case 'solve': {
      const { equations, variable } = question
      const [first = '', ...others] = equations
      return others.length === 0 ? solveOne(first, variable, algebra) : solveAll(equations, algebra)
    }
    default:
      return question satisfies never
  }
}

/** The result of a calculation in words. Throws `NoResult`. */
export function answer(words: string): string {
  const question = readQuestion(words)
  return question.kind === 'value' ? evaluate(question.expression) : answerBy(nerdamerAlgebra, question)
}
