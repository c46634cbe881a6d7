import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError, toAppError } from '../../../../shared/errors.ts'
import { isId } from '../../../../shared/ids.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { readerOf } from '../../../http/lifeline.ts'
import { openaiErrorBody } from '../../../http/openai-errors.ts'
import { SSE_KEEP_ALIVE, sseData, sseResponse } from '../../../http/sse.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { SurfaceEnv } from '../../../http/surface-env.ts'
import type { Files } from '../../../services/files/files.ts'
import type { Base } from '../../../services/training/bases.ts'
import type { TrainingJob } from '../../../services/training/training-job.ts'
import type { TrainingJobs } from '../../../services/training/training-jobs.ts'
import { callerOf } from '../call.ts'
import { failures } from '../schemas/common.ts'
import { FILE_PREFIX, idIn } from '../schemas/file.ts'
import {
  CHECKPOINT_PREFIX,
  Checkpoint,
  CreateJob,
  Estimate,
  EstimateJob,
  EVENT_PREFIX,
  Event,
  JOB_PREFIX,
  Job,
  type KeptRequest,
  listOf,
  MAX_METADATA_PAIRS,
  pageOf,
  showCheckpoint,
  showEvent,
  showJob,
  wishesOf,
} from '../schemas/fine-tuning.ts'
import { Metrics } from '../schemas/training/results.ts'

/** Things on a page, and those of one that says nothing. */
export const MAX_LISTED = 100
const USUAL_LISTED = 20

export interface FineTuningServices {
  training: Omit<TrainingJobs, 'metricsText'>
  files: Pick<Files, 'find'>
}

const tags = ['Fine-tuning']
const security = [{ bearer: [] }]
const Params = z.object({ job_id: z.string().openapi({ param: { name: 'job_id', in: 'path' } }) })
const Limit = z.coerce.number().int().min(1).max(MAX_LISTED).default(USUAL_LISTED)
const Page = z.object({ after: z.string().max(100).optional(), limit: Limit })

const PATH = '/v1/fine_tuning/jobs' as const
const one = { params: Params }

const create = createRoute({
  method: 'post',
  path: PATH,
  operationId: 'createFineTuningJob',
  tags,
  security,
  summary: 'Train a model of the pool on rows of a file',
  request: {
    body: jsonBody(CreateJob, {
      model: 'starter',
      training_file: 'file-6921b2a00123456789abcdef',
      suffix: 'facts',
    }),
  },
  responses: { 200: json(Job, 'The job.'), ...failures },
})

const estimate = createRoute({
  method: 'post',
  path: `${PATH}/estimate`,
  operationId: 'estimateFineTuningJob',
  tags,
  security,
  summary: 'How much memory a job would take',
  request: { body: jsonBody(EstimateJob, { model: 'starter', config: { lora_r: 16, micro_batch_size: 4 } }) },
  responses: { 200: json(Estimate, 'The estimate.'), ...failures },
})

const list = createRoute({
  method: 'get',
  path: PATH,
  operationId: 'listFineTuningJobs',
  tags,
  security,
  summary: 'Your jobs, newest first',
  description: '`metadata[key]=value` asks for those that have it, `metadata=null` for those that have none.',
  request: { query: Page },
  responses: { 200: json(listOf(Job), 'A page of them.'), ...failures },
})

const get = createRoute({
  method: 'get',
  path: `${PATH}/{job_id}`,
  operationId: 'retrieveFineTuningJob',
  tags,
  security,
  summary: 'One of your jobs',
  request: one,
  responses: { 200: json(Job, 'The job.'), ...failures },
})

/** The orders that a job takes. */
const ORDERS = ['cancel', 'pause', 'resume'] as const

const orderRoute = <Order extends (typeof ORDERS)[number]>(order: Order) =>
  createRoute({
    method: 'post',
    path: `${PATH}/{job_id}/${order}`,
    operationId: `${order}FineTuningJob`,
    tags,
    security,
    summary: `Ask a job to ${order}`,
    request: one,
    responses: { 200: json(Job, 'The job.'), ...failures },
  })

const events = createRoute({
  method: 'get',
  path: `${PATH}/{job_id}/events`,
  operationId: 'listFineTuningEvents',
  tags,
  security,
  summary: 'The events of a job, newest first, or with `stream=true` as they come',
  description:
    'A stream ends with its job and the last answers to its prompts, and goes on behind the id that `Last-Event-ID` names.',
  request: { ...one, query: Page.extend({ stream: z.enum(['true', 'false']).optional() }) },
  responses: {
    200: {
      description: 'A page of them, or a stream.',
      content: {
        'application/json': { schema: listOf(Event) },
        'text/event-stream': { schema: z.string() },
      },
    },
    ...failures,
  },
})

const checkpoints = createRoute({
  method: 'get',
  path: `${PATH}/{job_id}/checkpoints`,
  operationId: 'listFineTuningCheckpoints',
  tags,
  security,
  summary: 'The checkpoints of a job, newest first: each is a model',
  request: { ...one, query: Page },
  responses: { 200: json(listOf(Checkpoint), 'A page of them.'), ...failures },
})

