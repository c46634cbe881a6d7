import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../../shared/errors.ts'
import { MIB } from '../../../../../shared/units.ts'
import { clientAddressOf } from '../../../../http/client-ip.ts'
import { json } from '../../../../http/json-content.ts'
import { byAddress, perMinute } from '../../../../http/limit-policy.ts'
import { limitError } from '../../../../http/limits.ts'
import { OpenaiError } from '../../../../http/openai-errors.ts'
import type { Surface } from '../../../../http/surface.ts'
import type { Chat } from '../../../../services/conversations/chat.ts'
import { closeTable } from '../../../../services/conversations/close-table.ts'
import type { Conversations } from '../../../../services/conversations/conversations.ts'
import type { Limiter } from '../../../../services/limits/limiter.ts'
import { failures } from '../../schemas/common.ts'
import { conversationIdIn } from '../../schemas/responses/conversation.ts'
import { MAX_MEMBER_FRAME_BYTES, SOCKET_CONTRACT } from '../../socket/contract.ts'
import { ClientFrame } from '../../socket/frames.ts'

const PATH = '/v1/chat/socket'
/** Public: who it is comes in the first frame, so that a token stands in no address and no log. */
export const SOCKET_ROUTE = `GET ${PATH}`

/** Sockets that one address dials in a minute, whoever is behind it. */
export const DIALS_WINDOW = perMinute('v1-sockets', 300)

/** Of the stream, for the document: direction, form, meaning. */
const FRAMES = `
| To the edge | |
|---|---|
| \`{"type": "join", "token": "…", "after": "7.120"}\` | Comes first, within 10 seconds, and may come again with a newer token. An API key or an access token. With \`after\`, all that came after that place is told again. |
| \`{"type": "ask", "text": "…", "ref": "…"}\` | A question, and how it is to be answered: \`model\`, \`instructions\`, \`temperature\`, \`top_p\`, \`max_tokens\`, \`seed\`, \`documents\` (\`{"search": true}\` or \`{"ids": […]}\`), \`agent_type\`. The first one begins the conversation where it has not begun. \`ref\` comes back in what is about it. |
| \`{"type": "regenerate"}\` | The last answer is made again, with the same fields. The new one takes its place with its first word; a refusal leaves the old one. |
| \`{"type": "stop"}\` | Stops the answer in the making; what was said stays. |
| \`{"type": "ping"}\` | Is answered with \`pong\`. The bare text \`ping\` is answered with the text \`pong\`, without waking anything. |

| To you | |
|---|---|
| \`{"type": "joined", "conversation": "conv_…", "answering": false}\` | From here on you hear. What you had missed was told before. |
| \`{"type": "start", "id": "8.0", "message": "msg_…", "model": "…", "ref": "…"}\` | An answer begins. Every socket of the conversation hears it, whoever has asked. |
| \`{"type": "delta", "id": "8.120", "text": "…"}\` | More of it. \`id\` is the place behind the piece: the message’s position, and UTF-16 code units of its text. |
| \`{"type": "step", "step": {…}}\` | A step of an agent. |
| \`{"type": "moved"}\` | The node was lost; the answer goes on on another one, without a gap. Administrators are told its name, \`node\`. |
| \`{"type": "end", "id": "9.0", "state": "complete", "usage": {…}, "first_ms": 210, "tokens_per_second": 41.5, …}\` | The answer is over: \`complete\` or \`cancelled\`, with its figures, its \`citations\`, and the \`agent\`’s way. |
| \`{"type": "error", "id": "9.0", "status": 502, "error": {…}}\` | The answer failed. Without \`id\` there is no answer: the question was refused, and nothing is kept of it. |
`

const connect = createRoute({
  method: 'get',
  path: PATH,
  operationId: 'connectConversation',
  tags: ['Conversations'],
  summary: 'A conversation over a WebSocket',
  description: [
    'Frames are JSON text: of at most 64 KB until you have said who you are, and of 2 MB from then on. Whoever listens to a',
    'conversation hears the same; who was away goes on where it stood. An answer goes on for 10 seconds without a listener.',
    'A credential that ends closes its sockets within a second.',
  ]
    .join(' ')
    .concat(
      '\n',
      FRAMES,
      '\n',
      closeTable({ longestFrame: `${MAX_MEMBER_FRAME_BYTES / MIB} MB`, resumed: '`after`' }),
    ),
  security: [],
  request: {
    query: z.object({
      conversation: z
        .string()
        .max(64)
        .optional()
        .openapi({
          param: { name: 'conversation', in: 'query' },
          description: 'Absent: the first question begins one.',
        }),
    }),
  },
  responses: {
    101: { description: 'The socket.' },
    426: json(OpenaiError, 'The request is no WebSocket handshake.'),
    ...failures,
  },
})

export interface ConversationSocketRouteServices {
  chat: Pick<Chat, 'connect'>
  conversations: Pick<Conversations, 'newId'>
  limiter: Limiter
}

export function conversationSocketRoute(
  app: Surface,
  { chat, conversations, limiter }: ConversationSocketRouteServices,
): void {
  app.openAPIRegistry.register('ConversationSocketClientFrame', ClientFrame)
  app.openapi(connect, async (c) => {
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
      const message = 'Connect with a WebSocket handshake.'
      const error = { message, type: 'invalid_request_error', param: null, code: 'upgrade_required' }
      // RFC 9110 §15.5.22: the answer names what to upgrade to.
      return c.json({ error }, 426, { upgrade: 'websocket' })
    }
    const answer = await limiter.check([byAddress(clientAddressOf(c), [DIALS_WINDOW])])
    if (answer?.refusedBy) throw limitError(answer)
    const { conversation: spelled } = c.req.valid('query')
    const isNew = spelled === undefined
    const id = isNew ? conversations.newId() : conversationIdIn(spelled)
    if (id === undefined)
      throw new AppError('not_found', `There is no conversation '${spelled}'.`, { param: 'conversation' })
    const place = { conversationId: id, isNew, address: clientAddressOf(c) ?? null }
    return chat.connect({ contract: SOCKET_CONTRACT, ...place })
  })
}
