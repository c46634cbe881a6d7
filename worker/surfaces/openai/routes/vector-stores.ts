import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { FileBatches } from '../../../services/documents/stores/file-batches.ts'
import type { VectorStores } from '../../../services/documents/stores/vector-stores.ts'
import { failures } from '../schemas/common.ts'
import {
  DeletedStore,
  memberIdIn,
  NewStore,
  PageQuery,
  StoreChange,
  StoreList,
  StoreObject,
  StoreResults,
  StoreSearch,
  storeIdIn,
  toResult,
  toStoreObject,
} from '../schemas/vector-store.ts'

export const tags = ['Vector stores']
export const security = [{ bearer: [] }]

export const StoreParam = {
  vector_store_id: z.string().openapi({ param: { name: 'vector_store_id', in: 'path' } }),
}
const Params = z.object(StoreParam)

const create = createRoute({
  method: 'post',
  path: '/v1/vector_stores',
  operationId: 'createVectorStore',
  tags,
  security,
  summary: 'A named set of documents',
  request: { body: jsonBody(NewStore, { name: 'Contracts', metadata: { team: 'legal' } }) },
  responses: { 200: json(StoreObject, 'The store.'), ...failures },
})

const list = createRoute({
  method: 'get',
  path: '/v1/vector_stores',
  operationId: 'listVectorStores',
  tags,
  security,
  summary: 'Your vector stores by age',
  request: { query: PageQuery },
  responses: { 200: json(StoreList, 'A page of them.'), ...failures },
})

const get = createRoute({
  method: 'get',
  path: '/v1/vector_stores/{vector_store_id}',
  operationId: 'retrieveVectorStore',
  tags,
  security,
  summary: 'One of your vector stores',
  request: { params: Params },
  responses: { 200: json(StoreObject, 'The store.'), ...failures },
})

const change = createRoute({
  method: 'post',
  path: '/v1/vector_stores/{vector_store_id}',
  operationId: 'updateVectorStore',
  tags,
  security,
  summary: 'Change a store’s name, metadata or end',
  request: { params: Params, body: jsonBody(StoreChange, { name: 'Contracts of 2026' }) },
  responses: { 200: json(StoreObject, 'The store.'), ...failures },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/vector_stores/{vector_store_id}',
  operationId: 'deleteVectorStore',
  tags,
  security,
  summary: 'Delete a store; its files stay',
  request: { params: Params },
  responses: { 200: json(DeletedStore, 'Deleted.'), ...failures },
})

const search = createRoute({
  method: 'post',
  path: '/v1/vector_stores/{vector_store_id}/search',
  operationId: 'searchVectorStore',
  tags,
  security,
  summary: 'Find passages in a store’s files',
  description:
    'Questions are searched for as they are: `rewrite_query` is not supported. With a ranker other than `none` the best are judged anew by a model that ranks, where a node serves one.',
  request: {
    params: Params,
    body: jsonBody(StoreSearch, { query: 'When is rent due?', max_num_results: 5 }),
  },
  responses: { 200: json(StoreResults, 'The best first.'), ...failures },
})

export const noSuchStore = (spelled: string) =>
  new AppError('not_found', `No such VectorStore object: ${spelled.slice(0, 64)}`, {
    param: 'vector_store_id',
  })

/** The id of a store; throws `not_found` for what is none. */
export function storeIdOf(spelled: string): string {
  const id = storeIdIn(spelled)
  if (id === undefined) throw noSuchStore(spelled)
  return id
}

/** The id of a file; throws `not_found` for what is none. */
export function memberIdOf(spelled: string, param = 'file_id'): string {
  const id = memberIdIn(spelled)
  if (id === undefined)
    throw new AppError('not_found', `No such File object: ${spelled.slice(0, 64)}`, { param })
  return id
}

/** A page as a library takes it; `toId` reads the ids between which it lies. */
export const pageOf = (
  { limit, order, after, before }: z.infer<typeof PageQuery>,
  toId: (spelled: string) => string,
) => ({
  limit,
  order,
  ...(after !== undefined && { after: toId(after) }),
  ...(before !== undefined && { before: toId(before) }),
})

/** A list in OpenAI's form. */
export const listOf = <Item extends { id: string }>(data: Item[], hasMore: boolean) => ({
  object: 'list' as const,
  data,
  has_more: hasMore,
  first_id: data[0]?.id ?? null,
  last_id: data.at(-1)?.id ?? null,
})

export interface StoreServices {
  vectorStores: VectorStores
  fileBatches: FileBatches
}

export function vectorStoreRoutes(app: Surface, { vectorStores, fileBatches }: StoreServices): void {
  app.openapi(create, async (c) => {
    const { name, description, metadata, expires_after, file_ids } = c.req.valid('json')
    const accountId = accountOf(c).id
    const files = (file_ids ?? []).map((spelled) => ({
      fileId: memberIdOf(spelled, 'file_ids'),
      attributes: {},
    }))
    const store = await vectorStores.create(accountId, {
      name: name ?? '',
      description: description ?? null,
      metadata: metadata ?? null,
      expiresAfterDays: expires_after?.days ?? null,
    })
    if (files.length > 0) {
      try {
        await fileBatches.create(accountId, store.set.id, files)
      } catch (thrown) {
        await vectorStores.remove(accountId, store.set.id)
        throw thrown
      }
    }
    return c.json(toStoreObject(await vectorStores.get(accountId, store.set.id)), 200)
  })

  app.openapi(list, async (c) => {
    const page = pageOf(c.req.valid('query'), storeIdOf)
    const { stores, hasMore } = await vectorStores.list(accountOf(c).id, page)
    return c.json(listOf(stores.map(toStoreObject), hasMore), 200)
  })

  app.openapi(get, async (c) => {
    const id = storeIdOf(c.req.valid('param').vector_store_id)
    return c.json(toStoreObject(await vectorStores.get(accountOf(c).id, id)), 200)
  })

  app.openapi(change, async (c) => {
    const id = storeIdOf(c.req.valid('param').vector_store_id)
    const { name, metadata, expires_after } = c.req.valid('json')
    const store = await vectorStores.change(accountOf(c).id, id, {
      ...(name != null && { name }),
      ...(metadata !== undefined && { metadata }),
      ...(expires_after !== undefined && { expiresAfterDays: expires_after?.days ?? null }),
    })
    return c.json(toStoreObject(store), 200)
  })

  app.openapi(remove, async (c) => {
    const { vector_store_id: spelled } = c.req.valid('param')
    const id = storeIdOf(spelled)
    await vectorStores.remove(accountOf(c).id, id)
    await fileBatches.forget(id)
    return c.json({ id: spelled, object: 'vector_store.deleted', deleted: true as const }, 200)
  })

  app.openapi(search, async (c) => {
    const id = storeIdOf(c.req.valid('param').vector_store_id)
    const { query, filters, max_num_results: limit, ranking_options: ranking } = c.req.valid('json')
    const queries = [query].flat()
    const results = await vectorStores.search(accountOf(c).id, id, {
      queries,
      limit,
      filter: filters,
      minScore: ranking?.score_threshold,
      isReranked: ranking?.ranker !== undefined && ranking.ranker !== 'none',
    })
    return c.json(
      {
        object: 'vector_store.search_results.page',
        search_query: queries,
        data: results.map(toResult),
        has_more: false as const,
        next_page: null,
      },
      200,
    )
  })
}
