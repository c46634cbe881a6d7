import { createRoute } from '@hono/zod-openapi'
import { clientAddressOf } from '../../../http/client-ip.ts'
import { json } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import type { Chat } from '../../../services/conversations/chat.ts'
import type { Conversations } from '../../../services/conversations/conversations.ts'
import { SocketQuery } from '../chat-schemas.ts'
import { anyFailure, ErrorBody, unprocessable } from '../schemas.ts'

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
    'failures in frames with `error`. Close codes: 4400 bad frame, 4401 bad token, 4404 no such conversation, 4408 no token,',
    '1009 frame too large.',
  ].join(' '),
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
    const id = number === undefined ? undefined : await conversations.idOfNumber(number)
    // Whether there is such a conversation is told to nobody who has not said who it is.
    return chat.connect({ conversationId: id ?? conversations.newId(), isNew: number === undefined, address })
  })
}
