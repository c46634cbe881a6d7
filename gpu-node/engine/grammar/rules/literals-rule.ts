import { choice, EMPTY, type Expression, sequence, text } from '../gbnf/gbnf.ts'
import { literalsAutomaton } from '../language/automaton.ts'

/** Exactly these texts, told apart letter by letter. For short ones: how deep the rule is nested is how long they are. */
export function literalsRule(texts: readonly string[]): Expression {
  const states = literalsAutomaton(texts)
  const from = (state: number): Expression => {
    const { isAccepting = false, edges = [] } = states[state] ?? {}
    const options = edges.map(({ ranges: [range], to }) =>
      sequence(text(String.fromCodePoint(range?.[0] ?? 0)), from(to)),
    )
    return choice(...options, ...(isAccepting ? [EMPTY] : []))
  }
  return from(0)
}
