import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Conversations } from '../../../services/conversations/conversations.ts'
import type { StoredMessage } from '../../../services/conversations/messages.ts'
import { Message, NewMessage } from '../chat-schemas.ts'
import { failures, SECURITY } from '../responses.ts'
import { Page, pathId } from '../schemas.ts'
import { chatMissing } from './chats.ts'

const tags = ['Messages']

/** Where the next page of a list is (RFC 8288); absent on the last one. */
export const LINK_HEADER = 'link'
/** The header of a page that others follow, for the document. */
export const NextLink = z.object({
  Link: z.string().optional().openapi({ example: '<?limit=100&offset=20>; rel="next"' }),
})

const create = createRoute({
  method: 'post',
  path: '/api/messages',
  operationId: 'createMessage',
  tags,
  security: SECURITY,
  summary: 'Add a message to a chat as it is; nobody answers it',
  request: {
    body: jsonBody(NewMessage, {
      chat_id: '507f1f77bcf86cd799439011',
      role: 'user',
      content: 'Which region sold most?',
    }),
  },
  responses: { 201: json(Message, 'The message.'), ...failures(401, 404, 413, 422) },
})

const list = createRoute({
  method: 'get',
  path: '/api/messages/chat/{chat_id}',
  operationId: 'listMessages',
  tags,
  security: SECURITY,
  summary: 'The messages of a chat, the oldest first',
  description:
    'A page ends before its limit when its messages come to 2 MiB. Where there are more, `Link` leads to the next page: ' +
    'its `offset` is that of this one and the number of messages that came.',
  request: { params: pathId('chat_id'), query: Page },
  responses: {
    200: { ...json(z.array(Message), 'A page of them.'), headers: NextLink },
    ...failures(401, 404, 422),
  },
})

const get = createRoute({
  method: 'get',
  path: '/api/messages/{message_id}',
  operationId: 'getMessage',
  tags,
  security: SECURITY,
  summary: 'One message of one of your chats',
  request: { params: pathId('message_id') },
  responses: { 200: json(Message, 'The message.'), ...failures(401, 404, 422) },
})

export const toMessage = (message: StoredMessage): z.infer<typeof Message> => ({
  _id: message.id,
  chat_id: message.conversationId,
  role: message.role,
  content: message.content,
  query_type: message.queryType,
  charts: message.charts ?? null,
  timestamp: new Date(message.createdAt).toISOString(),
})

export function messageRoutes(app: Surface, conversations: Conversations): void {
  const { messages } = conversations

  app.openapi(create, async (c) => {
    const { id: accountId } = accountOf(c)
    const { chat_id: conversationId, query_type: queryType, ...message } = c.req.valid('json')
    if (!(await conversations.find(accountId, conversationId))) throw chatMissing()
    const owner = { accountId, conversationId }
    const added = await messages.add(owner, { ...message, queryType: queryType ?? null })
    return c.json(toMessage(added), 201)
  })

  app.openapi(list, async (c) => {
    const { chat_id: chatId } = c.req.valid('param')
    if (!(await conversations.find(accountOf(c).id, chatId))) throw chatMissing()
    const { limit, offset } = c.req.valid('query')
    const { messages: page, hasMore } = await messages.page(chatId, { limit, offset })
    const next = `<?limit=${limit}&offset=${offset + page.length}>; rel="next"`
    return c.json(page.map(toMessage), 200, hasMore ? { [LINK_HEADER]: next } : {})
  })

  app.openapi(get, async (c) => {
    const message = await messages.find(accountOf(c).id, c.req.valid('param').message_id)
    if (!message) throw new AppError('not_found', 'Message not found')
    return c.json(toMessage(message), 200)
  })
}
