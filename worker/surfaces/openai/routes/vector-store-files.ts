import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { SetMember } from '../../../services/library/library-sets.ts'
import { failures } from '../schemas/common.ts'
import {
  BatchObject,
  batchIdIn,
  DeletedMember,
  MemberChange,
  MemberContent,
  MemberList,
  MemberObject,
  MemberQuery,
  NewBatch,
  NewMember,
  toBatchObject,
  toMemberObject,
} from '../schemas/vector-store.ts'
import {
  listOf,
  memberIdOf,
  pageOf,
  StoreParam,
  type StoreServices,
  security,
  storeIdOf,
  tags,
} from './vector-stores.ts'

/** JSON that the compiler does not hold to its schema: it goes out as it is made. */
const STREAMED: string = 'application/json'

const Params = z.object(StoreParam)
const FileParams = Params.extend({ file_id: z.string().openapi({ param: { name: 'file_id', in: 'path' } }) })
const BatchParams = Params.extend({
  batch_id: z.string().openapi({ param: { name: 'batch_id', in: 'path' } }),
})

const FILES = '/v1/vector_stores/{vector_store_id}/files'
const BATCHES = '/v1/vector_stores/{vector_store_id}/file_batches'

const add = createRoute({
  method: 'post',
  path: FILES,
  operationId: 'createVectorStoreFile',
  tags,
  security,
  summary: 'Put a file into a store',
  description:
    'A file of the purpose `assistants` or `user_data`. `attributes` are what searches can choose by.',
  request: {
    params: Params,
    body: jsonBody(NewMember, { file_id: 'file-6921b2a00123456789abcdef', attributes: { year: 2025 } }),
  },
  responses: { 200: json(MemberObject, 'The file in the store.'), ...failures },
})

const list = createRoute({
  method: 'get',
  path: FILES,
  operationId: 'listVectorStoreFiles',
  tags,
  security,
  summary: 'The files of a store',
  request: { params: Params, query: MemberQuery },
  responses: { 200: json(MemberList, 'A page of them.'), ...failures },
})

const get = createRoute({
  method: 'get',
  path: `${FILES}/{file_id}`,
  operationId: 'getVectorStoreFile',
  tags,
  security,
  summary: 'A file of a store',
  request: { params: FileParams },
  responses: { 200: json(MemberObject, 'The file in the store.'), ...failures },
})

const change = createRoute({
  method: 'post',
  path: `${FILES}/{file_id}`,
  operationId: 'updateVectorStoreFileAttributes',
  tags,
  security,
  summary: 'Change a file’s attributes',
  request: { params: FileParams, body: jsonBody(MemberChange, { attributes: { year: 2026 } }) },
  responses: { 200: json(MemberObject, 'The file in the store.'), ...failures },
})

const remove = createRoute({
  method: 'delete',
  path: `${FILES}/{file_id}`,
  operationId: 'deleteVectorStoreFile',
  tags,
  security,
  summary: 'Take a file out of a store; the file stays',
  request: { params: FileParams },
  responses: { 200: json(DeletedMember, 'Taken out.'), ...failures },
})

const content = createRoute({
  method: 'get',
  path: `${FILES}/{file_id}/content`,
  operationId: 'retrieveVectorStoreFileContent',
  tags,
  security,
  summary: 'The text of a file, as it was read',
  request: { params: FileParams },
  responses: {
    200: {
      description: 'The text, in pieces.',
      // By its name, so that the answer may be a stream: a text may be larger than a Worker's memory.
      content: { [STREAMED]: { schema: { $ref: '#/components/schemas/VectorStoreFileContent' } } },
    },
    ...failures,
  },
})

const createBatch = createRoute({
  method: 'post',
  path: BATCHES,
  operationId: 'createVectorStoreFileBatch',
  tags,
  security,
  summary: 'Put several files into a store',
  request: { params: Params, body: jsonBody(NewBatch, { file_ids: ['file-6921b2a00123456789abcdef'] }) },
  responses: { 200: json(BatchObject, 'The batch.'), ...failures },
})

const getBatch = createRoute({
  method: 'get',
  path: `${BATCHES}/{batch_id}`,
  operationId: 'getVectorStoreFileBatch',
  tags,
  security,
  summary: 'Where the files of a batch stand',
  request: { params: BatchParams },
  responses: { 200: json(BatchObject, 'The batch.'), ...failures },
})

const cancelBatch = createRoute({
  method: 'post',
  path: `${BATCHES}/{batch_id}/cancel`,
  operationId: 'cancelVectorStoreFileBatch',
  tags,
  security,
  summary: 'Take back those files of a batch that are not ready yet',
  request: { params: BatchParams },
  responses: { 200: json(BatchObject, 'The batch.'), ...failures },
})

const listBatch = createRoute({
  method: 'get',
  path: `${BATCHES}/{batch_id}/files`,
  operationId: 'listFilesInVectorStoreBatch',
  tags,
  security,
  summary: 'The files of a batch',
  request: { params: BatchParams, query: MemberQuery },
  responses: { 200: json(MemberList, 'A page of them.'), ...failures },
})

function batchIdOf(spelled: string): string {
  const id = batchIdIn(spelled)
  if (id === undefined)
    throw new AppError('not_found', `No such file batch: ${spelled.slice(0, 64)}`, { param: 'batch_id' })
  return id
}

const STATES = { in_progress: 'inProgress', completed: 'ready', failed: 'failed' } as const
type Query = z.infer<typeof MemberQuery>

