import { createRoute, z } from '@hono/zod-openapi'
import { receiveFile } from '../../../http/input/upload.ts'
import { fileForm, json, jsonBody } from '../../../http/json-content.ts'
import { readerOf, whileAllowed } from '../../../http/lifeline.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Documents } from '../../../services/documents/documents.ts'
import { MAX_PART_BYTES, type Uploads } from '../../../services/files/uploads.ts'
import { failures } from '../schemas/common.ts'
import { idIn, PART_PREFIX, toFileObject, UPLOAD_PREFIX } from '../schemas/file.ts'
import { CompleteRequest, toUpload, UploadObject, UploadPart, UploadRequest } from '../schemas/upload.ts'

export const PARTS_ROUTE = 'POST /v1/uploads/:upload_id/parts'

const tags = ['Uploads']
const security = [{ bearer: [] }]

const EXAMPLE_TEXT = 'Rent is due on the first day of each month.'

const params = z.object({ upload_id: z.string().openapi({ param: { name: 'upload_id', in: 'path' } }) })

const create = createRoute({
  method: 'post',
  path: '/v1/uploads',
  operationId: 'createUpload',
  tags,
  security,
  summary:
    'Begin a file of up to 512 MB, or a document of up to 100 MB, that comes in parts; it has an hour to come',
  request: {
    body: jsonBody(UploadRequest, {
      filename: 'rent.txt',
      purpose: 'user_data',
      bytes: EXAMPLE_TEXT.length,
      mime_type: 'text/plain',
    }),
  },
  responses: { 200: json(UploadObject, 'The upload, for which room is held.'), ...failures },
})

const addPart = createRoute({
  method: 'post',
  path: '/v1/uploads/{upload_id}/parts',
  operationId: 'addUploadPart',
  tags,
  security,
  summary: 'Add a part of at most 64 MB; parts may come beside each other',
  request: {
    params,
    body: fileForm({ data: { type: 'string', format: 'binary' } }, { data: EXAMPLE_TEXT }),
  },
  responses: { 200: json(UploadPart, 'The part.'), ...failures },
})

const complete = createRoute({
  method: 'post',
  path: '/v1/uploads/{upload_id}/complete',
  operationId: 'completeUpload',
  tags,
  security,
  summary: 'Make the file of its parts, in the order in which they are named',
  description:
    'A file for `fine-tune` that has mistakes is refused with the first ten of them, and ends its upload. ' +
    'So does one for `user_data` or `assistants` that is no document; for any other the answer waits up to 20 seconds until searches find it.',
  request: { params, body: jsonBody(CompleteRequest, { part_ids: ['part_6921b2a00123456789abcdef'] }) },
  responses: { 200: json(UploadObject, 'The upload, with its file.'), ...failures },
})

const cancel = createRoute({
  method: 'post',
  path: '/v1/uploads/{upload_id}/cancel',
  operationId: 'cancelUpload',
  tags,
  security,
  summary: 'End an upload, with its parts',
  request: { params },
  responses: { 200: json(UploadObject, 'The upload.'), ...failures },
})

export function uploadRoutes(app: Surface, uploads: Uploads, documents: Pick<Documents, 'take'>): void {
  const idOf = (spelled: string) => idIn(UPLOAD_PREFIX, spelled)

  app.openapi(create, async (c) => {
    const { filename, purpose, bytes, mime_type, expires_after } = c.req.valid('json')
    const upload = await uploads.create(accountOf(c).id, {
      name: filename,
      purpose,
      sizeBytes: bytes,
      contentType: mime_type,
      lifetimeSeconds: expires_after?.seconds ?? null,
    })
    return c.json(toUpload(upload), 200)
  })

  app.openapi(addPart, async (c) => {
    const { upload_id: uploadId } = c.req.valid('param')
    const part = await whileAllowed(readerOf(c), (signal) =>
      receiveFile(c, { field: 'data', maxBytes: MAX_PART_BYTES }, ({ bytes }) =>
        uploads.addPart(accountOf(c).id, idOf(uploadId), bytes, signal),
      ),
    )
    const created = Math.floor(part.createdAt / 1_000)
    const object = 'upload.part' as const
    return c.json({ id: PART_PREFIX + part.id, object, created_at: created, upload_id: uploadId }, 200)
  })

  app.openapi(complete, async (c) => {
    const { part_ids, md5 } = c.req.valid('json')
    const partIds = part_ids.map((id) => idIn(PART_PREFIX, id))
    const id = idOf(c.req.valid('param').upload_id)
    const { upload, file } = await uploads.complete(accountOf(c).id, id, { partIds, md5 })
    const { document } = await documents.take(file)
    return c.json(toUpload(upload, toFileObject(file, document)), 200)
  })

  app.openapi(cancel, async (c) => {
    const upload = await uploads.cancel(accountOf(c).id, idOf(c.req.valid('param').upload_id))
    return c.json(toUpload(upload), 200)
  })
}
