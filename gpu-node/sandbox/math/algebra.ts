import type { Formula } from './formulas.ts'

/** A solution for one variable. `isNear`: its value alone, as no formula says it whole. */
export interface Solution {
  formula: Formula
  isNear?: boolean
}

/** An engine that finds formulas. Nobody believes it: whoever uses one looks whether it holds. Undefined, or empty, where it finds none. */
export interface Algebra {
  derivative(of: Formula, variable: string): Formula | undefined
  integral(of: Formula, variable: string): Formula | undefined
  rewritten(how: 'expand' | 'factor' | 'simplify', formula: Formula): Formula | undefined
  /** Where the difference of an equation's sides is nothing. */
  solutions(difference: Formula, variable: string): Solution[]
  /** The same of several equations, by variable. */
  solutionsTogether(differences: readonly Formula[]): Map<string, Solution>[]
}
