import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { receiveFile } from '../../../http/input/upload.ts'
import { fileForm, json } from '../../../http/json-content.ts'
import { readerOf, whileAllowed } from '../../../http/lifeline.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import { docIdOf } from '../../../services/documents/doc-ids.ts'
import type { Documents } from '../../../services/documents/documents.ts'
import { explained } from '../../../services/documents/reasons.ts'
import { MAX_DOCUMENT_BYTES } from '../../../services/documents/receiving.ts'
import type { StoredFile } from '../../../services/files/files.ts'
import type { LibraryDocument } from '../../../services/library/library-documents.ts'
import { DeletedFile, DocumentPage, ListQuery, UploadedFile } from '../file-schemas.ts'
import { anyFailure, refusals, unprocessable } from '../schemas.ts'

export const UPLOAD_ROUTE = 'POST /api/files/upload'

/** Longest name of a file that is kept, in characters. */
export const MAX_FILE_NAME_LENGTH = 255

const tags = ['Files']
const security = [{ bearer: [] }]

const upload = createRoute({
  method: 'post',
  path: '/api/files/upload',
  operationId: 'uploadFile',
  tags,
  security,
  summary: 'Upload a document: PDF, DOCX, TXT, JSON, MD, HTML or CSV, of at most 100 MB',
  description:
    'The answer waits up to 20 seconds until searches find the document; its message says when that goes on. What cannot be ' +
    'read is refused, and not kept.',
  request: {
    body: fileForm(
      { file: { type: 'string', format: 'binary' } },
      { file: 'Rent is due on the first day of each month.' },
    ),
  },
  responses: { 200: json(UploadedFile, 'The file.'), ...refusals, ...unprocessable, ...anyFailure },
})

const list = createRoute({
  method: 'get',
  path: '/api/files/documents',
  operationId: 'listDocuments',
  tags,
  security,
  summary: 'Your documents, the newest first',
  request: { query: ListQuery },
  responses: { 200: json(DocumentPage, 'A page of them.'), ...refusals, ...unprocessable, ...anyFailure },
})

const remove = createRoute({
  method: 'delete',
  path: '/api/files/documents/{file_id}',
  operationId: 'deleteDocument',
  tags,
  security,
  summary: 'Delete a document, with all that is found of it',
  request: { params: z.object({ file_id: z.string().openapi({ param: { name: 'file_id', in: 'path' } }) }) },
  responses: { 200: json(DeletedFile, 'Deleted.'), ...refusals, ...anyFailure },
})

/** The page's own sentence where the document can be found, and else what is still to come. */
export function messageOf(document: Pick<LibraryDocument, 'state' | 'reason'> | null): string {
  if (document?.state === 'ready') return 'File uploaded and indexed successfully'
  const reason = document ? explained(document.state, document.reason)?.message : undefined
  const what =
    document?.state === 'partial' ? 'File uploaded and indexed in part' : 'File uploaded; indexing goes on'
  return reason === undefined ? `${what}.` : `${what}. ${reason}`
}

const wordsOf = (name: string) => ({
  name: name.slice(0, MAX_FILE_NAME_LENGTH).toWellFormed() || 'file',
  purpose: 'user_data' as const,
})

export function fileRoutes(app: Surface, documents: Documents): void {
  app.openapi(upload, async (c) => {
    const options = { field: 'file', maxBytes: MAX_DOCUMENT_BYTES }
    const { file, document } = await whileAllowed(readerOf(c), (signal) =>
      receiveFile(c, options, ({ name, bytes, leastBytes }) => {
        const words = wordsOf(name)
        return documents.upload(accountOf(c).id, bytes, { name: words.name, leastBytes, signal }, () => words)
      }),
    )
    const uploaded: z.infer<typeof UploadedFile> = {
      success: true,
      file_id: file.shortId ?? '',
      doc_id: docIdOf(document?.id ?? file.id),
      filename: file.name,
      size: file.sizeBytes,
      message: messageOf(document),
    }
    return c.json(uploaded, 200)
  })

  app.openapi(list, async (c) => {
    const { page, page_size } = c.req.valid('query')
    const offset = (page - 1) * page_size
    const { files, total } = await documents.listFiles(accountOf(c).id, { limit: page_size, offset })
    const listed = files.map(({ shortId, name, sizeBytes, createdAt }: StoredFile) => ({
      file_id: shortId ?? '',
      filename: name,
      full_path: `${shortId}_${name}`,
      size: sizeBytes,
      created: createdAt / 1_000,
    }))
    const total_pages = Math.ceil(total / page_size)
    return c.json({ documents: listed, total, page, page_size, total_pages }, 200)
  })

  app.openapi(remove, async (c) => {
    const file = await documents.findShort(c.req.valid('param').file_id)
    if (!file) throw new AppError('not_found', 'File not found', { param: 'file_id' })
    if (file.accountId !== accountOf(c).id)
      throw new AppError('forbidden', 'File belongs to another user', { param: 'file_id' })
    await documents.remove(file.accountId, file.id)
    return c.json({ success: true as const, message: 'File deleted successfully' as const }, 200)
  })
}
