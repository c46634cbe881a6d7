import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/errors.ts'
import { DAY_MS } from '../../../../shared/units.ts'
import { newId } from '../../../../worker/db/client.ts'
import { accounts } from '../../../../worker/db/tables/accounts.ts'
import { trainingJobs } from '../../../../worker/db/tables/training.ts'
import { nextNumber, type Plan } from '../../../../worker/services/accounts/account-row.ts'
import { createBases } from '../../../../worker/services/training/bases.ts'
import { createJobStore } from '../../../../worker/services/training/job-store.ts'
import { createStarting } from '../../../../worker/services/training/starting/starting.ts'
import { createUploadedAdapters } from '../../../../worker/services/training/starting/uploaded-adapters.ts'
import type { JobRow, NewTrainingJob } from '../../../../worker/services/training/training-job.ts'
import { createTrainingJobs } from '../../../../worker/services/training/training-jobs.ts'
import {
  MAX_JOB_HOURS,
  MAX_PRIORITY,
  MAX_SAMPLE_PROMPTS,
  MAX_SOURCES,
  MAX_TAGS,
  TRAINING_LIMITS,
} from '../../../../worker/services/training/training-limits.ts'
import type { TrainingRunStub } from '../../../../worker/services/training/training-run.ts'
import { NO_TUNED_MODELS } from '../../../../worker/services/training/tuned-models.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { adapterFile } from './adapter-file.ts'
import { accountOf, db, newJob, trainedModel } from './training-setup.ts'

const TUNED_KEY = 'training/of-a-tuned-model'
beforeAll(() => env.FILES.put(TUNED_KEY, adapterFile()))

function setUp() {
  let clock = 1_000_000
  const told: string[] = []
  const run: TrainingRunStub = {
    prepare: async (id) => void told.push(`prepare ${id}`),
    attend: async (id) => void told.push(`attend ${id}`),
    begin: async () => true,
    forgotten: async () => {},
    greet: async () => ({}),
    report: async () => ({}),
    sign: async () => ({ tokens: [] }),
    events: async () => ({ events: [], hasMore: false }),
    watch: async () => new ReadableStream(),
    metrics: async () => {
      throw new Error('not asked')
    },
  }
  const store = createJobStore(db, () => clock)
  const uploadedAdapters = createUploadedAdapters(db)
  const jobs = createTrainingJobs({
    db,
    store,
    trainingRun: () => run,
    bases: createBases({
      snapshot: async () => [
        {
          hello: nodeHello({
            models: [trainedModel(), modelHolding({ id: 'embedder', capabilities: ['embed'] })],
          }),
        },
      ],
      tunedModels: NO_TUNED_MODELS,
    }),
    checkSource: async (_, { name }) => {
      if (name === 'gone') throw new AppError('not_found', 'There is no such thing.', { param: 'sources' })
    },
    starting: createStarting({
      bucket: env.FILES,
      tunedModels: {
        find: async (_: string, id: string) =>
          id === 'tuned' || id === 'foreign'
            ? {
                id,
                accountId: 'ada',
                name: `m:${id}`,
                base: id === 'tuned' ? 'starter' : 'other',
                jobId: null,
                file: {
                  bytes: adapterFile().length,
                  sha256: 'a'.repeat(64),
                  parts: [{ bytes: 1, sha256: 'a'.repeat(64) }],
                },
                objectKeys: [TUNED_KEY],
              }
            : undefined,
      },
      uploadedAdapters,
    }),
    uploadedAdapters,
    estimate: async () => ({ memoryMiB: 1, nodeId: 'n' }),
    ring: async () => void told.push('ring'),
    later: () => {},
    now: () => (clock += 1_000),
  })
  const account = async (plan: Plan = 'enterprise') => {
    const made = await accountOf(plan)
    return { ...made, create: (over: Partial<NewTrainingJob> = {}) => jobs.create(newJob(made, over)) }
  }
  return { jobs, store, told, account }
}

