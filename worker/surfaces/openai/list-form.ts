import { z } from '@hono/zod-openapi'

/** Items of a page when nothing is said. */
const USUAL_PAGE = 20

/** A page of a list: what is on it, and where the next one begins. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    object: z.literal('list'),
    data: z.array(item),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  })

/** The query of a list with at most so many items on a page. */
export const pageOf = (mostItems: number) =>
  z.object({
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(mostItems)
      .default(USUAL_PAGE)
      .openapi({ param: { name: 'limit', in: 'query' } }),
    after: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .openapi({ param: { name: 'after', in: 'query' }, description: 'The last id of the page before.' }),
  })