const metrics = createRoute({
  method: 'get',
  path: `${PATH}/{job_id}/metrics`,
  operationId: 'fineTuningMetrics',
  tags,
  security,
  summary: 'The curves of a job',
  request: one,
  responses: { 200: json(Metrics, 'Its series.'), ...failures },
})

const noSuchJob = (spelled: string) =>
  new AppError('not_found', `Could not find fine tune: ${spelled.slice(0, 64)}`, {
    param: 'fine_tuning_job_id',
  })

/** An id behind its prefix. Throws `invalid_request` with the param. */
function idBehind(prefix: string, spelled: string): string {
  const id = idIn(prefix, spelled)
  if (isId(id)) return id
  throw new AppError('invalid_request', `Expected an id that begins with ${prefix}.`, { param: 'after' })
}

/** The filter of a list by metadata, which is spelled with brackets. */
function metadataOf(url: string): Record<string, string> | null | undefined {
  const pairs: [key: string, value: string][] = []
  for (const [name, value] of new URL(url).searchParams) {
    if (name === 'metadata' && (value === 'null' || value === '')) return null
    const [, key] = /^metadata\[(.+)\]$/.exec(name) ?? []
    if (key !== undefined) pairs.push([key, value])
  }
  if (pairs.length > MAX_METADATA_PAIRS)
    throw new AppError('invalid_request', `Expected at most ${MAX_METADATA_PAIRS} pairs.`, {
      param: 'metadata',
    })
  return pairs.length > 0 ? Object.fromEntries(pairs) : undefined
}

/** The service's names of what was asked for, as this contract calls them. */
const PARAMS: ReadonlyMap<string, string> = new Map([
  ['baseModel', 'model'],
  ['continueFrom', 'model'],
  ['precisions', 'model'],
  ['sources', 'training_file'],
  ['wishes.rank', 'config.lora_r'],
  ['wishes.alpha', 'config.lora_alpha'],
  ['wishes.targets', 'config.lora_target_modules'],
])

/** A refusal of the service in this contract's words. A `conflict` is told as OpenAI does: its clients try 409 again. */
function inOpenaisWords(thrown: unknown): AppError {
  const { code, message, param, retryAfterSeconds, cause } = toAppError(thrown)
  const isMistake = code === 'conflict' || (code === 'not_found' && param === 'sources')
  return new AppError(isMistake ? 'invalid_request' : code, message, {
    param: param && (PARAMS.get(param) ?? param),
    retryAfterSeconds,
    cause,
  })
}

