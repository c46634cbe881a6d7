import { z } from '@hono/zod-openapi'

/** Fields of a citation that say where its marker stands in the answer; the contract's names for the document follow. */
export const markerFields = {
  marker: z.string().openapi({ example: '[1]' }),
  index: z.int().openapi({ description: 'Where the marker stands in the answer, in UTF-16 code units.' }),
}

/** Fields of a citation that say where its quote stands in the document. */
export const quoteFields = {
  filename: z.string(),
  page: z.int().nullable(),
  from: z.int().openapi({ description: 'Where the quote is in the document’s text.' }),
  to: z.int(),
  quote: z.string(),
}
