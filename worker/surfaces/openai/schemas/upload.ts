import { z } from '@hono/zod-openapi'
import { DOCUMENT_PURPOSES } from '../../../services/documents/purposes.ts'
import { MAX_FILE_BYTES } from '../../../services/files/files.ts'
import { MAX_PARTS, type Upload } from '../../../services/files/uploads.ts'
import { ExpiresAfter, FileName, FileObject, Purpose, UPLOAD_PREFIX } from './file.ts'

const MAX_TYPE_LENGTH = 255

export const UploadRequest = z
  .strictObject({
    filename: FileName,
    purpose: Purpose,
    bytes: z.int().min(1).max(MAX_FILE_BYTES).openapi({ description: 'Of the whole file.' }),
    mime_type: z
      .string()
      .max(MAX_TYPE_LENGTH)
      .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/, { error: 'expected a media type, e.g. application/jsonl' })
      .openapi({ description: 'With which the content of the file is answered; of a document, its own.' }),
    expires_after: ExpiresAfter.optional(),
  })
  .openapi('UploadRequest')

export const CompleteRequest = z
  .strictObject({
    part_ids: z.array(z.string()).min(1).max(MAX_PARTS).openapi({ description: 'In the order of the file.' }),
    md5: z
      .string()
      .regex(/^[\da-f]{32}$/i, { error: 'expected 32 hexadecimal digits' })
      .optional()
      .openapi({ description: 'Of the whole file.' }),
  })
  .openapi('CompleteUploadRequest')

export const UploadObject = z
  .object({
    id: z.string().openapi({ example: 'upload_6921b2a00123456789abcdef' }),
    object: z.literal('upload'),
    bytes: z.int(),
    created_at: z.int(),
    expires_at: z.int(),
    filename: z.string(),
    purpose: z.enum(['fine-tune', 'fine-tune-results', ...DOCUMENT_PURPOSES]),
    status: z.enum(['pending', 'completed', 'cancelled', 'expired']),
    file: FileObject.nullable(),
  })
  .openapi('Upload')

export const UploadPart = z
  .object({
    id: z.string().openapi({ example: 'part_6921b2a00123456789abcdef' }),
    object: z.literal('upload.part'),
    created_at: z.int(),
    upload_id: z.string(),
  })
  .openapi('UploadPart')

const seconds = (ms: number) => Math.floor(ms / 1_000)

export const toUpload = (
  upload: Upload,
  file?: z.infer<typeof FileObject>,
): z.infer<typeof UploadObject> => ({
  id: UPLOAD_PREFIX + upload.id,
  object: 'upload',
  bytes: upload.sizeBytes,
  created_at: seconds(upload.createdAt),
  expires_at: seconds(upload.expiresAt),
  filename: upload.name,
  purpose: upload.purpose,
  status: upload.status,
  file: file ?? null,
})
