import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { MIB } from '../../../../shared/units.ts'
import { receiveFile, type UploadedFile } from '../../../http/input/upload.ts'
import { fileForm, json } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Datasets, ListedDataset, Dataset as Uploaded } from '../../../services/datasets/datasets.ts'
import { Dataset, DatasetDetail } from '../chat-schemas.ts'
import { failures, SECURITY } from '../responses.ts'
import { FileErrorBody, MAX_NAME_LENGTH, Page, pathId } from '../schemas.ts'

/** Largest file, in bytes. */
export const MAX_UPLOAD_BYTES = 100 * MIB

export const UPLOAD_ROUTE = 'POST /api/datasets/upload'

const FILE_DESCRIPTION =
  'CSV or TSV of at most 100 MB, 500,000 rows and 100 columns: UTF-8, UTF-16 with its byte order mark, or Windows-1252.'

const tags = ['Datasets']

const upload = createRoute({
  method: 'post',
  path: '/api/datasets/upload',
  operationId: 'uploadDataset',
  tags,
  security: SECURITY,
  summary: 'Upload a CSV or TSV file whose first row names its columns',
  request: {
    body: fileForm(
      { file: { type: 'string', format: 'binary', description: FILE_DESCRIPTION } },
      { file: 'question,answer\nWhich colour has the sky?,Blue.\nWhich colour has grass?,Green.\n' },
    ),
  },
  responses: {
    201: json(DatasetDetail, 'The dataset.'),
    ...failures(401, 422),
    400: json(FileErrorBody, 'The file is empty, or no CSV; `reason` says where and why.'),
    413: json(
      FileErrorBody,
      'The file is larger than 100 MB, 500,000 rows or 100 columns, or than what your plan has left.',
    ),
  },
})

const list = createRoute({
  method: 'get',
  path: '/api/datasets',
  operationId: 'listDatasets',
  tags,
  security: SECURITY,
  summary: 'Your datasets, newest first',
  request: { query: Page },
  responses: { 200: json(z.array(Dataset), 'A page of them.'), ...failures(401, 422) },
})

const get = createRoute({
  method: 'get',
  path: '/api/datasets/{dataset_id}',
  operationId: 'getDataset',
  tags,
  security: SECURITY,
  summary: 'One of your datasets',
  request: { params: pathId('dataset_id') },
  responses: { 200: json(DatasetDetail, 'The dataset.'), ...failures(401, 404, 422) },
})

const remove = createRoute({
  method: 'delete',
  path: '/api/datasets/{dataset_id}',
  operationId: 'deleteDataset',
  tags,
  security: SECURITY,
  summary: 'Delete a dataset and its file',
  request: { params: pathId('dataset_id') },
  responses: { 204: { description: 'Deleted.' }, ...failures(401, 404, 422) },
})

const missing = () => new AppError('not_found', 'Dataset not found')

const toDataset = (dataset: ListedDataset): z.infer<typeof Dataset> => ({
  _id: dataset.id,
  user_id: dataset.accountId,
  name: dataset.fileName,
  file_name: dataset.fileName,
  row_count: dataset.rowCount,
  column_count: dataset.columnCount,
  file_size: dataset.sizeBytes,
  encoding: dataset.encoding,
  delimiter: dataset.delimiter,
  short_rows: dataset.shortRows,
  // Whatever is not whole is not kept.
  status: 'ready',
  preview_data: dataset.preview,
  uploaded_at: new Date(dataset.createdAt).toISOString(),
})

const toDetail = (dataset: Uploaded): z.infer<typeof DatasetDetail> => ({
  ...toDataset({ ...dataset, columnCount: dataset.columns.length }),
  columns: dataset.columns.map(({ name, type, unit, leftOut }) => ({
    name,
    type,
    unit: unit?.symbol ?? null,
    left_out: leftOut ?? 0,
  })),
})

const TAB = '\t'
const isTabbed = ({ name, type }: UploadedFile): boolean =>
  /\.tsv$/i.test(name) || type.toLowerCase() === 'text/tab-separated-values'

/** A table by its name or its type: anything else, a spreadsheet say, would be taken for one odd column. */
function requireTable(file: UploadedFile): void {
  if (isTabbed(file) || /\.csv$/i.test(file.name) || file.type.toLowerCase() === 'text/csv') return
  throw new AppError('invalid_request', 'File must be a valid CSV file', {
    param: 'file',
    flaw: { cause: 'its name ends neither in .csv nor in .tsv, and its type says neither' },
  })
}

export function datasetRoutes(app: Surface, datasets: Datasets): void {
  app.openapi(upload, async (c) => {
    const { id: accountId } = accountOf(c)
    const dataset = await receiveFile(c, { field: 'file', maxBytes: MAX_UPLOAD_BYTES }, async (file) => {
      requireTable(file)
      const name = file.name.slice(0, MAX_NAME_LENGTH).toWellFormed() || 'dataset.csv'
      const { bytes, leastBytes } = file
      return await datasets.create(accountId, {
        name,
        bytes,
        leastBytes,
        ...(isTabbed(file) && { delimiter: TAB }),
      })
    })
    return c.json(toDetail(dataset), 201)
  })

  app.openapi(list, async (c) => {
    const page = await datasets.list(accountOf(c).id, c.req.valid('query'))
    return c.json(page.map(toDataset), 200)
  })

  app.openapi(get, async (c) => {
    const found = await datasets.find(accountOf(c).id, c.req.valid('param').dataset_id)
    if (!found) throw missing()
    return c.json(toDetail(found), 200)
  })

  app.openapi(remove, async (c) => {
    if (!(await datasets.delete(accountOf(c).id, c.req.valid('param').dataset_id))) throw missing()
    return c.body(null, 204)
  })
}
