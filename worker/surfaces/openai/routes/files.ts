import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { isId } from '../../../../shared/ids.ts'
import { type Download, planDownload, sendDownload } from '../../../http/download/download.ts'
import { MAX_BODY_BYTES } from '../../../http/input/raw-body.ts'
import { type FormFields, receiveFile } from '../../../http/input/upload.ts'
import { checked } from '../../../http/input/validation.ts'
import { json } from '../../../http/json-content.ts'
import { readerOf, whileAllowed } from '../../../http/lifeline.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Documents } from '../../../services/documents/documents.ts'
import { DOCUMENT_PURPOSES } from '../../../services/documents/purposes.ts'
import type { Files, FileWords, StoredFile } from '../../../services/files/files.ts'
import { failures } from '../schemas/common.ts'
import {
  DeletedFile,
  FILE_PREFIX,
  FileList,
  FileObject,
  idIn,
  LifetimeSeconds,
  MAX_FILE_NAME_LENGTH,
  Purpose,
  toFileObject,
} from '../schemas/file.ts'

/** Files of a page of a list. */
export const MAX_LISTED_FILES = 10_000

export const FILES_ROUTE = 'POST /v1/files'

const tags = ['Files']
const security = [{ bearer: [] }]

const Params = z.object({ file_id: z.string().openapi({ param: { name: 'file_id', in: 'path' } }) })

const create = createRoute({
  method: 'post',
  path: '/v1/files',
  operationId: 'createFile',
  tags,
  security,
  summary: 'Upload a file of at most 95 MB',
  description:
    'Larger files come in parts: see `/v1/uploads`. A file for `fine-tune` is JSONL (UTF-8, lines of at most 1 MB); its first ten mistakes are told with line and field, and it is not kept. ' +
    'One for `user_data` or `assistants` is a document: PDF, DOCX, TXT, JSON, MD, HTML or CSV. The answer waits up to 20 seconds until searches find it; one that cannot be read is refused, and not kept.',
  request: {
    body: {
      required: true,
      // Plain, so that nothing but the route reads the body: a validator would hold all of it in memory.
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            properties: {
              file: { type: 'string', format: 'binary' },
              purpose: { type: 'string', enum: ['fine-tune', ...DOCUMENT_PURPOSES] },
              'expires_after[anchor]': { type: 'string', enum: ['created_at'] },
              'expires_after[seconds]': { type: 'integer', minimum: 3_600, maximum: 2_592_000 },
            },
            required: ['file', 'purpose'],
          },
          example: { file: 'Rent is due on the first day of each month.', purpose: 'user_data' },
        },
      },
    },
  },
  responses: { 200: json(FileObject, 'The file.'), ...failures },
})

const list = createRoute({
  method: 'get',
  path: '/v1/files',
  operationId: 'listFiles',
  tags,
  security,
  summary: 'Your files by age',
  request: {
    query: z.strictObject({
      purpose: z.string().max(64).optional(),
      order: z.enum(['asc', 'desc']).default('desc').openapi({ description: '`desc`: the newest first.' }),
      after: z
        .string()
        .max(64)
        .optional()
        .openapi({ description: 'The id that the page before ended with.' }),
      limit: z.coerce.number().int().min(1).max(MAX_LISTED_FILES).default(MAX_LISTED_FILES),
    }),
  },
  responses: { 200: json(FileList, 'A page of them.'), ...failures },
})

const get = createRoute({
  method: 'get',
  path: '/v1/files/{file_id}',
  operationId: 'retrieveFile',
  tags,
  security,
  summary: 'One of your files',
  request: { params: Params },
  responses: { 200: json(FileObject, 'The file.'), ...failures },
})

const content = createRoute({
  method: 'get',
  path: '/v1/files/{file_id}/content',
  operationId: 'downloadFile',
  tags,
  security,
  summary: 'The bytes of a file, or a range of them',
  request: { params: Params },
  responses: {
    200: {
      description: 'The file.',
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    },
    206: {
      description: 'The range that the header `Range` asks for.',
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    },
    304: { description: 'The file has the ETag in `If-None-Match`.' },
    ...failures,
  },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/files/{file_id}',
  operationId: 'deleteFile',
  tags,
  security,
  summary: 'Delete a file',
  request: { params: Params },
  responses: { 200: json(DeletedFile, 'Deleted.'), ...failures },
})

