import { z } from '@hono/zod-openapi'

/** A model as OpenAI lists it. */
export const Model = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.string().openapi({
      description: '`switchyard`, or the id of the account whose job it came of.',
    }),
    context_length: z.int().nullable().openapi({
      description:
        'Extension. Tokens of prompt and answer together; null while no connected node holds what it is made of.',
    }),
    parent: z.string().optional().openapi({
      description: 'Extension. The model of which this is one with an adapter; absent for others.',
    }),
  })
  .openapi('Model')
export const ModelList = z.object({ object: z.literal('list'), data: z.array(Model) }).openapi('ModelList')
