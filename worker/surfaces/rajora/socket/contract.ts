import { requireScope } from '../../../services/accounts/keys.ts'
import type { SocketContract } from '../../../services/conversations/socket-contract.ts'
import { createOpening, type OpeningServices } from '../opening.ts'
import { type SocketGuards, socketEntry } from './entry.ts'
import { decodeFrame, spellFrame } from './frames.ts'

/** The name under which a room knows Rajora's sockets. */
export const SOCKET_CONTRACT = 'rajora'

/** Rajora's side of its chat sockets. */
export function rajoraSocket(services: SocketGuards & OpeningServices): SocketContract {
  const open = createOpening(services)
  return {
    name: SOCKET_CONTRACT,
    decode: decodeFrame,
    spell: spellFrame,
    admit: socketEntry(services),
    async toQuestion({ message: { text, ...options }, ...sent }) {
      requireScope(sent.account, 'inference')
      const turns = [{ role: 'user', content: text }]
      return (await open({ ...sent, options, turns, isResumable: true })).question
    },
  }
}
