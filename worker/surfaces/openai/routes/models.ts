import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError } from '../../../../shared/errors.ts'
import { type Download, planDownload, sendDownload } from '../../../http/download/download.ts'
import { json } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { SurfaceEnv } from '../../../http/surface-env.ts'
import type { ModelList as Models, NamedModel } from '../../../services/models/model-list.ts'
import type { TunedModel, TunedModels } from '../../../services/models/tuned-models.ts'
import { callerOf } from '../call.ts'
import { failures } from '../schemas/common.ts'
import { Model, ModelList } from '../schemas/model.ts'

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

const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } as const

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

const getContent = createRoute({
  method: 'get',
  path: '/v1/models/{model}/content',
  operationId: 'downloadModel',
  tags: ['Models'],
  summary: 'A model of yours that was trained on the pool, as a GGUF file, or a piece of it',
  security: [{ bearer: [] }],
  request: { params },
  responses: {
    200: { description: 'The file.', content: bytes },
    206: { description: 'The piece that `Range` asks for.', content: bytes },
    304: { description: 'The file has one of the ETags in `If-None-Match`.' },
    ...failures,
  },
})

/** For a file system: without what has a meaning there. */
const toDownload = ({ name, file, createdAt }: TunedModel): Download => ({
  tag: file.sha256,
  modifiedAt: createdAt,
  sizeBytes: file.bytes,
  contentType: 'application/octet-stream',
  name: `${name.replaceAll(/[/:]/g, '-')}.gguf`,
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
  tunedModels: Pick<TunedModels, 'remove' | 'owned' | 'read'>
}

export function modelRoutes(app: Surface, { modelList, tunedModels }: ModelServices): void {
  /** One of the pool is its operators' own: it is there, and nobody deletes it or takes it along. */
  async function requireOwn(c: Context<SurfaceEnv>, id: string): Promise<void> {
    const { ownerId } = await modelList.get(accountOf(c), id, callerOf(c))
    if (ownerId !== undefined) return
    throw new AppError('forbidden', `The model '${id}' is one of the pool's.`, { param: 'model' })
  }

  app.openapi(listModels, async (c) => {
    const models = await modelList.list(accountOf(c), callerOf(c))
    return c.json({ object: 'list' as const, data: models.map(toModel) }, 200)
  })

  app.openapi(getModel, async (c) => {
    const model = await modelList.get(accountOf(c), c.req.valid('param').model, callerOf(c))
    return c.json(toModel(model), 200)
  })

  app.openapi(deleteModel, async (c) => {
    const { model: id } = c.req.valid('param')
    await requireOwn(c, id)
    await tunedModels.remove(id, callerOf(c))
    return c.json({ id, object: 'model' as const, deleted: true as const }, 200)
  })

  app.openapi(getContent, async (c) => {
    const { model: id } = c.req.valid('param')
    await requireOwn(c, id)
    const model = await tunedModels.owned(id, callerOf(c))
    const plan = planDownload(c, toDownload(model))
    const body = plan.withoutBody ? undefined : await tunedModels.read(model, plan.range)
    return sendDownload(c, toDownload(model), plan, body)
  })
}
