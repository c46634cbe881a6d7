import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Documents } from '../../../services/documents/documents.ts'
import { failures } from '../schemas/common.ts'
import {
  DeletedDocument,
  DocumentList,
  DocumentObject,
  documentIdIn,
  SearchBody,
  SearchResults,
  toDocument,
  toSearchResults,
} from '../schemas/document.ts'

/** Documents of a page of a list. */
export const MAX_LISTED_DOCUMENTS = 100

const tags = ['Documents']
const security = [{ bearer: [] }]
const Params = z.object({
  document_id: z.string().openapi({ param: { name: 'document_id', in: 'path' } }),
})

const list = createRoute({
  method: 'get',
  path: '/v1/documents',
  operationId: 'listDocuments',
  tags,
  security,
  summary: 'Your documents, the newest first',
  request: {
    query: z.strictObject({
      after: z
        .string()
        .max(64)
        .optional()
        .openapi({ description: 'The id that the page before ended with.' }),
      limit: z.coerce.number().int().min(1).max(MAX_LISTED_DOCUMENTS).default(20),
    }),
  },
  responses: { 200: json(DocumentList, 'A page of them.'), ...failures },
})

const get = createRoute({
  method: 'get',
  path: '/v1/documents/{document_id}',
  operationId: 'retrieveDocument',
  tags,
  security,
  summary: 'One of your documents, and where it stands',
  description: 'Documents are made of files: `POST /v1/files` with the purpose `user_data` or `assistants`.',
  request: { params: Params },
  responses: { 200: json(DocumentObject, 'The document.'), ...failures },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/documents/{document_id}',
  operationId: 'deleteDocument',
  tags,
  security,
  summary: 'Delete a document with all its files',
  request: { params: Params },
  responses: { 200: json(DeletedDocument, 'Deleted: the next search does not find it.'), ...failures },
})

const search = createRoute({
  method: 'post',
  path: '/v1/documents/search',
  operationId: 'searchDocuments',
  tags,
  security,
  summary: 'Find passages in your documents',
  description:
    'The answer says how passages were found, and what could not be searched yet. Scores are comparable within one answer.',
  request: { body: jsonBody(SearchBody, { query: 'When is rent due?' }) },
  responses: { 200: json(SearchResults, 'The best first.'), ...failures },
})

const noSuchDocument = (spelled: string, param: string) =>
  new AppError('not_found', `No such Document object: ${spelled.slice(0, 64)}`, { param })

/** The id of a document; throws `not_found` for what is none. */
function documentIdOf(spelled: string, param = 'id'): string {
  const id = documentIdIn(spelled)
  if (id === undefined) throw noSuchDocument(spelled, param)
  return id
}

export function documentRoutes(app: Surface, documents: Documents): void {
  app.openapi(list, async (c) => {
    const { limit, after } = c.req.valid('query')
    const page = await documents.list(accountOf(c).id, {
      limit,
      ...(after !== undefined && { after: documentIdOf(after, 'after') }),
    })
    const data = page.documents.map(toDocument)
    const [first_id, last_id] = [data[0]?.id ?? null, data.at(-1)?.id ?? null]
    return c.json({ object: 'list' as const, data, has_more: page.hasMore, first_id, last_id }, 200)
  })

  app.openapi(get, async (c) => {
    const { document_id: spelled } = c.req.valid('param')
    const document = await documents.get(accountOf(c).id, documentIdOf(spelled))
    if (!document) throw noSuchDocument(spelled, 'id')
    return c.json(toDocument(document), 200)
  })

  app.openapi(remove, async (c) => {
    const { document_id: spelled } = c.req.valid('param')
    await documents.removeDocument(accountOf(c).id, documentIdOf(spelled))
    return c.json({ id: spelled, object: 'document' as const, deleted: true as const }, 200)
  })

  app.openapi(search, async (c) => {
    const { query, limit, document_ids: spelled, min_score: minScore, rerank } = c.req.valid('json')
    const documentIds = spelled?.map((one) => documentIdOf(one, 'document_ids'))
    const answer = await documents.search(accountOf(c).id, {
      query,
      limit,
      ...(documentIds && { documentIds }),
      ...(minScore !== undefined && { minScore }),
      isReranked: rerank,
    })
    return c.json(toSearchResults(query, answer), 200)
  })
}
