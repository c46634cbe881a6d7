import { createRoute, z } from '@hono/zod-openapi'
import { toAppError } from '../../../../shared/errors.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import { QueryMistake } from '../../../services/search-datasets/query/query-mistake.ts'
import type { SearchDataset, SearchDatasets } from '../../../services/search-datasets/search-datasets.ts'
import {
  CreateDataset,
  CreatedDataset,
  DATASET_STATUSES,
  Dataset,
  DatasetList,
  DeletedDataset,
  ExportDataset,
  ExportStarted,
  fromDatasetId,
  showDataset,
  showListedDataset,
  toDatasetId,
} from '../dataset-schemas.ts'
import { ClaraError } from '../errors.ts'
import { ErrorBody, ValidationErrorBody } from '../schemas.ts'
import type { TrainingRoutesOptions } from './training.ts'

/** Datasets on a page, and those of one that says nothing. */
export const MAX_DATASETS_PER_PAGE = 1_000
const USUAL_DATASETS_PER_PAGE = 100

export interface DatasetRoutesOptions extends Pick<TrainingRoutesOptions, 'allow' | 'creatorOf'> {
  searchDatasets: SearchDatasets
}

const tags = ['Datasets']
const security = [{ bearerAuth: [] }, {}]
const DatasetParams = z.object({
  dataset_id: z
    .string()
    .openapi({ param: { name: 'dataset_id', in: 'path' }, example: 'ds_20251117_123456_0123456789abcdef' }),
})

const failures = {
  401: json(ErrorBody, 'The token is missing or not valid.'),
  403: json(ErrorBody, 'The role is missing.'),
  422: json(ValidationErrorBody, 'The request is not as described.'),
  default: json(ErrorBody, 'Any other failure.'),
}
const missing = { 404: json(ErrorBody, 'There is no such dataset.') }

const routesOf = (allow: DatasetRoutesOptions['allow']) => ({
  create: createRoute({
    method: 'post',
    path: '/api/datasets',
    operationId: 'createDataset',
    tags,
    security,
    middleware: allow('datasets.create'),
    summary: 'Make a dataset of your documents that a query finds',
    description:
      'It sees every document that was uploaded before, those that are still being read too. A document is a row; one that is too long for a line to train on is several.',
    request: {
      body: jsonBody(CreateDataset, {
        name: 'Legal',
        search_query: 'rent OR notice',
        export_formats: ['jsonl', 'csv'],
      }),
    },
    responses: {
      201: json(CreatedDataset, 'The dataset, which is made from then on.'),
      400: json(ErrorBody, 'The query has a mistake; `details` say where, and what was expected.'),
      ...failures,
    },
  }),
  list: createRoute({
    method: 'get',
    path: '/api/datasets',
    operationId: 'listDatasets',
    tags,
    security,
    middleware: allow('datasets.read'),
    summary: 'The datasets, newest first',
    request: {
      query: z.object({
        status: z.enum(DATASET_STATUSES).optional(),
        limit: z.coerce.number().int().min(1).max(MAX_DATASETS_PER_PAGE).default(USUAL_DATASETS_PER_PAGE),
        offset: z.coerce.number().int().min(0).default(0),
      }),
    },
    responses: { 200: json(DatasetList, 'A page of them.'), ...failures },
  }),
  get: createRoute({
    method: 'get',
    path: '/api/datasets/{dataset_id}',
    operationId: 'getDataset',
    tags,
    security,
    middleware: allow('datasets.read'),
    summary: 'A dataset',
    request: { params: DatasetParams },
    responses: { 200: json(Dataset, 'The dataset.'), ...missing, ...failures },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/api/datasets/{dataset_id}',
    operationId: 'deleteDataset',
    tags,
    security,
    middleware: allow('datasets.delete'),
    summary: 'Delete a dataset of yours, or as an administrator anybody’s; exported files stay',
    request: { params: DatasetParams },
    responses: { 200: json(DeletedDataset, 'It is deleted.'), ...missing, ...failures },
  }),
  export: createRoute({
    method: 'post',
    path: '/api/datasets/{dataset_id}/export',
    operationId: 'exportDataset',
    tags,
    security,
    middleware: allow('datasets.export'),
    summary: 'Write a dataset in more formats, into the workspace of whoever created it',
    request: { params: DatasetParams, body: jsonBody(ExportDataset, { formats: ['parquet'] }) },
    responses: {
      200: json(ExportStarted, 'It is being written.'),
      400: json(ErrorBody, 'The dataset is not completed.'),
      ...missing,
      ...failures,
    },
  }),
})

