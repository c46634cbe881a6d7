import { createRoute } from '@hono/zod-openapi'
import { viewerOf } from '../../../http/administers.ts'
import { json } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { ModelList as Models } from '../../../services/models/model-list.ts'
import { anyFailure, ModelList, refusals } from '../schemas.ts'

const listModels = createRoute({
  method: 'get',
  path: '/v1/models',
  operationId: 'listModels',
  tags: ['Models'],
  summary: 'The models that can be served now',
  security: [{ bearer: [] }],
  responses: { 200: json(ModelList, 'The models.'), ...refusals, ...anyFailure },
})

export function modelRoutes(app: Surface, modelList: Pick<Models, 'list'>): void {
  app.openapi(listModels, async (c) => {
    const data = (await modelList.list(accountOf(c), viewerOf(accountOf(c)))).map(({ id, createdAt }) => ({
      id,
      object: 'model' as const,
      created: Math.floor(createdAt / 1000),
      owned_by: 'switchyard' as const,
    }))
    return c.json({ object: 'list' as const, data }, 200)
  })
}
