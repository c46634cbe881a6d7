import { isForGuided } from './guided/guided.ts'
import { loopFor, subjectsOf } from './routing.ts'
import type { LoopName } from './run-events.ts'

/** The kinds that a caller can ask for. */
export const AGENT_TYPES = ['auto', 'react', 'plan_execute'] as const
export type AgentType = (typeof AGENT_TYPES)[number]

/**
 * The way in which a question is answered: undefined is a plain chat. The words of a question route it; where they do not, models
 * that can decide for themselves; for them a question about documents alone is answered from those without an agent, where
 * `isGrounded`. Models that cannot are guided by rules, wherever those may have something to do with the question.
 */
export function chooseLoop(
  question: string,
  { agentType, decides, isGrounded }: { agentType: AgentType; decides: boolean; isGrounded: boolean },
): LoopName | undefined {
  if (!decides) return agentType !== 'auto' || isForGuided(question) ? 'guided' : undefined
  const isPlain = isGrounded && subjectsOf(question).every((subject) => subject === 'documents')
  if (agentType === 'auto' && isPlain) return undefined
  return agentType === 'auto' ? (loopFor(question) ?? 'react') : agentType
}

/** The way in which a run goes that was asked for as such: one of tools, whatever its words. */
export const loopOf = (
  question: string,
  { agentType, decides }: { agentType: AgentType; decides: boolean },
): LoopName =>
  chooseLoop(question, { agentType, decides, isGrounded: false }) ?? (decides ? 'react' : 'guided')