const refusedWith = (promise: Promise<unknown>) =>
  promise.then(
    () => 'taken',
    ({ code, param }: AppError) => `${code} ${param ?? ''}`.trim(),
  )

describe('an account of these tests', () => {
  it('has a number of its own, whoever else registers between two of them', async () => {
    await accountOf()
    await db.insert(accounts).values({ id: newId(), number: nextNumber, roles: [], createdAt: 0 })
    await expect(accountOf()).resolves.toMatchObject({ plan: 'enterprise' })
  })
})

describe('a new job', () => {
  it('is pending, has what was asked for, and its rows are looked at', async () => {
    const { account, told, jobs } = setUp()
    const ada = await account()
    const job = await ada.create({ suffix: 'pirate', tags: ['x'], metadata: { team: 'a' }, priority: 7 })
    expect(job).toMatchObject({
      state: 'pending',
      accountId: ada.id,
      baseModel: 'starter',
      suffix: 'pirate',
      priority: 7,
      maxHours: MAX_JOB_HOURS,
      excess: 'drop',
      progress: null,
      error: null,
      attempt: 0,
    })
    expect(told).toEqual([`prepare ${job.id}`])
    expect(await jobs.get({ accountId: ada.id }, job.id)).toEqual(job)
  })

  it.each<[string, Partial<NewTrainingJob>, string]>([
    ['of a model that no node has', { baseModel: 'nobody' }, 'model_not_found baseModel'],
    ['of a model that embeds', { baseModel: 'embedder' }, 'invalid_request baseModel'],
    ['for weights that the model does not have', { precisions: ['f32'] }, 'invalid_request precisions'],
    ['without rows', { sources: [] }, 'invalid_request sources'],
    [
      'with rows that are gone',
      { sources: [{ role: 'train', kind: 'file', name: 'gone', type: 'guess' }] },
      'not_found sources',
    ],
    ['that goes on from nothing', { continueFrom: 'nothing' }, 'model_not_found continueFrom'],
    [
      "that goes on from another model's adapter",
      { continueFrom: 'foreign' },
      'invalid_request continueFrom',
    ],
    ['of a suffix with a colon', { suffix: 'a:b' }, 'invalid_request suffix'],
    ['of a rank of 0', { wishes: { method: 'lora', rank: 0 } }, 'invalid_request wishes.rank'],
    ['of a priority above the highest', { priority: MAX_PRIORITY + 1 }, 'invalid_request priority'],
    ['of a priority of 0', { priority: 0 }, 'invalid_request priority'],
    ['of half a priority', { priority: 1.5 }, 'invalid_request priority'],
    ['of more hours than a day has', { maxHours: MAX_JOB_HOURS + 0.1 }, 'invalid_request maxHours'],
    ['of too many tags', { tags: Array(MAX_TAGS + 1).fill('t') }, 'invalid_request tags'],
    [
      'of too many prompts',
      { samplePrompts: Array(MAX_SAMPLE_PROMPTS + 1).fill('t') },
      'invalid_request samplePrompts',
    ],
    [
      'of too many sources',
      { sources: Array(MAX_SOURCES + 1).fill({ role: 'train', kind: 'file', name: 'f', type: 'guess' }) },
      'invalid_request sources',
    ],
    ['of a share of more than half', { validationShare: 0.6 }, 'invalid_request validationShare'],
  ])('%s is refused by name, and leaves nothing', async (_, over, refusal) => {
    const { account, jobs } = setUp()
    const ada = await account()
    expect(await refusedWith(ada.create(over))).toBe(refusal)
    expect((await jobs.list({ accountId: ada.id }, { limit: 10 })).total).toBe(0)
  })

  it('may be as large as the limits say', async () => {
    const ada = await setUp().account()
    const sources = Array(MAX_SOURCES).fill({ role: 'train', kind: 'file', name: 'f', type: 'guess' })
    const job = await ada.create({
      priority: MAX_PRIORITY,
      tags: Array(MAX_TAGS).fill('t'),
      samplePrompts: Array(MAX_SAMPLE_PROMPTS).fill('t'),
      sources,
      continueFrom: 'tuned',
    })
    expect(job.sources).toHaveLength(MAX_SOURCES)
  })

  it('is the last of a day, or refused, whatever became of the others', async () => {
    const { account, store } = setUp()
    const ada = await account('free')
    const before = await ada.create()
    const { id: _, createdAt, ...row } = (await store.find(before.id)) as JobRow // it was made just now
    const rows = Array.from({ length: TRAINING_LIMITS.free.daily - 2 }, () => ({
      ...row,
      id: newId(),
      createdAt,
    }))
    for (const one of rows) await db.insert(trainingJobs).values({ ...one, state: 'failed' })
    expect(await refusedWith(ada.create())).toBe('taken')
    await expect(ada.create()).rejects.toMatchObject({
      code: 'limit_exceeded',
      message: 'Your plan lets 50 training jobs begin within a day.',
    })
    await db.update(trainingJobs).set({ createdAt: createdAt - DAY_MS })
    expect(await refusedWith(ada.create())).toBe('taken')
  })

  it('is the last that may wait, or refused; of many at once no more are taken', async () => {
    const { account, jobs } = setUp()
    const ada = await account('free')
    const answers = await Promise.all(
      Array.from({ length: TRAINING_LIMITS.free.waiting + 2 }, () => refusedWith(ada.create())),
    )
    expect(answers.filter((answer) => answer === 'taken')).toHaveLength(TRAINING_LIMITS.free.waiting)
    expect(answers.filter((answer) => answer === 'limit_exceeded')).toHaveLength(2)
    const { jobs: made, total } = await jobs.list({ accountId: ada.id }, { limit: 10 })
    expect(total).toBe(TRAINING_LIMITS.free.waiting)
    await jobs.cancel({ accountId: ada.id }, made[0]?.id ?? '')
    expect(await refusedWith(ada.create())).toBe('taken')
  })
})

