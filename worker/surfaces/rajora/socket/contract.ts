import { administers } from '../../../http/administers.ts'
import { type SocketGuards, socketEntry } from '../../../http/chat-socket/entry.ts'
import { requireScope } from '../../../services/accounts/keys.ts'
import { createOpening, type OpeningServices } from '../../../services/conversations/opening.ts'
import type { SocketContract } from '../../../services/conversations/socket-contract.ts'
import { rajoraLimits } from '../limits.ts'
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
    // As everywhere on Rajora: an access token, or one of its own keys.
    admit: socketEntry(services, {
      limits: rajoraLimits,
      isForeign: (credential) => credential.startsWith('sk-'),
    }),
    async toQuestion({ message: { text, model, temperature, maxTokens }, ...sent }) {
      const options = { model, temperature, maxTokens }
      requireScope(sent.account, 'inference')
      const turns = [{ role: 'user', content: text }]
      return (
        await open({ ...sent, isAdministrator: administers(sent.account), options, turns, isResumable: true })
      ).question
    },
  }
}
