import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../../shared/errors.ts'
import { json, jsonBody } from '../../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../../http/surface.ts'
import type { Chat } from '../../../../services/conversations/chat.ts'
import {
  type Conversation,
  type Conversations,
  titleOf,
} from '../../../../services/conversations/conversations.ts'
import type { Item } from '../../../../services/responses/items.ts'
import { textOf } from '../../../../services/responses/prompt.ts'
import type { Responses } from '../../../../services/responses/responses.ts'
import { failures } from '../../schemas/common.ts'
import {
  ConversationChange,
  ConversationItem,
  ConversationItemList,
  ConversationObject,
  conversationIdIn,
  DeletedConversation,
  NewConversation,
  NewItems,
  toConversationObject,
} from '../../schemas/responses/conversation.ts'
import { ItemPageQuery, includeQuery, rowIdIn, toItemList } from '../../schemas/responses/response.ts'
import { type ItemSource, toItems } from './given-items.ts'

const tags = ['Conversations']
const security = [{ bearer: [] }]
const path = '/v1/conversations'
const onePath = `${path}/{conversation_id}` as const
const itemsPath = `${onePath}/items` as const
const itemPath = `${itemsPath}/{item_id}` as const

const conversationParam = {
  conversation_id: z.string().openapi({ param: { name: 'conversation_id', in: 'path' } }),
}
export const ConversationParams = z.object(conversationParam)
const ItemParams = z.object({
  ...conversationParam,
  item_id: z.string().openapi({ param: { name: 'item_id', in: 'path' } }),
})
const query = z.strictObject(includeQuery)

const shared = { tags, security }
const aConversation = { 200: json(ConversationObject, 'The conversation.'), ...failures }
const someItems = { 200: json(ConversationItemList, 'The items.'), ...failures }

const create = createRoute({
  ...shared,
  method: 'post',
  path,
  operationId: 'createConversation',
  summary: 'A conversation, perhaps with its first items',
  request: { body: { ...jsonBody(NewConversation, { metadata: { topic: 'rent' } }), required: false } },
  responses: aConversation,
})

const get = createRoute({
  ...shared,
  method: 'get',
  path: onePath,
  operationId: 'getConversation',
  summary: 'One of your conversations, whichever surface it was begun through',
  request: { params: ConversationParams },
  responses: aConversation,
})

const update = createRoute({
  ...shared,
  method: 'post',
  path: onePath,
  operationId: 'updateConversation',
  summary: 'Replace the metadata of a conversation',
  request: {
    params: ConversationParams,
    body: jsonBody(ConversationChange, { metadata: { topic: 'rent' } }),
  },
  responses: aConversation,
})

const remove = createRoute({
  ...shared,
  method: 'delete',
  path: onePath,
  operationId: 'deleteConversation',
  summary: 'Delete a conversation with its items',
  request: { params: ConversationParams },
  responses: { 200: json(DeletedConversation, 'Deleted.'), ...failures },
})

const listItems = createRoute({
  ...shared,
  method: 'get',
  path: itemsPath,
  operationId: 'listConversationItems',
  summary: 'The messages of a conversation, and the calls between them',
  request: { params: ConversationParams, query: ItemPageQuery },
  responses: someItems,
})

const addItems = createRoute({
  ...shared,
  method: 'post',
  path: itemsPath,
  operationId: 'createConversationItems',
  summary: 'Add items to a conversation as they are',
  request: {
    params: ConversationParams,
    query,
    body: jsonBody(NewItems, { items: [{ type: 'message', role: 'user', content: 'When is rent due?' }] }),
  },
  responses: someItems,
})

const getItem = createRoute({
  ...shared,
  method: 'get',
  path: itemPath,
  operationId: 'getConversationItem',
  summary: 'One item of a conversation',
  request: { params: ItemParams, query },
  responses: { 200: json(ConversationItem, 'The item.'), ...failures },
})

const removeItem = createRoute({
  ...shared,
  method: 'delete',
  path: itemPath,
  operationId: 'deleteConversationItem',
  summary: 'Delete an item of a conversation',
  request: { params: ItemParams },
  responses: aConversation,
})

export interface ConversationServices {
  conversations: Conversations
  chat: Pick<Chat, 'close'>
  responses: ItemSource & Pick<Responses, 'conversationItems'>
}

