import { createRoute, z } from '@hono/zod-openapi'
import { etagOf } from '../../../http/download/download.ts'
import { lengthOf, rawBody } from '../../../http/input/raw-body.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { readerOf, whileAllowed } from '../../../http/lifeline.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import { fromRoot } from '../../../services/workspace/path.ts'
import {
  MAX_WORKSPACE_PART_BYTES,
  type WorkspaceUploads,
} from '../../../services/workspace/workspace-uploads.ts'
import { failures } from '../schemas/common.ts'
import { idIn } from '../schemas/file.ts'
import { WorkspaceFile } from '../schemas/workspace.ts'
import {
  toWorkspaceUpload,
  WORKSPACE_UPLOAD_PREFIX,
  WorkspaceUpload,
  WorkspaceUploadRequest,
} from '../schemas/workspace-upload.ts'
import { Conditions, conditionOf, toWorkspaceFile } from './workspace.ts'

export const WORKSPACE_PART_ROUTE = 'PUT /v1/workspace-uploads/:upload_id/parts/:number'

const tags = ['Workspace']
const security = [{ bearer: [] }]

const EXAMPLE_ROW = '{"prompt": "Which colour has the sky?", "completion": "Blue."}\n'

const uploadId = z.string().openapi({ param: { name: 'upload_id', in: 'path' } })
const params = z.object({ upload_id: uploadId })

const create = createRoute({
  method: 'post',
  path: '/v1/workspace-uploads',
  operationId: 'createWorkspaceUpload',
  tags,
  security,
  summary: 'Begin a file of up to 5 GB that comes in parts of 5 to 64 MB; it has a day to come',
  request: { body: jsonBody(WorkspaceUploadRequest, { path: 'data/rows.jsonl', bytes: EXAMPLE_ROW.length }) },
  responses: { 201: json(WorkspaceUpload, 'The upload, for which room is held.'), ...failures },
})

const get = createRoute({
  method: 'get',
  path: '/v1/workspace-uploads/{upload_id}',
  operationId: 'retrieveWorkspaceUpload',
  tags,
  security,
  summary: 'An upload, and which of its parts have come',
  request: { params },
  responses: { 200: json(WorkspaceUpload, 'The upload.'), ...failures },
})

const putPart = createRoute({
  method: 'put',
  path: '/v1/workspace-uploads/{upload_id}/parts/{number}',
  operationId: 'putWorkspacePart',
  tags,
  security,
  summary: 'Send a part, in any order, and again where it was lost',
  request: {
    params: z.object({
      upload_id: uploadId,
      number: z.coerce
        .number()
        .int()
        .openapi({ param: { name: 'number', in: 'path', required: true }, description: 'From 1.' }),
    }),
    body: {
      required: true,
      content: {
        'application/octet-stream': { schema: { type: 'string', format: 'binary' }, example: EXAMPLE_ROW },
      },
    },
  },
  responses: { 200: json(WorkspaceUpload, 'The upload, with the part.'), ...failures },
})

const complete = createRoute({
  method: 'post',
  path: '/v1/workspace-uploads/{upload_id}/complete',
  operationId: 'completeWorkspaceUpload',
  tags,
  security,
  summary: 'Show the file under its path, in place of the one that is there',
  request: { params, headers: Conditions },
  responses: { 200: json(WorkspaceFile, 'The file.'), ...failures },
})

const cancel = createRoute({
  method: 'post',
  path: '/v1/workspace-uploads/{upload_id}/cancel',
  operationId: 'cancelWorkspaceUpload',
  tags,
  security,
  summary: 'End an upload, with its parts',
  request: { params },
  responses: {
    200: json(
      z.object({ id: z.string(), object: z.literal('workspace.upload'), deleted: z.literal(true) }),
      'Ended.',
    ),
    ...failures,
  },
})

export function workspaceUploadRoutes(app: Surface, uploads: WorkspaceUploads): void {
  const idOf = (spelled: string) => idIn(WORKSPACE_UPLOAD_PREFIX, spelled)

  app.openapi(create, async (c) => {
    const { path, bytes, part_bytes, content_type } = c.req.valid('json')
    const upload = await uploads.create(accountOf(c).id, {
      path: fromRoot(path),
      sizeBytes: bytes,
      partBytes: part_bytes,
      contentType: content_type,
    })
    return c.json(toWorkspaceUpload(upload), 201)
  })

  app.openapi(get, async (c) => {
    const upload = await uploads.find(accountOf(c).id, idOf(c.req.valid('param').upload_id))
    return c.json(toWorkspaceUpload(upload), 200)
  })

  app.openapi(putPart, async (c) => {
    const { upload_id: spelled, number } = c.req.valid('param')
    const [accountId, id] = [accountOf(c).id, idOf(spelled)]
    const bytes = rawBody(c, { maxBytes: MAX_WORKSPACE_PART_BYTES })
    await whileAllowed(readerOf(c), (signal) =>
      uploads.putPart(accountId, id, { number, bytes, sizeBytes: lengthOf(c) }, signal),
    )
    return c.json(toWorkspaceUpload(await uploads.find(accountId, id)), 200)
  })

  app.openapi(complete, async (c) => {
    const id = idOf(c.req.valid('param').upload_id)
    const file = await uploads.complete(accountOf(c).id, id, conditionOf(c))
    c.header('etag', etagOf(file.versionId))
    return c.json(toWorkspaceFile(file), 200)
  })

  app.openapi(cancel, async (c) => {
    const { upload_id: spelled } = c.req.valid('param')
    await uploads.cancel(accountOf(c).id, idOf(spelled))
    return c.json({ id: spelled, object: 'workspace.upload' as const, deleted: true as const }, 200)
  })
}
