import { createRoute, z } from '@hono/zod-openapi'
import { AppError, toAppError } from '../../../../shared/errors.ts'
import { viewerOf } from '../../../http/administers.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Account } from '../../../services/accounts/account-row.ts'
import type { FineTuneRecords } from '../../../services/training/fine-tune-records.ts'
import { mappingOf } from '../../../services/training/rows/table-columns.ts'
import type { TrainingJob } from '../../../services/training/training-job.ts'
import type { TrainingJobs } from '../../../services/training/training-jobs.ts'
import {
  FineTuneJob,
  type KeptRequest,
  NewFineTune,
  StatusUpdate,
  showJob,
  showRecord,
} from '../fine-tune-schemas.ts'
import { failures, SECURITY } from '../responses.ts'
import { Page, pathId } from '../schemas.ts'
import { LINK_HEADER, NextLink } from './messages.ts'

/** The one status that a caller gives a job of the pool. */
const CANCELLED = 'cancelled'

const MISSING = 'Fine-tune job not found'

const tags = ['Fine-tuning']

const create = createRoute({
  method: 'post',
  path: '/api/finetune',
  operationId: 'createFineTuneJob',
  tags,
  security: SECURITY,
  summary: 'Train a model on a dataset, or keep a record of a training elsewhere',
  description:
    'A base that the pool serves is trained: the rows are those of the dataset’s columns `prompt` and `completion`, `question` and `answer`, `instruction`, `input` and `output`, or `text`, or those that `columns` names. The job moves its `status`, `progress`, `current_step` and `logs` itself, and ends in a record of a model, with its loss, whose id is `model_id`. Any other base is a record that you move.',
  request: { body: jsonBody(NewFineTune, { dataset_id: '507f1f77bcf86cd799439011', base_model: 'starter' }) },
  responses: { 201: json(FineTuneJob, 'The job.'), ...failures(400, 401, 404, 409, 422) },
})

const list = createRoute({
  method: 'get',
  path: '/api/finetune',
  operationId: 'listFineTuneJobs',
  tags,
  security: SECURITY,
  summary: 'Your fine-tune jobs, newest first',
  description:
    'A page ends before its limit when its jobs come to 2 MiB. Where there are more, `Link` leads to the next page: ' +
    'its `offset` is that of this one and the number of jobs that came.',
  request: { query: Page },
  responses: {
    200: { ...json(z.array(FineTuneJob), 'A page of them.'), headers: NextLink },
    ...failures(401, 422),
  },
})

const get = createRoute({
  method: 'get',
  path: '/api/finetune/{job_id}',
  operationId: 'getFineTuneJob',
  tags,
  security: SECURITY,
  summary: 'One of your fine-tune jobs',
  request: { params: pathId('job_id') },
  responses: { 200: json(FineTuneJob, 'The job.'), ...failures(401, 404, 422) },
})

const update = createRoute({
  method: 'patch',
  path: '/api/finetune/{job_id}/status',
  operationId: 'updateFineTuneJobStatus',
  tags,
  security: SECURITY,
  summary: 'Move a record on, or cancel a job of the pool',
  description: 'A job of the pool moves itself: of it, `status_update=cancelled` alone is taken.',
  request: { params: pathId('job_id'), query: StatusUpdate },
  responses: { 200: json(FineTuneJob, 'The job.'), ...failures(401, 404, 409, 422) },
})

/** The services that these routes ask. */
export interface FineTuningServices {
  training: Pick<TrainingJobs, 'baseOf' | 'create' | 'get' | 'cancel'>
  fineTuneRecords: FineTuneRecords
}

/** Undefined where it is not there. */
const present = <Found>(finding: Promise<Found>): Promise<Found | undefined> =>
  finding.catch((thrown: unknown) => {
    if (toAppError(thrown).code !== 'not_found') throw thrown
    return undefined
  })

const missing = () => new AppError('not_found', MISSING)

/** The first of the fields that a job of the pool sets itself, where a caller has set it. */
function ownFieldOf({ status, progress, model_id: modelId }: NewFineTune): string | undefined {
  if (status !== 'preparing') return 'status'
  if (progress !== 0) return 'progress'
  return modelId == null ? undefined : 'model_id'
}

