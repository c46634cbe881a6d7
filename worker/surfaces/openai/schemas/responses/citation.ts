import { z } from '@hono/zod-openapi'
import { markerFields, quoteFields } from '../../../../http/chat-completions/citation-fields.ts'

/** A place in an answer that names a passage of a document. */
export const Citation = z
  .object({
    ...markerFields,
    document_id: z.string(),
    file_id: z.string(),
    ...quoteFields,
  })
  .openapi('Citation')
export type Citation = z.infer<typeof Citation>
