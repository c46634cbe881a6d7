import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { inWords } from '../../../http/auth.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Chat as Rooms } from '../../../services/conversations/chat.ts'
import type { Conversation, Conversations } from '../../../services/conversations/conversations.ts'
import type { Datasets } from '../../../services/datasets/datasets.ts'
import type { ModelRecords } from '../../../services/models/model-records.ts'
import { Chat, ChatPatch, NewChat } from '../chat-schemas.ts'
import { failures, SECURITY } from '../responses.ts'
import { Page, pathId } from '../schemas.ts'

const tags = ['Chats']

const create = createRoute({
  method: 'post',
  path: '/api/chats',
  operationId: 'createChat',
  tags,
  security: SECURITY,
  summary: 'Begin a chat, with a model and a dataset where they are named',
  request: { body: jsonBody(NewChat, { title: 'Sales of this year' }) },
  responses: { 201: json(Chat, 'The chat.'), ...failures(401, 404, 409, 422) },
})

const list = createRoute({
  method: 'get',
  path: '/api/chats',
  operationId: 'listChats',
  tags,
  security: SECURITY,
  summary: 'Your chats, the newest activity first, wherever they were begun',
  request: { query: Page },
  responses: { 200: json(z.array(Chat), 'A page of them.'), ...failures(401, 422) },
})

const get = createRoute({
  method: 'get',
  path: '/api/chats/{chat_id}',
  operationId: 'getChat',
  tags,
  security: SECURITY,
  summary: 'One of your chats',
  request: { params: pathId('chat_id') },
  responses: { 200: json(Chat, 'The chat.'), ...failures(401, 404, 422) },
})

const update = createRoute({
  method: 'patch',
  path: '/api/chats/{chat_id}',
  operationId: 'updateChat',
  tags,
  security: SECURITY,
  summary: 'Change what is named; null takes the model or the dataset away',
  request: {
    params: pathId('chat_id'),
    body: jsonBody(ChatPatch, { title: 'Sales of last year' }),
  },
  responses: { 200: json(Chat, 'The chat.'), ...failures(400, 401, 404, 422) },
})

const remove = createRoute({
  method: 'delete',
  path: '/api/chats/{chat_id}',
  operationId: 'deleteChat',
  tags,
  security: SECURITY,
  summary: 'Delete a chat with its messages; an answer in the making is stopped',
  request: { params: pathId('chat_id') },
  responses: { 204: { description: 'Deleted.' }, ...failures(401, 404, 422) },
})

export const chatMissing = () => new AppError('not_found', 'Chat not found')

const toChat = (chat: Conversation): z.infer<typeof Chat> => ({
  _id: chat.id,
  user_id: chat.accountId,
  title: chat.title,
  model_id: chat.modelId,
  dataset_id: chat.datasetId,
  last_updated: new Date(chat.updatedAt).toISOString(),
})

export interface ChatsServices {
  chat: Pick<Rooms, 'close'>
  conversations: Conversations
  datasets: Pick<Datasets, 'find'>
  modelRecords: ModelRecords
}

export function chatRoutes(
  app: Surface,
  { chat, conversations, datasets, modelRecords }: ChatsServices,
): void {
  interface Named {
    model_id?: string | null | undefined
    dataset_id?: string | null | undefined
  }

  /** Throws `not_found` for a model or a dataset that the account does not have. */
  async function requireNamed(accountId: string, { model_id: modelId, dataset_id: datasetId }: Named) {
    if (modelId) await inWords(modelRecords.get(accountId, modelId), { not_found: 'Model not found' })
    if (datasetId && !(await datasets.find(accountId, datasetId)))
      throw new AppError('not_found', 'Dataset not found')
  }

  app.openapi(create, async (c) => {
    const { id: accountId } = accountOf(c)
    const { title, model_id: modelId, dataset_id: datasetId } = c.req.valid('json')
    await requireNamed(accountId, { model_id: modelId, dataset_id: datasetId })
    const created = await conversations.create({
      accountId,
      title,
      modelId: modelId ?? null,
      datasetId: datasetId ?? null,
    })
    return c.json(toChat(created), 201)
  })

  app.openapi(list, async (c) => {
    const chats = await conversations.list(accountOf(c).id, c.req.valid('query'))
    return c.json(chats.map(toChat), 200)
  })

  app.openapi(get, async (c) => {
    const found = await conversations.find(accountOf(c).id, c.req.valid('param').chat_id)
    if (!found) throw chatMissing()
    return c.json(toChat(found), 200)
  })

  app.openapi(update, async (c) => {
    const { id: accountId } = accountOf(c)
    const { chat_id: chatId } = c.req.valid('param')
    const { title, model_id: modelId, dataset_id: datasetId } = c.req.valid('json')
    const patch = {
      ...(title !== undefined && { title }),
      ...(modelId !== undefined && { modelId }),
      ...(datasetId !== undefined && { datasetId }),
    }
    if (Object.keys(patch).length === 0) throw new AppError('invalid_request', 'No fields to update')
    if (!(await conversations.find(accountId, chatId))) throw chatMissing()
    await requireNamed(accountId, { model_id: modelId, dataset_id: datasetId })
    const updated = await conversations.update(accountId, chatId, patch)
    if (!updated) throw chatMissing()
    return c.json(toChat(updated), 200)
  })

  app.openapi(remove, async (c) => {
    const { chat_id: chatId } = c.req.valid('param')
    if (!(await conversations.delete(accountOf(c).id, chatId))) throw chatMissing()
    await chat.close(chatId)
    return c.body(null, 204)
  })
}