const ANCHOR = 'expires_after[anchor]'
const SECONDS = 'expires_after[seconds]'

/** The fields beside the file: `expires_after` is one object in two of them. */
const FileForm = z
  .strictObject({
    purpose: Purpose,
    [ANCHOR]: z.literal('created_at').optional(),
    [SECONDS]: LifetimeSeconds.optional(),
  })
  .superRefine((form, context) => {
    for (const [name, other] of [
      [ANCHOR, SECONDS],
      [SECONDS, ANCHOR],
    ] as const) {
      if (form[name] === undefined && form[other] !== undefined)
        context.addIssue({ code: 'custom', path: [name], message: `it is required beside '${other}'` })
    }
  })

function wordsOf(name: string, fields: FormFields): FileWords {
  const form = checked(FileForm, 'form', { value: Object.fromEntries(fields), size: fields.size })
  const short = name.slice(0, MAX_FILE_NAME_LENGTH).toWellFormed()
  return { name: short || 'file', purpose: form.purpose, lifetimeSeconds: form[SECONDS] ?? null }
}

const noSuchFile = (id: string) =>
  new AppError('not_found', `No such File object: ${id.slice(0, 64)}`, { param: 'id' })

/** The id of a file; throws `not_found` for what is none. */
export function fileIdOf(spelled: string): string {
  const id = idIn(FILE_PREFIX, spelled)
  if (!isId(id)) throw noSuchFile(spelled)
  return id
}

const toDownload = (file: StoredFile): Download => ({
  tag: file.id,
  modifiedAt: file.createdAt,
  sizeBytes: file.sizeBytes,
  contentType: file.contentType,
  name: file.name,
})

export function fileRoutes(app: Surface, files: Files, documents: Documents): void {
  app.openapi(create, async (c) => {
    const instead = ': send it in parts (POST /v1/uploads)'
    const { file, document } = await whileAllowed(readerOf(c), (signal) =>
      receiveFile(
        c,
        { field: 'file', maxBytes: MAX_BODY_BYTES, instead },
        ({ name, bytes, leastBytes }, fields) =>
          documents.upload(accountOf(c).id, bytes, { isRows: true, leastBytes, signal }, async () =>
            wordsOf(name, await fields()),
          ),
      ),
    )
    return c.json(toFileObject(file, document), 200)
  })

  app.openapi(list, async (c) => {
    const { after, ...query } = c.req.valid('query')
    const page = { ...query, ...(after !== undefined && { after: fileIdOf(after) }) }
    const { files: listed, hasMore } = await files.list(accountOf(c).id, page)
    const standingOf = await documents.standing(accountOf(c).id, listed)
    const data = listed.map((file) => toFileObject(file, standingOf(file)))
    const [first, last] = [data[0]?.id ?? null, data.at(-1)?.id ?? null]
    return c.json({ object: 'list' as const, data, has_more: hasMore, first_id: first, last_id: last }, 200)
  })

  app.openapi(get, async (c) => {
    const { file_id: spelled } = c.req.valid('param')
    const file = await files.find(accountOf(c).id, fileIdOf(spelled))
    if (!file) throw noSuchFile(spelled)
    return c.json(toFileObject(file, await documents.of(file)), 200)
  })

  app.openapi(content, async (c) => {
    const id = fileIdOf(c.req.valid('param').file_id)
    const plan = (file: StoredFile) => planDownload(c, toDownload(file))
    const { file, chosen, body } = await files.read(accountOf(c).id, id, plan)
    return sendDownload(c, toDownload(file), chosen, body)
  })

  app.openapi(remove, async (c) => {
    const { file_id: spelled } = c.req.valid('param')
    await documents.remove(accountOf(c).id, fileIdOf(spelled))
    return c.json({ id: spelled, object: 'file' as const, deleted: true as const }, 200)
  })
}