const notFound = (spelled: string, param: string) =>
  new AppError('not_found', `Conversation with id '${spelled.slice(0, 64)}' not found.`, { param })

/** A conversation of the account's, by its id as OpenAI spells it. Throws `not_found`. */
export async function conversationOf(
  conversations: Pick<Conversations, 'find'>,
  { accountId, spelled, param = 'conversation_id' }: { accountId: string; spelled: string; param?: string },
): Promise<Conversation> {
  const id = conversationIdIn(spelled)
  const found = id === undefined ? undefined : await conversations.find(accountId, id)
  if (!found) throw notFound(spelled, param)
  return found
}

const noSuchItem = (spelled: string) =>
  new AppError('not_found', `Item with id '${spelled.slice(0, 64)}' not found.`, { param: 'item_id' })

/** A title of what is said first. */
function titleFrom(items: readonly Item[]): string {
  const first = items.find((item) => item.type === 'message' && item.role === 'user')
  return titleOf(first?.type === 'message' ? textOf(first.content) : '')
}

/** OpenAI's Conversations, over those that all surfaces share. */
export function conversationRoutes(
  app: Surface,
  { conversations, chat, responses }: ConversationServices,
): void {
  const { conversationItems } = responses
  const find = (accountId: string, spelled: string) => conversationOf(conversations, { accountId, spelled })

  app.openapi(create, async (c) => {
    const { items: given = [], metadata = null } = c.req.valid('json') ?? {}
    const { id: accountId } = accountOf(c)
    const items = await toItems(given ?? [], responses, { accountId, field: 'items' })
    const made = await conversations.create({ accountId, title: titleFrom(items), metadata })
    try {
      await conversationItems.add({ accountId, conversationId: made.id }, items)
    } catch (refusal) {
      await conversations.delete(accountId, made.id)
      throw refusal
    }
    return c.json(toConversationObject(made), 200)
  })

  app.openapi(get, async (c) => {
    const { conversation_id: id } = c.req.valid('param')
    return c.json(toConversationObject(await find(accountOf(c).id, id)), 200)
  })

  app.openapi(update, async (c) => {
    const { conversation_id: spelled } = c.req.valid('param')
    const { id } = await find(accountOf(c).id, spelled)
    const updated = await conversations.update(accountOf(c).id, id, c.req.valid('json'))
    if (!updated) throw notFound(spelled, 'conversation_id')
    return c.json(toConversationObject(updated), 200)
  })

  app.openapi(remove, async (c) => {
    const { conversation_id: spelled } = c.req.valid('param')
    const { id } = await find(accountOf(c).id, spelled)
    if (!(await conversations.delete(accountOf(c).id, id))) throw notFound(spelled, 'conversation_id')
    await chat.close(id)
    return c.json({ id: spelled, object: 'conversation.deleted' as const, deleted: true as const }, 200)
  })

  app.openapi(listItems, async (c) => {
    const { id } = await find(accountOf(c).id, c.req.valid('param').conversation_id)
    const { limit, order, after } = c.req.valid('query')
    const page = { limit, order, after: after === undefined ? undefined : (rowIdIn(after) ?? '') }
    return c.json(toItemList(await conversationItems.list(id, page)), 200)
  })

  app.openapi(addItems, async (c) => {
    const { id: accountId } = accountOf(c)
    const { id: conversationId } = await find(accountId, c.req.valid('param').conversation_id)
    const items = await toItems(c.req.valid('json').items, responses, { accountId, field: 'items' })
    await conversationItems.add({ accountId, conversationId }, items)
    return c.json(toItemList({ items, hasMore: false }), 200)
  })

  app.openapi(getItem, async (c) => {
    const { conversation_id, item_id: spelled } = c.req.valid('param')
    const { id } = await find(accountOf(c).id, conversation_id)
    const item = await conversationItems.find(id, rowIdIn(spelled) ?? '')
    if (!item) throw noSuchItem(spelled)
    return c.json(item, 200)
  })

  app.openapi(removeItem, async (c) => {
    const { conversation_id, item_id: spelled } = c.req.valid('param')
    const { id: accountId } = accountOf(c)
    const conversation = await find(accountId, conversation_id)
    const from = { accountId, conversationId: conversation.id }
    if (!(await conversationItems.delete(from, rowIdIn(spelled) ?? ''))) throw noSuchItem(spelled)
    return c.json(toConversationObject(conversation), 200)
  })
}
