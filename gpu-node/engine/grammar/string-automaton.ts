import { ANY_STRING, type Automaton, type Effort, intersect, lengthAutomaton } from './automaton.ts'
import type { StringShape } from './shape.ts'

/** The strings that have `shape`, as one automaton. */
export function stringAutomaton({ languages, minLength, maxLength }: StringShape, effort: Effort): Automaton {
  const [first = ANY_STRING, ...others] = languages.map(({ automaton }) => automaton)
  const common = others.reduce((left, right) => intersect(left, right, effort), first)
  if (minLength === 0 && maxLength === undefined) return common
  return intersect(common, lengthAutomaton(minLength, maxLength, effort), effort)
}
