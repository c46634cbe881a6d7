import type { Logger } from '../../../shared/log.ts'
import type { Account } from '../../services/accounts/accounts.ts'
import type { AnswerPieces } from '../../services/conversations/answering.ts'
import type { Question } from '../../services/conversations/chat.ts'
import type { ChatPrompt } from '../../services/conversations/chat-prompt.ts'
import type { Conversation, Conversations } from '../../services/conversations/conversations.ts'
import type { ClientFrame } from './chat-protocol.ts'

/** A message that came over a socket. */
export interface SocketMessage {
  frame: ClientFrame
  text: string
  account: Account
  conversationId: string
  /** Undefined when this is its first message. */
  conversation: Conversation | undefined
}

/** The services of a room; built by the Worker that exports the class. */
export interface RoomServices {
  conversations: Conversations
  /** Makes an answer. */
  answer: (question: Question, prompt: ChatPrompt, signal: AbortSignal) => AnswerPieces
  /** Who it is, and whether they may: throws as a request over HTTP would. Only what `counts` is counted as a request. */
  admit: (credential: string, address: string | null, counts: boolean) => Promise<Account>
  /** Begins the conversation where it has not begun. */
  toQuestion: (message: SocketMessage) => Promise<Question>
  log: Logger
}
