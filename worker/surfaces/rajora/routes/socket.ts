import { createRoute } from '@hono/zod-openapi'
import { clientAddressOf } from '../../../http/client-ip.ts'
import { json } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import type { Chat } from '../../../services/conversations/chat.ts'
import { closeTable } from '../../../services/conversations/close-table.ts'
import type { Conversations } from '../../../services/conversations/conversations.ts'
import { SocketQuery } from '../chat-schemas.ts'
import { anyFailure, ErrorBody, unprocessable } from '../schemas.ts'
import { SOCKET_CONTRACT } from '../socket/contract.ts'

const PATH = '/ws/chat'
/** Public: who it is comes in the first frame, so that a token stands in no address and no log. */
export const SOCKET_ROUTE = `GET ${PATH}`

const connect = createRoute({
  method: 'get',
  path: PATH,
  operationId: 'connectSocket',
  tags: ['Chat'],
  summary: 'Chat over a WebSocket',
  description: [
    'Frames are JSON text of at most 64 KB. The first carries `token` (an access token or a `raj_` key), within 10 seconds.',
    'Any frame may carry `message` (with `model`, `temperature`, `max_tokens`), `resume_from` (the `id` of the last frame that',
    'was heard), `cancel: true`, or `type: "ping"`. Answers come in frames `{content, done}`, the last with `done: true`;',
    'failures in frames with `error`. A socket is closed with one of these codes, and a reason that says what was wrong.',
  ]
    .join(' ')
    .concat('\n\n', closeTable({ longestFrame: '64 KB', resumed: '`resume_from`' })),
  security: [],
  request: { query: SocketQuery },
  responses: {
    101: { description: 'The socket.' },
    426: json(ErrorBody, 'The request is no WebSocket handshake.'),
    ...unprocessable,
    ...anyFailure,
  },
})

export interface SocketServices {
  chat: Chat
  conversations: Conversations
}

export function socketRoutes(app: Surface, { chat, conversations }: SocketServices): void {
  app.openapi(connect, async (c) => {
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
      // RFC 9110 §15.5.22: the answer names what to upgrade to.
      const body = { detail: 'Connect with a WebSocket handshake.', status_code: 426 }
      return c.json(body, 426, { upgrade: 'websocket' })
    }
    const { conversation_id: number } = c.req.valid('query')
    const address = clientAddressOf(c) ?? null
    const isNew = number === undefined
    const conversationId = isNew ? conversations.newId() : await conversations.idOfNumber(number)
    const place = { conversationId, isNew, address }
    return chat.connect({ contract: SOCKET_CONTRACT, ...place })
  })
}
