import nerdamer from 'nerdamer-prime'

/** Words of an answer that only repeats the question. */
const UNSOLVED = /\b(?:integrate|diff|defint|solve)\s*\(/

/** The answer of the algebra engine, in its own spelling; undefined where it has none. Whoever uses it checks it. */
export function symbolic(text: string): string | undefined {
  try {
    const answer = nerdamer(text).toString()
    return answer === '' || UNSOLVED.test(answer) ? undefined : answer
  } catch {
    return undefined
  }
}

/** Solutions of several equations at once, by variable. */
export function solveTogether(equations: readonly string[]): Map<string, string> {
  try {
    const found: unknown = nerdamer.solveEquations([...equations])
    if (!Array.isArray(found)) return new Map()
    return new Map(
      found.map((pair: unknown) => (Array.isArray(pair) ? [String(pair[0]), String(pair[1])] : ['', ''])),
    )
  } catch {
    return new Map()
  }
}