/** Files that were cancelled are in no store any more. */
const stateOf = ({ filter }: Query): SetMember['state'] | 'none' | undefined =>
  filter === 'cancelled' ? 'none' : filter && STATES[filter]

/** A page of members that are at hand, in the order in which they came. */
function sliceOf(members: readonly SetMember[], query: Query) {
  const state = stateOf(query)
  const chosen = members.filter((member) => state === undefined || member.state === state)
  const ordered = query.order === 'asc' ? chosen : chosen.toReversed()
  const at = (spelled: string) => ordered.findIndex(({ fileId }) => fileId === memberIdOf(spelled))
  const from = query.after === undefined ? 0 : at(query.after) + 1
  const to = query.before === undefined ? ordered.length : Math.max(0, at(query.before))
  const page = ordered.slice(from, to)
  return { members: page.slice(0, query.limit), hasMore: page.length > query.limit }
}

export function vectorStoreFileRoutes(app: Surface, { vectorStores }: StoreServices): void {
  app.openAPIRegistry.register('VectorStoreFileContent', MemberContent)
  app.openapi(add, async (c) => {
    const { vector_store_id: store } = c.req.valid('param')
    const { file_id, attributes } = c.req.valid('json')
    const file = { fileId: memberIdOf(file_id), attributes: attributes ?? {} }
    return c.json(toMemberObject(store, await vectorStores.add(accountOf(c).id, storeIdOf(store), file)), 200)
  })

  app.openapi(list, async (c) => {
    const { vector_store_id: store } = c.req.valid('param')
    const query = c.req.valid('query')
    const state = stateOf(query)
    const page = { ...pageOf(query, memberIdOf), ...(state !== undefined && state !== 'none' && { state }) }
    const { members, hasMore } = await vectorStores.members(accountOf(c).id, storeIdOf(store), page)
    const shown = state === 'none' ? [] : members.map((member) => toMemberObject(store, member))
    return c.json(listOf(shown, state !== 'none' && hasMore), 200)
  })

  app.openapi(get, async (c) => {
    const { vector_store_id: store, file_id } = c.req.valid('param')
    const member = await vectorStores.member(accountOf(c).id, storeIdOf(store), memberIdOf(file_id))
    return c.json(toMemberObject(store, member), 200)
  })

  app.openapi(change, async (c) => {
    const { vector_store_id: store, file_id } = c.req.valid('param')
    const attributes = c.req.valid('json').attributes ?? {}
    const ids = [storeIdOf(store), memberIdOf(file_id)] as const
    const member = await vectorStores.changeMember(accountOf(c).id, ...ids, attributes)
    return c.json(toMemberObject(store, member), 200)
  })

  app.openapi(remove, async (c) => {
    const { vector_store_id: store, file_id } = c.req.valid('param')
    await vectorStores.removeMember(accountOf(c).id, storeIdOf(store), memberIdOf(file_id))
    return c.json({ id: file_id, object: 'vector_store.file.deleted', deleted: true as const }, 200)
  })

  app.openapi(content, async (c) => {
    const { vector_store_id: store, file_id } = c.req.valid('param')
    const pieces = await vectorStores.content(accountOf(c).id, storeIdOf(store), memberIdOf(file_id))
    return new Response(contentBody(pieces), { headers: { 'content-type': 'application/json' } })
  })
}

/** The page of a file's content as it comes. */
function contentBody(pieces: AsyncGenerator<string, void, void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  async function* parts(): AsyncGenerator<string, void, void> {
    yield '{"object":"vector_store.file_content.page","data":['
    let separator = ''
    for await (const text of pieces) {
      yield separator + JSON.stringify({ type: 'text', text })
      separator = ','
    }
    yield '],"has_more":false,"next_page":null}'
  }
  const source = parts()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await source.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await source.return()
    },
  })
}

export function fileBatchRoutes(app: Surface, { fileBatches }: StoreServices): void {
  app.openapi(createBatch, async (c) => {
    const { vector_store_id: store } = c.req.valid('param')
    const { file_ids, files, attributes } = c.req.valid('json')
    const given = files ?? (file_ids ?? []).map((file_id) => ({ file_id, attributes }))
    const known = new Map(
      given.map((file) => [memberIdOf(file.file_id, 'file_ids'), file.attributes ?? {}] as const),
    )
    const members = [...known].map(([fileId, own]) => ({ fileId, attributes: own }))
    return c.json(toBatchObject(await fileBatches.create(accountOf(c).id, storeIdOf(store), members)), 200)
  })

  app.openapi(getBatch, async (c) => {
    const { vector_store_id: store, batch_id } = c.req.valid('param')
    const batch = await fileBatches.get(accountOf(c).id, storeIdOf(store), batchIdOf(batch_id))
    return c.json(toBatchObject(batch), 200)
  })

  app.openapi(cancelBatch, async (c) => {
    const { vector_store_id: store, batch_id } = c.req.valid('param')
    const batch = await fileBatches.cancel(accountOf(c).id, storeIdOf(store), batchIdOf(batch_id))
    return c.json(toBatchObject(batch), 200)
  })

  app.openapi(listBatch, async (c) => {
    const { vector_store_id: store, batch_id } = c.req.valid('param')
    const all = await fileBatches.members(accountOf(c).id, storeIdOf(store), batchIdOf(batch_id))
    const { members, hasMore } = sliceOf(all, c.req.valid('query'))
    return c.json(
      listOf(
        members.map((member) => toMemberObject(store, member)),
        hasMore,
      ),
      200,
    )
  })
}
