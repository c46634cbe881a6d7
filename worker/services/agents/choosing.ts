import { loopFor, subjectsOf } from './routing.ts'
import type { LoopName } from './run-events.ts'

/** The kinds that a caller can ask for. */
export const AGENT_TYPES = ['auto', 'react', 'plan_execute'] as const
export type AgentType = (typeof AGENT_TYPES)[number]

/**
 * The way in which a question is answered: undefined is a plain chat. The words of a question route it; where they do not, models
 * that can decide for themselves. Those that cannot are guided by rules. A question about documents alone is answered from them
 * without an agent, where `isGrounded`.
 */
export function chooseLoop(
  question: string,
  { agentType, decides, isGrounded }: { agentType: AgentType; decides: boolean; isGrounded: boolean },
): LoopName | undefined {
  const isPlain = isGrounded && subjectsOf(question).every((subject) => subject === 'documents')
  if (agentType === 'auto' && isPlain) return undefined
  const wanted = agentType === 'auto' ? (loopFor(question) ?? (decides ? 'react' : undefined)) : agentType
  if (wanted === undefined) return undefined
  return decides ? wanted : 'guided'
}
