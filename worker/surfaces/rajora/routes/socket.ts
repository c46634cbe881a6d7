import { createRoute } from '@hono/zod-openapi'
import { clientAddressOf } from '../../../http/client-ip.ts'
import { json } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import type { Chat } from '../../../services/conversations/chat.ts'
import type { Conversations } from '../../../services/conversations/conversations.ts'
import { ChatClose } from '../../../services/conversations/socket-contract.ts'
import { SocketQuery } from '../chat-schemas.ts'
import { anyFailure, ErrorBody, unprocessable } from '../schemas.ts'
import { SOCKET_CONTRACT } from '../socket/contract.ts'

const PATH = '/ws/chat'
/** Public: who it is comes in the first frame, so that a token stands in no address and no log. */
export const SOCKET_ROUTE = `GET ${PATH}`

/** Every code with which a socket is closed, for the document. */
const closings: Record<ChatClose, readonly [why: string, remedy: string]> = {
  [ChatClose.normal]: ['The client has closed it.', ''],
  [ChatClose.tooLarge]: ['A frame is larger than 64 KB.', 'Say less in one frame.'],
  [ChatClose.badFrame]: ['A frame is not as described here.', 'Mend the client.'],
  [ChatClose.badToken]: ['The token is not valid, or is no longer.', 'Connect with another.'],
  [ChatClose.notFound]: ['There is no such conversation, or it was deleted.', 'Begin another.'],
  [ChatClose.noToken]: [
    'No token came within 10 seconds, or before other sockets came.',
    'Connect again, and send it first.',
  ],
  [ChatClose.tooMany]: [
    'More than 32 frames waited for the one before them, or the conversation has 64 sockets.',
    'Connect again with `resume_from`, and wait for answers; close what is not needed.',
  ],
}

const closeTable = [
  '| Close code | Why | What helps |',
  '|---|---|---|',
  ...Object.entries(closings).map(([code, [why, remedy]]) => `| ${code} | ${why} | ${remedy} |`),
].join('\n')

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
    .concat('\n\n', closeTable),
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