/** A new one's failure in the page's words. */
function asMissing(thrown: unknown): never {
  const { code, param } = toAppError(thrown)
  if (code === 'not_found' && (param === 'sources' || param === 'datasetId'))
    throw new AppError('not_found', 'Dataset not found', { param: 'dataset_id' })
  if ((code === 'not_found' && param === 'modelId') || code === 'model_not_found')
    throw new AppError('not_found', 'Model not found', {
      param: param === 'modelId' ? 'model_id' : 'base_model',
    })
  throw thrown
}

export function fineTuningRoutes(app: Surface, { training, fineTuneRecords }: FineTuningServices): void {
  /** A job of this contract; those of others are not its own. */
  async function findJob(accountId: string, id: string): Promise<TrainingJob | undefined> {
    return await present(training.get({ accountId, surface: 'dualquery' }, id))
  }

  /** The job that trains this base on the pool; undefined where the pool does not serve it. */
  async function startJob(account: Account, given: NewFineTune): Promise<TrainingJob | undefined> {
    const { base_model, dataset_id: datasetId } = given
    const base = await training.baseOf(viewerOf(account), base_model)
    if (!base) return undefined
    const own = ownFieldOf(given)
    if (own !== undefined) {
      throw new AppError('invalid_request', `The pool trains this base, and sets "${own}" itself.`, {
        param: own,
      })
    }
    const request: KeptRequest = {
      base_model,
      current_step: given.current_step ?? null,
      logs: given.logs ?? null,
    }
    return await training.create({
      account,
      surface: 'dualquery',
      ...base,
      precisions: ['f32', 'f16', 'quantised'],
      wishes: { method: 'lora' },
      sources: [
        {
          ...{ role: 'train', kind: 'dataset', name: datasetId, type: 'guess' },
          ...(given.columns && { columns: mappingOf(given.columns) }),
        },
      ],
      request,
    })
  }

  app.openapi(create, async (c) => {
    const given = c.req.valid('json')
    const account = accountOf(c)
    const job = await startJob(account, given).catch(asMissing)
    if (job) return c.json(showJob(job), 201)
    if (given.columns) {
      const message = 'The pool does not train this base: "columns" are those of a job of the pool.'
      throw new AppError('invalid_request', message, { param: 'columns' })
    }
    const record = await fineTuneRecords
      .create({
        accountId: account.id,
        datasetId: given.dataset_id,
        baseModel: given.base_model,
        modelId: given.model_id ?? null,
        status: given.status,
        progress: given.progress,
        currentStep: given.current_step ?? null,
        logs: given.logs ?? null,
      })
      .catch(asMissing)
    return c.json(showRecord(record), 201)
  })

  app.openapi(list, async (c) => {
    const { limit, offset } = c.req.valid('query')
    const { runs, hasMore } = await fineTuneRecords.list(accountOf(c).id, 'dualquery', { limit, offset })
    const next = `<?limit=${limit}&offset=${offset + runs.length}>; rel="next"`
    return c.json(
      runs.map((one) => ('job' in one ? showJob(one.job) : showRecord(one.record))),
      200,
      hasMore ? { [LINK_HEADER]: next } : {},
    )
  })

  app.openapi(get, async (c) => {
    const { id: accountId } = accountOf(c)
    const { job_id: id } = c.req.valid('param')
    const record = await fineTuneRecords.find(accountId, id)
    if (record) return c.json(showRecord(record), 200)
    const job = await findJob(accountId, id)
    if (!job) throw missing()
    return c.json(showJob(job), 200)
  })

  app.openapi(update, async (c) => {
    const { id: accountId } = accountOf(c)
    const { job_id: id } = c.req.valid('param')
    const { status_update: status, current_step: currentStep, ...change } = c.req.valid('query')
    const record = await present(fineTuneRecords.change(accountId, id, { ...change, status, currentStep }))
    if (record) return c.json(showRecord(record), 200)
    const isCancel =
      status === CANCELLED && currentStep === undefined && Object.values(change).every((own) => own == null)
    const viewer = { accountId, surface: 'dualquery' as const }
    const job = await present(isCancel ? training.cancel(viewer, id) : training.get(viewer, id))
    if (!job) throw missing()
    if (isCancel) return c.json(showJob(job), 200)
    throw new AppError('conflict', 'The pool runs this job: it can be cancelled, and moves itself otherwise.')
  })
}
