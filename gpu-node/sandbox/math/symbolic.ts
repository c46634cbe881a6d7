import nerdamer from 'nerdamer-prime'
import type { Algebra, Solution } from './algebra.ts'
import { type Formula, parseFormula } from './formulas.ts'

/** Words of an answer that only repeats the question. */
const UNSOLVED = /\b(?:integrate|diff|defint|solve)\s*\(/

/** The answer of nerdamer, in its own spelling; undefined where it has none. Whoever uses it checks it. */
export function symbolic(text: string): string | undefined {
  try {
    const answer = nerdamer(text).toString()
    return answer === '' || UNSOLVED.test(answer) ? undefined : answer
  } catch {
    return undefined
  }
}

/** The formula that a text is, where it is one. */
export function formulaOf(text: string | undefined): Formula | undefined {
  try {
    return text === undefined ? undefined : parseFormula(text)
  } catch {
    return undefined
  }
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

function solveTogether(equations: readonly string[]): [string, string][] {
  try {
    const found: unknown = nerdamer.solveEquations([...equations])
    if (!Array.isArray(found)) return []
    return found.map((pair: unknown) => (Array.isArray(pair) ? [String(pair[0]), String(pair[1])] : ['', '']))
  } catch {
    return []
  }
}

/** The algebra of nerdamer, which is there at once. */
export const nerdamerAlgebra: Algebra = {
  derivative: ({ text }, variable) => formulaOf(symbolic(`diff(${text}, ${variable})`)),
  integral: ({ text }, variable) => formulaOf(symbolic(`integrate(${text}, ${variable})`)),
  rewritten: (how, { text }) => formulaOf(symbolic(`${how}(${text})`)),
  solutions({ text }, variable) {
    const found = (symbolic(`solve(${text}, ${variable})`) ?? '').replaceAll(/^\[|\]$/g, '')
    return splitParts(found)
      .flatMap((part) => formulaOf(part) ?? [])
      .map((formula) => ({ formula }))
  },
  solutionsTogether(differences) {
    const found = solveTogether(differences.map(({ text }) => `${text} = 0`))
    const solution = new Map<string, Solution>()
    for (const [name, text] of found) {
      const formula = formulaOf(text)
      if (formula === undefined) return []
      solution.set(name, { formula })
    }
    return solution.size === 0 ? [] : [solution]
  },
}