describe('jobs', () => {
  it("of another account are not there, for whom may not see everybody's", async () => {
    const { account, jobs } = setUp()
    const [ada, eve] = [await account(), await account()]
    const { id } = await ada.create()
    for (const act of [jobs.get, jobs.cancel, jobs.pause, jobs.resume]) {
      expect(await refusedWith(act({ accountId: eve.id }, id))).toBe('not_found')
    }
    expect(await refusedWith(jobs.events({ accountId: eve.id }, id, { limit: 1 }))).toBe('not_found')
    expect(await refusedWith(jobs.watch({ accountId: eve.id }, id, 0))).toBe('not_found')
    expect((await jobs.list({ accountId: eve.id }, { limit: 10 })).jobs).toEqual([])
    expect(await jobs.get({ accountId: eve.id, seesAll: true }, id)).toMatchObject({ id })
    for (const act of [jobs.get, jobs.cancel, jobs.pause, jobs.resume])
      expect(await refusedWith(act({ accountId: ada.id, surface: 'clara' }, id))).toBe('not_found')
    expect((await jobs.get({ accountId: ada.id }, id)).state).toBe('pending')
  })

  it('are listed in pages, the newest first, by state, surface and metadata', async () => {
    const { account, jobs } = setUp()
    const ada = await account()
    const viewer = { accountId: ada.id }
    const ids: string[] = []
    for (const over of [
      { metadata: { team: 'a', 'a.b"c': '1' } },
      { metadata: { team: 'b' }, surface: 'clara' as const },
      {},
    ]) {
      ids.unshift((await ada.create(over)).id)
    }
    const listed = async (filter: Partial<Parameters<typeof jobs.list>[1]>, by: object = viewer) => {
      const { jobs: found, total, hasMore } = await jobs.list({ ...viewer, ...by }, { limit: 10, ...filter })
      return { indexes: found.map(({ id }) => ids.indexOf(id)), total, hasMore }
    }
    expect(await listed({})).toEqual({ indexes: [0, 1, 2], total: 3, hasMore: false })
    expect(await listed({ limit: 2 })).toEqual({ indexes: [0, 1], total: 3, hasMore: true })
    expect(await listed({ limit: 2, after: ids[1] })).toEqual({ indexes: [2], total: 3, hasMore: false })
    expect(await listed({ limit: 1, offset: 1 })).toEqual({ indexes: [1], total: 3, hasMore: true })
    expect(await listed({ metadata: { team: 'a' } })).toMatchObject({ indexes: [2] })
    expect(await listed({ metadata: { 'a.b"c': '1', team: 'a' } })).toMatchObject({ indexes: [2] })
    expect(await listed({ metadata: { team: 'a', other: 'b' } })).toMatchObject({ indexes: [] })
    expect(await listed({ metadata: null })).toMatchObject({ indexes: [0] })
    expect(await listed({}, { surface: 'clara' })).toMatchObject({ indexes: [1] })
    await jobs.cancel(viewer, ids[2] ?? '')
    expect(await listed({ states: ['cancelled'] })).toMatchObject({ indexes: [2] })
    expect(await listed({ states: ['pending', 'queued'] })).toMatchObject({ indexes: [0, 1] })
  })

  it('are moved as the table says, and a conflict names the state otherwise', async () => {
    const { account, jobs, store, told } = setUp()
    const ada = await account()
    const viewer = { accountId: ada.id }
    const { id } = await ada.create()
    expect(await refusedWith(jobs.pause(viewer, id))).toBe('conflict state')
    await store.transition(id, 'rows_good')
    expect((await jobs.pause(viewer, id)).state).toBe('paused')
    expect(await refusedWith(jobs.pause(viewer, id))).toBe('conflict state')
    expect((await jobs.resume(viewer, id)).state).toBe('queued')
    expect(told.at(-1)).toBe('ring')
    await store.transition(id, 'claimed', {}, { attempt: 1, nodeId: newId() })
    expect((await jobs.pause(viewer, id)).state).toBe('pausing')
    expect(told.at(-1)).toBe(`attend ${id}`)
    expect(await store.transition(id, 'confirmed', { attempt: 2 })).toBeUndefined()
    expect(await store.transition(id, 'confirmed', { attempt: 1 })).toMatchObject({
      state: 'paused',
      nodeId: null,
    })
    expect((await jobs.cancel(viewer, id)).state).toBe('cancelled')
    for (const act of [jobs.cancel, jobs.pause, jobs.resume]) {
      expect(await refusedWith(act(viewer, id))).toBe('conflict state')
    }
  })

  it('is cancelled although its node gives it back in that very moment', async () => {
    const { account, jobs, store } = setUp()
    const ada = await account()
    const { id } = await ada.create()
    await store.transition(id, 'rows_good')
    const { transition } = store
    // It was running when the queued were asked, and is queued when those that run are.
    store.transition = async (...asked) => {
      store.transition = transition
      await transition(id, 'claimed', {}, { attempt: 1, nodeId: newId() })
      await transition(id, 'given_back')
      return asked[1] === 'cancel' ? undefined : transition(...asked)
    }
    expect((await jobs.cancel({ accountId: ada.id }, id)).state).toBe('cancelled')
  })

  it('is moved by one of many who want the same', async () => {
    const { account, jobs, store } = setUp()
    const ada = await account()
    const { id } = await ada.create()
    await store.transition(id, 'rows_good')
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => refusedWith(jobs.pause({ accountId: ada.id }, id))),
    )
    expect(answers.filter((answer) => answer === 'taken')).toHaveLength(1)
  })
})

describe('before there are tuned models', () => {
  it('none is known', async () => {
    expect(await NO_TUNED_MODELS.find('a', 'b')).toBeUndefined()
  })
})