const noSuchDataset = (datasetId: string) =>
  new ClaraError('not_found', `Dataset not found: ${datasetId}`, {
    errorCode: 'DATASET_NOT_FOUND',
    details: { dataset_id: datasetId },
  })

/** A mistake of a query in this contract's words. */
function inClarasWords(thrown: unknown): unknown {
  if (!(thrown instanceof QueryMistake)) return thrown
  const { message, position, expected } = thrown
  return new ClaraError('invalid_request', message, {
    details: { field: 'search_query', position, expected },
  })
}

/**
 * Clara, "Dataset Backend API". A team's tool: whoever may read datasets sees all of them; a dataset is made of its creator's own
 * documents, and written into its creator's workspace.
 */
export function datasetRoutes(
  app: Surface,
  { searchDatasets, allow, creatorOf }: DatasetRoutesOptions,
): void {
  const routes = routesOf(allow)

  async function withId<Result>(datasetId: string, work: (id: string) => Promise<Result>): Promise<Result> {
    const id = fromDatasetId(datasetId)
    if (id === undefined) throw noSuchDataset(datasetId)
    return await work(id).catch((thrown: unknown) => {
      throw toAppError(thrown).code === 'not_found' ? noSuchDataset(datasetId) : thrown
    })
  }

  app.openapi(routes.create, async (c) => {
    const { name, description = null, search_query: query, export_formats: formats } = c.req.valid('json')
    const account = await creatorOf(c.get('account'))
    const dataset: SearchDataset = await searchDatasets
      .create({ account, name, description, query, formats })
      .catch((thrown: unknown) => {
        throw inClarasWords(thrown)
      })
    return c.json(
      {
        success: true as const,
        dataset_id: toDatasetId(dataset.id),
        name: dataset.name,
        status: dataset.status,
        created_at: new Date(dataset.createdAt).toISOString(),
        created_by: dataset.createdBy,
        message: 'Dataset creation started',
      },
      201,
    )
  })

  app.openapi(routes.list, async (c) => {
    const { datasets, total } = await searchDatasets.list(c.req.valid('query'))
    return c.json({ success: true as const, total, datasets: datasets.map(showListedDataset) }, 200)
  })

  app.openapi(routes.get, async (c) => {
    const { dataset_id: datasetId } = c.req.valid('param')
    return c.json(showDataset(await withId(datasetId, searchDatasets.get)), 200)
  })

  app.openapi(routes.remove, async (c) => {
    const { dataset_id: datasetId } = c.req.valid('param')
    const { id: accountId, roles } = await creatorOf(c.get('account'))
    const by = { accountId, isAdmin: roles.includes('admin') }
    await withId(datasetId, (id) => searchDatasets.remove(id, by))
    return c.json({ success: true as const, dataset_id: datasetId, message: 'Dataset deleted' }, 200)
  })

  app.openapi(routes.export, async (c) => {
    const { dataset_id: datasetId } = c.req.valid('param')
    const { formats } = c.req.valid('json')
    await withId(datasetId, (id) => searchDatasets.export(id, formats)).catch((thrown: unknown) => {
      if (toAppError(thrown).code !== 'conflict') throw thrown
      throw new ClaraError('invalid_request', toAppError(thrown).message, {
        errorCode: 'INVALID_STATUS',
        details: { dataset_id: datasetId },
      })
    })
    return c.json({ success: true as const, dataset_id: datasetId, message: 'Export started', formats }, 200)
  })
}
