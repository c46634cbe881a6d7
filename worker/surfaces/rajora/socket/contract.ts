import type { Conversations } from '../../../services/conversations/conversations.ts'
import { socketQuestion } from '../../../services/conversations/question.ts'
import type { SocketContract } from '../../../services/conversations/socket-contract.ts'
import { type SocketGuards, socketEntry } from './entry.ts'
import { decodeFrame, spellFrame } from './frames.ts'

/** The name under which a room knows Rajora's sockets. */
export const SOCKET_CONTRACT = 'rajora'

export interface SocketServices extends SocketGuards {
  conversations: Conversations
  defaultModel: () => Promise<string>
}

/** Rajora's side of its chat sockets. */
export const rajoraSocket = (services: SocketServices): SocketContract => ({
  name: SOCKET_CONTRACT,
  decode: decodeFrame,
  spell: spellFrame,
  admit: socketEntry(services),
  toQuestion: socketQuestion(services.conversations, services.defaultModel),
})
