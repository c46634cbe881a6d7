import type { Account } from '../accounts/account-row.ts'
import type { Conversation } from './conversations.ts'
import type { Question } from './question.ts'
import type { AnswerMoved, AnswerPlace, RoomEvent } from './room-events.ts'

/** Longest credential that a frame may carry. It is kept beside its socket while the room sleeps: all of that stays below 2 KB. */
export const MAX_CREDENTIAL_LENGTH = 1_500

/** Sockets of an account at once, in all its conversations: more tabs than one person has open. */
export const MAX_ACCOUNT_SOCKETS = 256

/** Why a chat's socket is closed; the numbers mirror HTTP's. */
export const ChatClose = {
  normal: 1000,
  badFrame: 4400,
  badToken: 4401,
  notFound: 4404,
  noToken: 4408,
  tooMany: 4429,
  tooLarge: 1009,
} as const
export type ChatClose = (typeof ChatClose)[keyof typeof ChatClose]

/** A message that came over a socket. */
export interface SocketMessage {
  text: string
  model?: string | undefined
  temperature?: number | undefined
  maxTokens?: number | undefined
  /** Its sender's own word for it. */
  reference?: string | undefined
  /** The last answer is to be made again; there is no text. */
  isAgain?: boolean | undefined
  /** More of it, in the contract's words: what only that contract's `toQuestion` reads. */
  more?: unknown
}

/** A client's frame, in no contract's words. One frame may ask for several things. */
export interface SocketFrame {
  /** The proof of who sends it; the first frame carries one, and any later one may. */
  credential?: string | undefined
  message?: SocketMessage | undefined
  /** Where its client stands: what came after it is told again. */
  place?: AnswerPlace | undefined
  cancel?: boolean | undefined
  ping?: boolean | undefined
}

/** A message, who sends it, and where to. */
export interface SentMessage {
  message: SocketMessage
  account: Account
  conversationId: string
  /** Undefined when this is its first message. */
  conversation: Conversation | undefined
}

/** An event that a room tells its sockets. A failure that is no answer's has no position. */
export type SocketEvent = (
  | RoomEvent
  | AnswerMoved
  /** The socket hears from here on; whatever it had missed was told before. */
  | { type: 'joined'; isAnswering: boolean }
  | { type: 'pong' }
) & { reference?: string | undefined }

/** Whom an event is spelled for. */
export interface SocketReader {
  conversationId: string
  /** The conversation's number; null where it has not begun. */
  conversationNumber: number | null
  /** The credential of the socket administers the deployment. */
  isAdministrator: boolean
}

/**
 * A contract's side of its chat sockets. A room knows sockets, their limits and JSON; which words stand in a frame, who may
 * send one, and what a message asks is the contract's. Sockets of several contracts may be in one room.
 */
export interface SocketContract {
  name: string
  /** Longest frame of a socket that has said who it is, in bytes; without it, as long as anybody's. */
  maxFrameBytes?: number
  /** Whether an account, by its credential, administers the deployment; without it, none does. */
  administers?(account: Account): boolean
  /** A frame, or the sentence that says what is wrong with it. */
  decode(frame: unknown): SocketFrame | string
  /** The frame of an event; undefined where its clients need not know. */
  spell(event: SocketEvent, reader: SocketReader): object | undefined
  /** Who it is, and whether they may: throws as a request over HTTP would. Only what `counts` is counted as a request. */
  admit(credential: string, address: string | null, counts: boolean): Promise<Account>
  /** Begins the conversation where it has not begun. */
  toQuestion(sent: SentMessage): Promise<Question>
}
