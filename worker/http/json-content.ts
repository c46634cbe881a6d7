import { z } from '@hono/zod-openapi'

/** A response of a route: JSON of this schema. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

/** The body of a request that cannot do without one: JSON of this schema. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true as const,
  content: { 'application/json': { schema } },
})

/** A response that is JSON of this schema, or, where the caller asks for a stream, events of what `chunk` names. */
export const jsonOrEvents = <Schema extends z.ZodType>(
  schema: Schema,
  chunk: string,
  description: string,
) => ({
  description,
  content: {
    'application/json': { schema },
    'text/event-stream': { schema: z.string().openapi({ description: `Events of ${chunk}.` }) },
  },
})
