import { z } from '@hono/zod-openapi'
import { SHORT_ID_LENGTH } from '../../services/documents/receiving.ts'

/** Documents of a page of a list. */
export const MAX_PAGE_SIZE = 100
const DEFAULT_PAGE_SIZE = 20

/** Pages beyond have never had anything. */
const MAX_PAGE = 1_000_000

export const ListQuery = z.object({
  page: z.coerce.number().int().min(1).max(MAX_PAGE).default(1),
  page_size: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
})

const fileId = z.string().openapi({ example: 'a1b2c3d4', description: `${SHORT_ID_LENGTH} characters.` })

export const UploadedFile = z
  .object({
    success: z.literal(true),
    file_id: fileId,
    doc_id: z.string().openapi({ example: 'd8a4c890f6ee07d71386dbe1934de12e' }),
    filename: z.string(),
    size: z.int(),
    message: z.string().openapi({
      description:
        'Says that the file was uploaded and indexed, or, where that takes longer, that it goes on.',
    }),
  })
  .openapi('UploadedFile')

export const DocumentPage = z
  .object({
    documents: z.array(
      z.object({
        file_id: fileId,
        filename: z.string(),
        full_path: z.string(),
        size: z.int(),
        created: z.number(),
      }),
    ),
    total: z.int(),
    page: z.int(),
    page_size: z.int(),
    total_pages: z.int(),
  })
  .openapi('DocumentPage')

export const DeletedFile = z
  .object({ success: z.literal(true), message: z.literal('File deleted successfully') })
  .openapi('DeletedFile')
