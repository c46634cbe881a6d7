import { z } from 'zod'
import type { Algebra, Solution } from '../algebra.ts'
import type { Formula } from '../formulas.ts'
import { formulaOf } from '../symbolic.ts'
import { type Tree, treeOf } from './tree.ts'

/** Python's side, with JSON both ways; see `bridge.ts`. */
export type Ask = (question: string) => string

const Text = z.string().nullable()
const Solutions = z.array(z.array(z.tuple([z.string(), z.string(), z.boolean()]))).nullable()

/** The algebra of SymPy. */
export function sympyAlgebra(ask: Ask): Algebra {
  const tell = (word: string, ...of: (Tree | string | readonly (Tree | string)[])[]): unknown =>
    JSON.parse(ask(JSON.stringify([word, ...of])))
  const formulaBy = (word: string, of: Formula, ...names: string[]): Formula | undefined =>
    formulaOf(Text.parse(tell(word, treeOf(of), ...names)) ?? undefined)

  function solve(differences: readonly Formula[], names: readonly string[]): Map<string, Solution>[] {
    const found = Solutions.parse(tell('solve', differences.map(treeOf), names)) ?? []
    return found.flatMap((told) => {
      const solution = new Map<string, Solution>()
      for (const [name, text, isNear] of told) {
        const formula = formulaOf(text)
        if (formula === undefined) return []
        solution.set(name, { formula, isNear })
      }
      return [solution]
    })
  }

  return {
    derivative: (of, variable) => formulaBy('derivative', of, variable),
    integral: (of, variable) => formulaBy('integral', of, variable),
    rewritten: formulaBy,
    solutions: (difference, variable) =>
      solve([difference], [variable]).flatMap((solution) => solution.get(variable) ?? []),
    solutionsTogether: (differences) =>
      solve(differences, [...new Set(differences.flatMap(({ variables }) => variables))]),
  }
}
