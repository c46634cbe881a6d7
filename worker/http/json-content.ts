import { z } from '@hono/zod-openapi'

/** A response of a route: JSON of this schema. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

/** The body of a request that cannot do without one: JSON of this schema, and an example that is answered once the ids in it are one's own. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema, example: NoInfer<z.input<Schema>>) => ({
  required: true as const,
  content: { 'application/json': { schema, example } },
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

/**
 * The body of a request that brings a file in a form. Its schema is plain, so that nothing but the route reads the body: a validator
 * would hold all of it in memory.
 */
export const fileForm = <Field extends string>(
  properties: Record<Field, object>,
  example: NoInfer<Record<Field, string>>,
) => ({
  required: true as const,
  content: {
    'multipart/form-data': {
      schema: { type: 'object' as const, properties, required: Object.keys(properties) },
      example,
    },
  },
})
