import type { ShownPassage } from '../documents/shown-passages.ts'
import { type AnswerOptions, chatSampling } from './answering.ts'
import type { Turn } from './chat-prompt.ts'
import type { Conversation } from './conversations.ts'

/** The temperature of an answer for which nobody named one. */
export const DEFAULT_TEMPERATURE = 0.7

/** The agent that is to answer. */
export interface QuestionAgent {
  loop: 'react' | 'plan_execute' | 'guided'
  /** The kind as its caller asked for it. */
  agentType: string
  /** The key that asks, which the agent may not outlive. */
  keyId: string | null
  /** Whether the credential reads the account's files. */
  mayReadFiles: boolean
  /** The MCP servers of the account, by their ids, whose tools it may use. */
  mcpServers?: readonly string[]
}

/** One thing that is asked in a conversation. */
export interface Question {
  conversationId: string
  conversationNumber: number
  accountId: string
  /** By a credential that administers the deployment: then every account's models exist. */
  isAdministrator: boolean
  requestId: string
  /** A user's message, or all the turns that a client sends. Stored before the answer begins. */
  turns: readonly Turn[]
  /** For the model alone; stored nowhere. */
  grounding?: readonly string[] | undefined
  /** The numbered passages among it, which the answer may cite. */
  passages?: readonly ShownPassage[] | undefined
  /** The last answer is made again: the new one takes its place once it has said something. */
  isAgain?: boolean | undefined
  /** The asker's own word for the question, for those who hear of its answer. */
  reference?: string | undefined
  queryType?: string | null | undefined
  /** The answer comes from this dataset's rows, which are the account's own. */
  dataset?: { id: string } | undefined
  options: AnswerOptions
  /** An agent answers, which begins by one of these ways. */
  agent?: QuestionAgent | undefined
  /** The caller's own word for calls that have their beginning in common; without it, the conversation's go together. */
  cacheKey?: string | undefined
  /** The conversation, where it was begun for questions like this: one that is refused does not leave it behind empty. */
  begins?: Conversation | undefined
  /** The conversation goes on with the model of `options` where none is named. */
  isModelKept?: boolean | undefined
  /** The completion that the answer is to its account's webhooks, where it is one. */
  completion?: { id: string; sessionId: string } | undefined
  /** The reader can come back for the rest, so its absence is borne for a moment. */
  isResumable: boolean
  /** Regions that would be its caller's own; `createChat` says them. */
  places?: readonly string[]
}

/** How an answer is to be made, where a contract offers a temperature and a length and no more. */
export interface PlainOptions {
  model: string
  temperature?: number | null | undefined
  maxTokens?: number | null | undefined
}

/** A question as a door has decoded it, in the conversation that is given with it. */
export interface NewQuestion
  extends Omit<
    Question,
    | 'conversationId'
    | 'conversationNumber'
    | 'accountId'
    | 'isAdministrator'
    | 'requestId'
    | 'options'
    | 'isResumable'
  > {
  /** Absent for what came in no request of its own. */
  requestId?: string | undefined
  options: PlainOptions | AnswerOptions
  isResumable?: boolean
}

function toAnswerOptions(options: NewQuestion['options'], isFromRows: boolean): AnswerOptions {
  if ('sampling' in options) return options
  const { model, temperature, maxTokens } = options
  return {
    model,
    // A query is to be the likeliest one, not a surprising one.
    sampling: chatSampling(temperature ?? (isFromRows ? 0 : DEFAULT_TEMPERATURE)),
    ...(maxTokens == null ? {} : { maxTokens }),
  }
}

/** The question of a caller in a conversation of its account, whichever door it came through. */
export const questionIn = (
  conversation: Pick<Conversation, 'id' | 'number' | 'accountId'>,
  { isAdministrator }: Pick<Question, 'isAdministrator'>,
  { requestId = crypto.randomUUID(), options, isResumable = false, ...asked }: NewQuestion,
): Question => ({
  ...asked,
  conversationId: conversation.id,
  conversationNumber: conversation.number,
  accountId: conversation.accountId,
  isAdministrator,
  requestId,
  options: toAnswerOptions(options, asked.dataset !== undefined),
  isResumable,
})
