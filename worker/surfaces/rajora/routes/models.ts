import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { viewerOf } from '../../../http/administers.ts'
import { json } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Account } from '../../../services/accounts/accounts.ts'
import { requireScope } from '../../../services/accounts/keys.ts'
import type { Catalogue, CatalogueModel } from '../../../services/models/catalogue.ts'
import { modelFor, namedFor } from '../../../services/models/model-binding.ts'
import { Benchmarks, Model } from '../chat-schemas.ts'
import { anyFailure, forbidden, notFound, unauthorized } from '../schemas.ts'

const tags = ['Models']
const security = [{ bearer: [] }, { apiKey: [] }]
const refusals = { ...unauthorized, ...forbidden, ...anyFailure }

const params = z.object({
  model_id: z
    .string()
    .min(1)
    .openapi({
      param: { name: 'model_id', in: 'path' },
      description: 'URL-encoded, as it may hold slashes and colons.',
    }),
})

const listModels = createRoute({
  method: 'get',
  path: '/api/models/list',
  operationId: 'listModels',
  tags,
  summary: 'The models of the pool, with what was measured of them',
  security,
  responses: { 200: json(z.array(Model), 'By id.'), ...refusals },
})

const getModel = createRoute({
  method: 'get',
  path: '/api/models/{model_id}',
  operationId: 'getModel',
  tags,
  summary: 'One model of the pool',
  security,
  request: { params },
  responses: { 200: json(Model, 'The model.'), ...notFound, ...refusals },
})

const getBenchmarks = createRoute({
  method: 'get',
  path: '/api/models/{model_id}/benchmarks',
  operationId: 'getModelBenchmarks',
  tags,
  summary: 'How good and how fast a model was measured to be here',
  security,
  request: { params },
  responses: { 200: json(Benchmarks, 'What there is.'), ...notFound, ...refusals },
})

/** One digit behind the point: more of them would be noise. */
const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 10) / 10)

export function modelRoutes(app: Surface, catalogue: Catalogue): void {
  /** `measuredAs` is what the pool calls the model. */
  async function toModel(
    { id, description, contextTokens, pricePer1kTokens, isAvailable }: CatalogueModel,
    measuredAs: string,
  ): Promise<z.infer<typeof Model>> {
    const { totalMs } = await catalogue.latencies(measuredAs)
    return {
      id,
      // A model's file has no other name that people would know it by.
      name: id,
      description,
      context_length: contextTokens,
      cost_per_1k_tokens: pricePer1kTokens,
      latency_p50_ms: totalMs?.p50 ?? null,
      latency_p99_ms: totalMs?.p99 ?? null,
      available: isAvailable,
      provider: 'switchyard',
    }
  }

  async function find(account: Account, id: string): Promise<CatalogueModel> {
    const pooled = modelFor(account, id)
    const model = (await catalogue.list(viewerOf(account))).find((known) => known.id === pooled)
    if (!model)
      throw new AppError('model_not_found', `The model '${id}' does not exist.`, { param: 'model_id' })
    return model
  }

  app.openapi(listModels, async (c) => {
    const account = accountOf(c)
    requireScope(account, 'inference')
    const models = await catalogue.list(viewerOf(account))
    const named = namedFor(account, models)
    return c.json(
      await Promise.all(named.map((model) => toModel(model, account.key?.model?.baseModel ?? model.id))),
      200,
    )
  })

  app.openapi(getModel, async (c) => {
    const account = accountOf(c)
    requireScope(account, 'inference')
    const { model_id: id } = c.req.valid('param')
    const model = await find(account, id)
    return c.json(await toModel({ ...model, id }, model.id), 200)
  })

  app.openapi(getBenchmarks, async (c) => {
    const account = accountOf(c)
    requireScope(account, 'inference')
    const { model_id: id } = c.req.valid('param')
    const { averageMs, tokensPerSecond } = await catalogue.latencies((await find(account, id)).id)
    const performance = {
      avg_latency_ms: rounded(averageMs),
      tokens_per_second: rounded(tokensPerSecond),
    }
    return c.json({ model_id: id, benchmarks: {}, performance }, 200)
  })
}