/** OpenAI's `fine_tuning`, with an estimate, curves and a stream of events beside it. Jobs of other surfaces are not in here. */
export function fineTuningRoutes(app: Surface, { training, files }: FineTuningServices): void {
  type Asked = Context<SurfaceEnv>
  const viewerOf = (c: Asked) => ({ accountId: accountOf(c).id, surface: 'openai' as const })

  /** Asks something of one of the caller's jobs. Throws as OpenAI does where there is no such job. */
  async function ofJob<Answer>(spelled: string, ask: (id: string) => Promise<Answer>): Promise<Answer> {
    const id = idIn(JOB_PREFIX, spelled)
    if (!isId(id)) throw noSuchJob(spelled)
    return await ask(id).catch((thrown: unknown) => {
      throw toAppError(thrown).code === 'not_found' ? noSuchJob(spelled) : thrown
    })
  }

  const find = (c: Asked, spelled: string): Promise<TrainingJob> =>
    ofJob(spelled, (id) => training.get(viewerOf(c), id))

  async function baseOf(c: Asked, model: string): Promise<Base> {
    const base = await training.baseOf(callerOf(c), model)
    if (base) return base
    throw new AppError('model_not_found', `The model '${model}' does not exist.`, { param: 'baseModel' })
  }

  async function sourceOf(c: Asked, role: 'train' | 'validation', spelled: string, isDpo: boolean) {
    const id = idIn(FILE_PREFIX, spelled)
    if (!isId(id) || !(await files.find(accountOf(c).id, id))) {
      throw new AppError('invalid_request', `There is no file '${spelled}'.`, {
        param: role === 'train' ? 'training_file' : 'validation_file',
      })
    }
    return {
      role,
      kind: 'file' as const,
      name: id,
      type: isDpo ? ('preference' as const) : ('guess' as const),
    }
  }

  app.openapi(create, async (c) => {
    const asked = c.req.valid('json')
    const { model, training_file, validation_file = null, method, config } = asked
    const isDpo = method?.type === 'dpo' || config?.rl === 'dpo'
    const sources = [await sourceOf(c, 'train', training_file, isDpo)]
    if (validation_file !== null) sources.push(await sourceOf(c, 'validation', validation_file, isDpo))
    const request: KeptRequest = { model, training_file, validation_file }
    const job = await baseOf(c, model)
      .then((base) =>
        training.create({
          account: accountOf(c),
          surface: 'openai',
          ...base,
          precisions: ['f32', 'f16', 'quantised'],
          wishes: wishesOf(asked),
          trainsOnInputs: config?.train_on_inputs ?? false,
          excess: config?.excess_length_strategy ?? 'drop',
          validationShare: config?.val_set_size ?? 0,
          samplePrompts: config?.sample_prompts ?? [],
          ...(config?.max_hours !== undefined && { maxHours: config.max_hours }),
          sources,
          suffix: asked.suffix ?? null,
          metadata: asked.metadata ?? null,
          request,
        }),
      )
      .catch((thrown: unknown) => {
        throw inOpenaisWords(thrown)
      })
    return c.json(showJob(job), 200)
  })

  app.openapi(estimate, async (c) => {
    const asked = c.req.valid('json')
    const { memoryMiB } = await baseOf(c, asked.model)
      .then((base) => training.estimate({ account: accountOf(c), ...base, wishes: wishesOf(asked) }))
      .catch((thrown: unknown) => {
        throw inOpenaisWords(thrown)
      })
    return c.json({ object: 'fine_tuning.estimate' as const, model: asked.model, memory_mib: memoryMiB }, 200)
  })

  app.openapi(list, async (c) => {
    const { after: spelled, limit } = c.req.valid('query')
    const page = (after?: string) =>
      training.list(viewerOf(c), { limit, after, metadata: metadataOf(c.req.url) })
    const { jobs, hasMore } = await (spelled === undefined ? page() : ofJob(spelled, page))
    return c.json(pageOf(jobs.map(showJob), hasMore), 200)
  })

  app.openapi(get, async (c) => c.json(showJob(await find(c, c.req.valid('param').job_id)), 200))

  for (const order of ORDERS) {
    app.openapi(orderRoute(order), async (c) => {
      const asking = ofJob(c.req.valid('param').job_id, (id) => training[order](viewerOf(c), id))
      const job = await asking.catch((thrown: unknown) => {
        throw inOpenaisWords(thrown)
      })
      return c.json(showJob(job), 200)
    })
  }

  /** The events behind `Last-Event-ID` (WHATWG HTML §9.2.4), and those that come until the job is over. */
  async function streamEvents(c: Asked, spelled: string): Promise<Response> {
    const last = /^\d{1,15}$/.exec(c.req.header('last-event-id') ?? '0')
    if (last === null)
      throw new AppError('invalid_request', 'Expected the id of an event.', { param: 'Last-Event-ID' })
    const id = idIn(JOB_PREFIX, spelled)
    // In front of the stream, so that whoever may not read it is told so by a status.
    const watched = await ofJob(spelled, () => training.watch(viewerOf(c), id, Number(last[0])))
    return await sseResponse(
      async function* () {
        for await (const some of watched) {
          if (some.length === 0) yield SSE_KEEP_ALIVE
          for (const event of some) yield `id: ${event.id}\n${sseData(showEvent(id, event))}`
        }
      },
      (thrown) => sseData(openaiErrorBody(toAppError(thrown))),
      readerOf(c),
    )
  }

  app.openapi(events, async (c) => {
    const spelled = c.req.valid('param').job_id
    const { after, limit, stream } = c.req.valid('query')
    if (stream === 'true') return await streamEvents(c, spelled)
    const id = idIn(JOB_PREFIX, spelled)
    const [, place] = after === undefined ? [] : (/-(\d{1,15})$/.exec(idIn(EVENT_PREFIX, after)) ?? [])
    if (after !== undefined && (place === undefined || !after.startsWith(`${EVENT_PREFIX}${id}-`)))
      throw new AppError('invalid_request', 'Expected the id of an event of this job.', { param: 'after' })
    const page = { limit, ...(place !== undefined && { after: Number(place) }) }
    const { events: listed, hasMore } = await ofJob(spelled, () => training.events(viewerOf(c), id, page))
    return c.json(
      pageOf(
        listed.map((event) => showEvent(id, event)),
        hasMore,
      ),
      200,
    )
  })

  app.openapi(checkpoints, async (c) => {
    const { after, limit } = c.req.valid('query')
    const page = { limit, ...(after !== undefined && { after: idBehind(CHECKPOINT_PREFIX, after) }) }
    const { checkpoints: saved, hasMore } = await ofJob(c.req.valid('param').job_id, (id) =>
      training.checkpoints(viewerOf(c), id, page),
    )
    return c.json(pageOf(saved.map(showCheckpoint), hasMore), 200)
  })

  app.openapi(metrics, async (c) => {
    const read = await ofJob(c.req.valid('param').job_id, (id) => training.metrics(viewerOf(c), id))
    const series = Object.entries(read)
    const data = Object.fromEntries(
      series.map(([name, points]) => [name, points.map(([step, value]): [number, number] => [step, value])]),
    )
    return c.json({ object: 'fine_tuning.job.metrics' as const, data }, 200)
  })
}
