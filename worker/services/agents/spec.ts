import type { Message, Sampling } from '../../../shared/generation.ts'
import type { LoopName } from './run-events.ts'

/** A run as it is begun; all that it needs to go on after its object was evicted. */
export interface RunSpec {
  id: string
  accountId: string
  /** The key that began it, which it may not outlive; null where a person did. */
  keyId: string | null
  isAdministrator: boolean
  /** Whether its credential reads the account's files. */
  mayReadFiles: boolean
  /** The MCP servers, by their ids, whose tools it may use. */
  mcpServers?: readonly string[]
  requestId: string
  model: string
  /** Tokens of the model. */
  contextTokens: number
  /** The conversation, the question last. */
  messages: readonly Message[]
  sampling: Sampling
  /** Of the answer. */
  maxTokens: number | null
  loop: LoopName
  /** The kind that was asked for, and the caller's name of the conversation, as webhooks tell it. */
  agentType: string
  sessionId: string | null
  /** The stored conversation that it is a turn of. */
  conversationId: string | null
  /** Text of strangers stands in the conversation: an earlier run has read it. */
  isTainted?: boolean
  /** Addresses that searches of earlier runs have found. */
  foundAddresses?: readonly string[]
  /** Goes on when nobody listens any more. */
  isDetached: boolean
  places: readonly string[]
}

/** The last words of the user. */
export const questionOf = (messages: readonly Message[]): string =>
  messages.findLast(({ role }) => role === 'user')?.content ?? ''

/** All words of the user. */
export const userWordsOf = (messages: readonly Message[]): string =>
  messages.flatMap(({ role, content }) => (role === 'user' ? [content] : [])).join('\n')
