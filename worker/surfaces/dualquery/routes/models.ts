import { createRoute, z } from '@hono/zod-openapi'
import { inWords } from '../../../http/auth.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { ModelRecord, ModelRecords } from '../../../services/models/model-records.ts'
import { failures, SECURITY } from '../responses.ts'
import { Model, NewModel, Page, pathId } from '../schemas.ts'

const tags = ['Models']

const create = createRoute({
  method: 'post',
  path: '/api/models',
  operationId: 'createModel',
  tags,
  security: SECURITY,
  summary: 'Keep a record of a model',
  request: { body: jsonBody(NewModel, { name: 'Sales', base_model: 'starter', version: '1.0' }) },
  responses: { 201: json(Model, 'The record.'), ...failures(401, 404, 409, 422) },
})

const list = createRoute({
  method: 'get',
  path: '/api/models',
  operationId: 'listModels',
  tags,
  security: SECURITY,
  summary: 'Your records of models, newest first',
  request: { query: Page },
  responses: { 200: json(z.array(Model), 'A page of them.'), ...failures(401, 422) },
})

const get = createRoute({
  method: 'get',
  path: '/api/models/{model_id}',
  operationId: 'getModel',
  tags,
  security: SECURITY,
  summary: 'One of your records of models',
  request: { params: pathId('model_id') },
  responses: { 200: json(Model, 'The record.'), ...failures(401, 404, 422) },
})

const toModel = (record: ModelRecord): z.infer<typeof Model> => ({
  _id: record.id,
  user_id: record.accountId,
  name: record.name,
  base_model: record.baseModel,
  version: record.version,
  accuracy: record.accuracy,
  f1_score: record.f1Score,
  loss: record.loss,
  status: record.status,
  dataset_id: record.datasetId,
  created_at: new Date(record.createdAt).toISOString(),
})

export function modelRoutes(app: Surface, modelRecords: ModelRecords): void {
  app.openapi(create, async (c) => {
    const given = c.req.valid('json')
    const { base_model: baseModel, f1_score: f1Score, dataset_id: datasetId, ...same } = given
    const creating = modelRecords.create({
      ...same,
      accountId: accountOf(c).id,
      baseModel,
      accuracy: given.accuracy ?? null,
      f1Score: f1Score ?? null,
      loss: given.loss ?? null,
      datasetId: datasetId ?? null,
    })
    return c.json(toModel(await inWords(creating, { not_found: 'Dataset not found' })), 201)
  })

  app.openapi(list, async (c) => {
    const records = await modelRecords.list(accountOf(c).id, c.req.valid('query'))
    return c.json(records.map(toModel), 200)
  })

  app.openapi(get, async (c) => {
    const getting = modelRecords.get(accountOf(c).id, c.req.valid('param').model_id)
    return c.json(toModel(await inWords(getting, { not_found: 'Model not found' })), 200)
  })
}
