import { createRoute, z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { toAppError } from '../../../../shared/errors.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import type { SurfaceEnv } from '../../../http/surface-env.ts'
import type { Account } from '../../../services/accounts/account-row.ts'
import { NOBODY } from '../../../services/audit.ts'
import type { TrainingJob } from '../../../services/training/training-job.ts'
import type { TrainingJobs } from '../../../services/training/training-jobs.ts'
import { ClaraError } from '../errors.ts'
import { fromJobId, toJobId } from '../job-ids.ts'
import { inClarasWords, type JobFiles, newJobOf } from '../new-job.ts'
import type { ClaraOperation } from '../permissions.ts'
import { ErrorBody, ValidationErrorBody } from '../schemas.ts'
import {
  Cancelled,
  CreatedJob,
  CreateJob,
  JOB_STATUSES,
  Job,
  JobList,
  LISTED_FIELDS,
  requestOf,
  showJob,
  showListed,
  statesOf,
  statusOfJob,
} from '../training-schemas.ts'

/** Everybody whom the guard lets in sees the jobs that were made here. */
const EVERYBODY = { accountId: '', seesAll: true, surface: 'clara' } as const

/** Jobs on a page, and those of one that says nothing. */
export const MAX_JOBS_PER_PAGE = 1_000
const USUAL_JOBS_PER_PAGE = 100

/** The services that these routes ask. */
export interface TrainingRoutesOptions {
  training: Pick<TrainingJobs, 'create' | 'uploadedAdapterAt' | 'get' | 'listBriefly' | 'cancel'>
  files: JobFiles
  allow: (operation: ClaraOperation) => MiddlewareHandler<SurfaceEnv>
  /** Whose files a caller works with. Throws `unauthenticated` for one without an account, where nobody stands in for it. */
  creatorOf: (account: Account | undefined) => Promise<Account>
}

const tags = ['Training']
const JobParams = z.object({
  job_id: z
    .string()
    .openapi({ param: { name: 'job_id', in: 'path' }, example: 'job_20251117_123456_0123456789abcdef' }),
})

const failures = {
  401: json(ErrorBody, 'The token is missing or not valid.'),
  403: json(ErrorBody, 'The role is missing.'),
  422: json(ValidationErrorBody, 'The request is not as described.'),
  default: json(ErrorBody, 'Any other failure.'),
}
const missing = { 404: json(ErrorBody, 'There is no such job.') }

const jobRoutes = (allow: TrainingRoutesOptions['allow']) => ({
  create: createRoute({
    method: 'post',
    path: '/api/training/jobs',
    operationId: 'createTrainingJob',
    tags,
    security: [{ bearerAuth: [] }, {}],
    middleware: allow('jobs.create'),
    summary: 'Create a training job',
    description:
      'Paths are those of your workspace: `PUT /v1/workspace/data/configs/lora.yaml` is `/data/configs/lora.yaml` here.',
    request: {
      body: jsonBody(CreateJob, {
        trainer_type: 'lora',
        config_path: '/data/configs/lora.yaml',
        dataset_path: '/data/rows.jsonl',
        output_dir: '/data/outputs/pirate',
      }),
    },
    responses: {
      201: json(CreatedJob, 'The job.'),
      400: json(ErrorBody, 'A file is missing, or the config has mistakes.'),
      ...failures,
    },
  }),
  list: createRoute({
    method: 'get',
    path: '/api/training/jobs/list',
    operationId: 'listTrainingJobs',
    tags,
    security: [{ bearerAuth: [] }, {}],
    middleware: allow('jobs.read'),
    summary: 'The jobs, newest first',
    request: {
      query: z.object({
        status: z.enum(JOB_STATUSES).optional(),
        limit: z.coerce.number().int().min(1).max(MAX_JOBS_PER_PAGE).default(USUAL_JOBS_PER_PAGE),
        offset: z.coerce.number().int().min(0).default(0),
      }),
    },
    responses: { 200: json(JobList, 'A page of them.'), ...failures },
  }),
  get: createRoute({
    method: 'get',
    path: '/api/training/jobs/{job_id}',
    operationId: 'getTrainingJob',
    tags,
    security: [{ bearerAuth: [] }, {}],
    middleware: allow('jobs.read'),
    summary: 'A job',
    request: { params: JobParams },
    responses: { 200: json(Job, 'The job.'), ...missing, ...failures },
  }),
  cancel: createRoute({
    method: 'delete',
    path: '/api/training/jobs/{job_id}',
    operationId: 'cancelTrainingJob',
    tags,
    security: [{ bearerAuth: [] }, {}],
    middleware: allow('jobs.cancel'),
    summary: 'Cancel a job',
    request: { params: JobParams },
    responses: {
      200: json(Cancelled, 'It is cancelled, or ends now.'),
      400: json(ErrorBody, 'It is over already.'),
      ...missing,
      ...failures,
    },
  }),
})

const noSuchJob = (jobId: string) =>
  new ClaraError('not_found', `Job not found: ${jobId}`, {
    errorCode: 'JOB_NOT_FOUND',
    details: { job_id: jobId },
  })

/**
 * Clara, "Training Backend API". A team's tool: whoever may read jobs sees those that were made here, whoever made them. Jobs of
 * other surfaces are their accounts' own.
 */
export function trainingRoutes(
  app: Surface,
  { training, files, allow, creatorOf }: TrainingRoutesOptions,
): void {
  const routes = jobRoutes(allow)

  /** A job that was made here, as it is read or moved. */
  async function ofJob(jobId: string, ask: (id: string) => Promise<TrainingJob>): Promise<TrainingJob> {
    const id = fromJobId(jobId)
    if (id === undefined) throw noSuchJob(jobId)
    return await ask(id).catch((thrown: unknown) => {
      throw toAppError(thrown).code === 'not_found' ? noSuchJob(jobId) : thrown
    })
  }

  const find = (jobId: string) => ofJob(jobId, (id) => training.get(EVERYBODY, id))

  app.openapi(routes.create, async (c) => {
    const asked = c.req.valid('json')
    const account = await creatorOf(c.get('account'))
    const wanted = await newJobOf(asked, account, files)
    const job = await training.create(wanted).catch((thrown: unknown) => {
      throw inClarasWords(thrown)
    })
    return c.json(
      {
        success: true as const,
        job_id: toJobId(job.id),
        status: statusOfJob(job.state),
        message: 'Training job created successfully',
        created_by: requestOf(job).created_by,
        created_at: new Date(job.createdAt).toISOString(),
      },
      201,
    )
  })

  app.openapi(routes.list, async (c) => {
    const { status, limit, offset } = c.req.valid('query')
    const filter = { limit, offset, states: status && statesOf(status) }
    const { jobs, total } = await training.listBriefly(EVERYBODY, filter, LISTED_FIELDS)
    return c.json({ success: true as const, total, jobs: jobs.map(showListed) }, 200)
  })

  app.openapi(routes.get, async (c) => c.json(showJob(await find(c.req.valid('param').job_id)), 200))

  app.openapi(routes.cancel, async (c) => {
    const { job_id: jobId } = c.req.valid('param')
    const canceller = { ...EVERYBODY, accountId: c.get('account')?.id ?? NOBODY }
    const cancelling = ofJob(jobId, (id) => training.cancel(canceller, id))
    const job = await cancelling.catch(async (thrown: unknown) => {
      if (toAppError(thrown).code !== 'conflict') throw thrown
      const { state } = await find(jobId)
      throw new ClaraError('invalid_request', `Cannot cancel job with status: ${statusOfJob(state)}`, {
        errorCode: 'INVALID_STATUS',
        details: { job_id: jobId },
      })
    })
    return c.json(
      {
        success: true as const,
        job_id: jobId,
        status: statusOfJob(job.state),
        message: 'Training job cancelled successfully',
      },
      200,
    )
  })
}
