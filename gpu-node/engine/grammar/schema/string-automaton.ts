import { ANY_STRING, type Automaton, type Effort, intersect, lengthAutomaton } from '../language/automaton.ts'
import type { StringShape } from './shape.ts'

/** The strings that have `shape`, as one automaton; what takes too much is refused at the keyword that was one too many. */
export function stringAutomaton(shape: StringShape, effortAt: (pointer: string) => Effort): Automaton {
  const { languages, minLength, maxLength, lengthPointer } = shape
  const common = languages.reduce(
    (before, { automaton, pointer }) =>
      before === ANY_STRING ? automaton : intersect(before, automaton, effortAt(pointer)),
    ANY_STRING,
  )
  if (minLength === 0 && maxLength === undefined) return common
  const effort = effortAt(lengthPointer)
  return intersect(common, lengthAutomaton(minLength, maxLength, effort), effort)
}
