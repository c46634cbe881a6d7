import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { json } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { ModelList as Models, NamedModel } from '../../../services/models/model-list.ts'
import type { TunedModels } from '../../../services/models/tuned-models.ts'
import { callerOf } from '../call.ts'
import { failures } from '../schemas/common.ts'

const Model = z
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
const ModelList = z.object({ object: z.literal('list'), data: z.array(Model) }).openapi('ModelList')

const listModels = createRoute({
  method: 'get',
  path: '/v1/models',
  operationId: 'listModels',
  tags: ['Models'],
  summary:
    'The models that connected nodes can serve now: those of the pool, your own, and those shared with you',
  security: [{ bearer: [] }],
  responses: { 200: json(ModelList, 'The models.'), ...failures },
})

const params = z.object({
  model: z
    .string()
    .min(1)
    .openapi({
      param: { name: 'model', in: 'path' },
      description: 'URL-encoded, as it may hold slashes and colons.',
    }),
})

const getModel = createRoute({
  method: 'get',
  path: '/v1/models/{model}',
  operationId: 'retrieveModel',
  tags: ['Models'],
  summary: 'One model',
  security: [{ bearer: [] }],
  request: { params },
  responses: { 200: json(Model, 'The model.'), ...failures },
})

const deleteModel = createRoute({
  method: 'delete',
  path: '/v1/models/{model}',
  operationId: 'deleteModel',
  tags: ['Models'],
  summary: 'Delete a model that was trained on the pool: it ends everywhere',
  security: [{ bearer: [] }],
  request: { params },
  responses: {
    200: json(
      z
        .object({ id: z.string(), object: z.literal('model'), deleted: z.literal(true) })
        .openapi('DeletedModel'),
      'It is no more.',
    ),
    ...failures,
  },
})

const toModel = ({
  id,
  createdAt,
  contextTokens,
  parent,
  ownerId = 'switchyard',
}: NamedModel): z.infer<typeof Model> => ({
  id,
  object: 'model',
  created: Math.floor(createdAt / 1000),
  owned_by: ownerId,
  context_length: contextTokens,
  ...(parent !== undefined && { parent }),
})

export interface ModelServices {
  modelList: Models
  tunedModels: Pick<TunedModels, 'remove'>
}

export function modelRoutes(app: Surface, { modelList, tunedModels }: ModelServices): void {
  app.openapi(listModels, async (c) => {
    const models = await modelList.list(accountOf(c))
    return c.json({ object: 'list' as const, data: models.map(toModel) }, 200)
  })

  app.openapi(getModel, async (c) => {
    const model = await modelList.get(accountOf(c), c.req.valid('param').model, callerOf(c))
    return c.json(toModel(model), 200)
  })

  app.openapi(deleteModel, async (c) => {
    const { model: id } = c.req.valid('param')
    // One of the pool is the operators' own: it is there, and not to be deleted.
    const { ownerId } = await modelList.get(accountOf(c), id, callerOf(c))
    if (ownerId === undefined) {
      throw new AppError('forbidden', `The model '${id}' is one of the pool's.`, { param: 'model' })
    }
    await tunedModels.remove(id, callerOf(c))
    return c.json({ id, object: 'model' as const, deleted: true as const }, 200)
  })
}
