import type { Logger } from '../../../shared/log.ts'
import type { AnswerPieces } from '../../services/conversations/answering.ts'
import type { ChatPrompt } from '../../services/conversations/chat-prompt.ts'
import type { Conversations } from '../../services/conversations/conversations.ts'
import type { OpenRooms } from '../../services/conversations/open-rooms.ts'
import type { Question } from '../../services/conversations/question.ts'
import type { SocketContract } from '../../services/conversations/socket-contract.ts'
import type { OnPlaced } from '../../services/inference/inference.ts'

/** The services of a room; built by the Worker that exports the class. */
export interface RoomServices {
  conversations: Conversations
  /** Makes an answer. */
  answer: (question: Question, prompt: ChatPrompt, signal: AbortSignal, onPlaced?: OnPlaced) => AnswerPieces
  /** The name of a node; null for one that is no more. */
  nodeName: (nodeId: string) => Promise<string | null>
  /** Says where those who ask are: answers are made near by. */
  locate: (places: readonly string[]) => void
  /** The contracts whose chats have sockets. */
  sockets: readonly SocketContract[]
  /** Where rooms with sockets are written down. */
  openRooms: Pick<OpenRooms, 'note' | 'forget'> & {
    /** Makes the account's rooms look who is there. */
    recount: (accountId: string) => void
  }
  log: Logger
}
