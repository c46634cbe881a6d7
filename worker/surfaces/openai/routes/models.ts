import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { json } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Inference } from '../../../services/inference/inference.ts'
import { modelFor, namedFor } from '../../../services/models/model-binding.ts'
import { failures } from '../schemas/common.ts'

const Model = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.literal('switchyard'),
    context_length: z.int().openapi({ description: 'Extension. Tokens of prompt and answer together.' }),
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
  summary: 'The models that connected nodes can serve now',
  security: [{ bearer: [] }],
  responses: { 200: json(ModelList, 'The models.'), ...failures },
})

const getModel = createRoute({
  method: 'get',
  path: '/v1/models/{model}',
  operationId: 'retrieveModel',
  tags: ['Models'],
  summary: 'One model',
  security: [{ bearer: [] }],
  request: {
    params: z.object({
      model: z
        .string()
        .min(1)
        .openapi({ param: { name: 'model', in: 'path' } }),
    }),
  },
  responses: { 200: json(Model, 'The model.'), ...failures },
})

type Held = Awaited<ReturnType<Inference['listModels']>>[number]
const toModel = ({ id, createdAt, contextTokens, parent }: Held): z.infer<typeof Model> => ({
  id,
  object: 'model',
  created: Math.floor(createdAt / 1000),
  owned_by: 'switchyard',
  context_length: contextTokens,
  ...(parent !== undefined && { parent }),
})

export function modelRoutes(app: Surface, inference: Inference): void {
  app.openapi(listModels, async (c) => {
    const models = namedFor(accountOf(c), await inference.listModels())
    return c.json({ object: 'list' as const, data: models.map(toModel) }, 200)
  })

  app.openapi(getModel, async (c) => {
    const { model: id } = c.req.valid('param')
    const baseModel = modelFor(accountOf(c), id)
    const model = (await inference.listModels()).find((held) => held.id === baseModel)
    if (!model) throw new AppError('model_not_found', `The model '${id}' does not exist.`, { param: 'model' })
    return c.json(toModel({ ...model, id }), 200)
  })
}
