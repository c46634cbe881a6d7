import { createRoute } from '@hono/zod-openapi'
import { AppError } from '../../../../../shared/errors.ts'
import { json, jsonBody } from '../../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../../http/surface.ts'
import type { Conversation, Conversations } from '../../../../services/conversations/conversations.ts'
import type { ListedPage } from '../../../../services/conversations/listing.ts'
import { toListed } from '../../message-form.ts'
import { failures } from '../../schemas/common.ts'
import { conversationIdIn } from '../../schemas/responses/conversation.ts'
import {
  ConversationList,
  ConversationPage,
  ConversationTitle,
  ListedConversation,
} from '../../schemas/responses/conversation-list.ts'
import { ConversationParams } from './conversations.ts'

const tags = ['Conversations']
const security = [{ bearer: [] }]

const list = createRoute({
  method: 'get',
  path: '/v1/conversations',
  operationId: 'listConversations',
  tags,
  security,
  summary: 'Your conversations, whichever surface they were begun through; newest activity first',
  request: { query: ConversationPage },
  responses: { 200: json(ConversationList, 'A page of conversations.'), ...failures },
})

const rename = createRoute({
  method: 'patch',
  path: '/v1/conversations/{conversation_id}',
  operationId: 'renameConversation',
  tags,
  security,
  summary: 'Give a conversation another title',
  request: { params: ConversationParams, body: jsonBody(ConversationTitle, { title: 'Rent' }) },
  responses: { 200: json(ListedConversation, 'The conversation.'), ...failures },
})

export interface ConversationListServices {
  conversations: Pick<Conversations, 'update'>
  listConversations: (accountId: string, page: ListedPage) => Promise<Conversation[]>
}

/** Lists and titles, which OpenAI's conversations do not have. */
export function conversationListRoutes(
  app: Surface,
  { conversations, listConversations }: ConversationListServices,
): void {
  app.openapi(list, async (c) => {
    const { limit, after, search } = c.req.valid('query')
    const behind = after === undefined ? undefined : (conversationIdIn(after) ?? '')
    const rows = await listConversations(accountOf(c).id, { limit: limit + 1, after: behind, search })
    const data = rows.slice(0, limit).map(toListed)
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
    return c.json({ object: 'list' as const, data, ...ends, has_more: rows.length > limit }, 200)
  })

  app.openapi(rename, async (c) => {
    const { conversation_id: spelled } = c.req.valid('param')
    const id = conversationIdIn(spelled)
    const renamed =
      id && (await conversations.update(accountOf(c).id, id, { title: c.req.valid('json').title }))
    if (!renamed) throw new AppError('not_found', `There is no conversation '${spelled}'.`)
    return c.json(toListed(renamed), 200)
  })
}
