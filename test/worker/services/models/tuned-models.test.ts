import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { MAX_ADAPTER_PARTS } from '../../../../shared/generation.ts'
import { tunedSuffix } from '../../../../shared/node.ts'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { tunedModels } from '../../../../worker/db/tables/tuned-models.ts'
import { createDisposal } from '../../../../worker/services/files/disposal.ts'
import { createSignedBytes, SIGNED_BYTES_SECONDS } from '../../../../worker/services/files/signed-bytes.ts'
import {
  createTunedModels,
  MAX_LISTED_MODELS,
  missingAdapters,
  NOT_TUNED_CACHE_MS,
  TICKET_CACHE_MS,
  type TunedModelsOptions,
} from '../../../../worker/services/models/tuned-models.ts'
import { createTunedShares, MAX_SHARES } from '../../../../worker/services/models/tuned-shares.ts'
import { newAccount, unique } from '../../../contracts/contract-client.ts'
import { countedDb } from '../../counted-db.ts'
import { tunedResult } from '../../tuned.ts'

const db = createDb(env.DB)
const clock = { now: 1_800_000_000_000 }
const pool = new Set<string>()
const withdraw = vi.fn((_ids: readonly string[]) => {})
const onRemove = vi.fn((_jobId: string) => {})
const signedBytes = createSignedBytes('a secret of the tests that is long enough', () => clock.now)
const options: TunedModelsOptions = {
  db,
  bucket: env.FILES,
  disposal: createDisposal({ db, bucket: env.FILES }),
  signedBytes,
  isPoolName: async (name) => pool.has(name),
  withdraw,
  onRemove,
  now: () => clock.now,
}
const models = createTunedModels(options)
const shares = createTunedShares(db, models)

let ada: { accountId: string }
let eve: { accountId: string }
let viewer: { accountId: string }
const admin = { accountId: newId(), isAdministrator: true }
beforeAll(async () => {
  const accountOf = async (roles: string[]) => ({ accountId: (await newAccount({ roles })).account.id })
  ada = await accountOf([])
  eve = await accountOf([])
  viewer = await accountOf(['viewer'])
})

/** A published model of Ada's, of a base that no other test has. */
const published = async (over: Parameters<typeof tunedResult>[0] | object = {}) => {
  const given = await tunedResult({ ...ada, base: unique('base'), ...over })
  return { given, model: await models.publish(given) }
}

it('a list reads no files of models', async () => {
  const { given } = await published()
  const { db: watched, bytesOf } = countedDb()
  const { list } = createTunedModels({ ...options, db: watched })
  const bytes = await bytesOf(() => list(ada))
  expect(await list(ada)).toEqual([
    expect.objectContaining({ name: `${given.base}:tutor`, base: given.base, kind: 'adapter' }),
  ])
  expect(bytes).toBeLessThan(600)
})

it(`a list has at most ${MAX_LISTED_MODELS} models, a viewer’s own and the newest first`, async () => {
  const newViewer = async () => ({ accountId: (await newAccount()).account.id })
  const [carl, mallory] = [await newViewer(), await newViewer()]
  const { model } = await published({ ...carl })
  const { model: foreign } = await published({ ...mallory })
  const names = async () => (await models.list(carl)).map(({ name }) => name)
  await shares.share(foreign.name, mallory, [carl.accountId])
  expect(await names()).toEqual([model.name, foreign.name])
  const stem = unique('many')
  const copy = (number: number) => ({
    ...model,
    id: newId(),
    jobId: newId(),
    stem: `${stem}${number}`,
    name: `${stem}${number}`,
  })
  for (let number = 0; number < MAX_LISTED_MODELS - 2; number += 1)
    await db.insert(tunedModels).values(copy(number))
  expect((await names()).at(-1)).toBe(foreign.name)
  await db.insert(tunedModels).values(copy(MAX_LISTED_MODELS))
  expect(await names()).toHaveLength(MAX_LISTED_MODELS)
  expect(await names()).not.toContain(foreign.name)
  expect(await models.find(foreign.name, carl)).toBeDefined()
})

describe('a model is published', () => {
  it('under its base and its suffix, once for each job and step', async () => {
    const { given, model } = await published()
    expect(model.name).toBe(`${given.base}:tutor`)
    expect(await models.publish(given)).toEqual(model)
    const step = await models.publish({ ...given, step: 40 })
    expect(step.name).toBe(`${given.base}:tutor.step-40`)
    expect(await models.publish({ ...given, step: 40 })).toEqual(step)
  })

  it('once also when the same report comes twice at a time', async () => {
    const given = await tunedResult({ ...ada, base: unique('base') })
    const twins = await Promise.all([models.publish(given), models.publish(given)])
    expect(twins[0]?.id).toBe(twins[1]?.id)
  })

  it('with a short id of its job where the name is another job’s, all of its checkpoints too', async () => {
    const { given } = await published({ step: 10 }) // the other job has not even ended
    const second = { ...given, jobId: newId() }
    const name = `${given.base}:tutor-${second.jobId.slice(-8)}`
    expect((await models.publish({ ...second, step: 20 })).name).toBe(`${name}.step-20`)
    expect((await models.publish({ ...second, step: null })).name).toBe(name)
    expect((await models.publish({ ...given, step: null })).name).toBe(`${given.base}:tutor`)
  })

  it('with a short id of its job where a node has a model or an adapter of that name', async () => {
    const base = unique('base')
    pool.add(`${base}:tutor`)
    const { model, given } = await published({ base })
    expect(model.name).toBe(`${base}:tutor-${given.jobId.slice(-8)}`)
  })

  it('by its job’s id where nobody gave a suffix, and not under a suffix that is not one', async () => {
    const { model, given } = await published({ suffix: null })
    expect(model.name).toBe(`${given.base}:${given.jobId.slice(-8)}`)
    await expect(published({ suffix: 'a:b' })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it(`with at most ${MAX_ADAPTER_PARTS} parts, where it is an adapter`, async () => {
    const part = { bytes: 1, sha256: 'ab'.repeat(32) }
    const inParts = (count: number) => ({
      file: { bytes: count, sha256: part.sha256, parts: Array.from({ length: count }, () => part) },
      objectKeys: Array.from({ length: count }, (_, index) => `k/${index}`),
    })
    await published(inParts(MAX_ADAPTER_PARTS))
    await expect(published(inParts(MAX_ADAPTER_PARTS + 1))).rejects.toMatchObject({ code: 'too_large' })
    await published({ ...inParts(MAX_ADAPTER_PARTS + 1), kind: 'weights' })
  })
})

describe('a model exists', () => {
  it('for its account and for administrators alone', async () => {
    const { model } = await published()
    expect(await models.find(model.name, ada)).toEqual(model)
    expect(await models.find(model.name, admin)).toEqual(model)
    for (const other of [eve, viewer]) {
      expect(await models.find(model.name, other)).toBeUndefined()
      expect(await models.target(model.name, other)).toBeUndefined()
      expect((await models.list(other)).map(({ name }) => name)).not.toContain(model.name)
      await expect(models.owned(model.name, other)).rejects.toMatchObject({
        code: 'model_not_found',
        message: `The model '${model.name}' does not exist.`,
      })
    }
  })

  it('for whoever has one of Clara’s roles, where it came of a job of hers', async () => {
    const { model } = await published({ visibility: 'clara' })
    expect(await models.find(model.name, viewer)).toEqual(model)
    expect((await models.list(viewer)).map(({ name }) => name)).toContain(model.name)
    expect(await models.find(model.name, eve)).toBeUndefined()
    await expect(models.owned(model.name, viewer)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('for an account that it is shared with, as long as it is', async () => {
    const { model } = await published()
    const [share] = await shares.share(model.name, ada, [eve.accountId])
    expect(await models.find(model.name, eve)).toEqual(model)
    expect(await models.list(eve)).toMatchObject([{ name: model.name }])
    await expect(models.owned(model.name, eve)).rejects.toMatchObject({ code: 'forbidden' })
    await shares.unshare(model.name, ada, share?.id ?? '')
    expect(await models.find(model.name, eve)).toBeUndefined()
  })

  it('also where a node has one of its name since: for its account it is its own', async () => {
    const { model } = await published()
    pool.add(model.name)
    expect(await models.find(model.name, ada)).toEqual(model)
    expect(await models.find(model.name, eve)).toBeUndefined()
  })

  it('is asked of the database once in a while, where the pool has the name', async () => {
    const name = unique('pooled')
    pool.add(name)
    const count = vi.spyOn(db, '$count')
    const select = vi.spyOn(db, 'select')
    for (let call = 0; call < 3; call += 1) expect(await models.find(name, ada)).toBeUndefined()
    expect(count).toHaveBeenCalledTimes(1)
    expect(select).not.toHaveBeenCalled()
    clock.now += NOT_TUNED_CACHE_MS
    await models.find(name, ada)
    expect(count).toHaveBeenCalledTimes(2)
    vi.restoreAllMocks()
  })
})

describe('a call of a model', () => {
  it('goes to nodes under another name, with an address for each part', async () => {
    const { model, given } = await published()
    const target = await models.target(model.name, ada)
    expect(target).toMatchObject({
      name: model.name,
      base: given.base,
      model: `${given.base}:${tunedSuffix(model.id)}`,
    })
    const ticket = await target?.ticket()
    expect(ticket?.file).toEqual(given.file)
    expect(await signedBytes.open(ticket?.tokens[0] ?? '', 'GET')).toMatchObject({
      key: given.objectKeys[0],
      method: 'GET',
    })
  })

  it('has the same addresses as others, as long as they are good for a while', async () => {
    const { model } = await published()
    const ticket = async () => (await models.target(model.name, ada))?.ticket()
    const first = await ticket()
    clock.now += TICKET_CACHE_MS - 1
    expect(await ticket()).toEqual(first)
    clock.now += 1
    expect(await ticket()).not.toEqual(first)
    expect(TICKET_CACHE_MS * 2).toBeLessThan(SIGNED_BYTES_SECONDS * 1_000)
  })

  it('is never by the name that nodes have for it', async () => {
    const { model, given } = await published()
    await expect(models.target(`${given.base}:${tunedSuffix(model.id)}`, ada)).rejects.toMatchObject({
      code: 'model_not_found',
    })
  })

  it('is refused in words where it is a file of all weights', async () => {
    const { model } = await published({ kind: 'weights' })
    await expect(models.target(model.name, ada)).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'model',
    })
  })
})

describe('a model that is deleted', () => {
  it('is no more: its name, its bytes, its shares, and what nodes keep', async () => {
    const { model, given } = await published()
    await shares.share(model.name, ada, [eve.accountId])
    const target = await models.target(model.name, eve)
    expect(await target?.exists()).toBe(true)
    expect(await missingAdapters(db, [model.id, 'x'])).toEqual(['x'])
    await models.remove(model.name, ada)
    expect(await target?.exists()).toBe(false)
    expect(await models.find(model.name, ada)).toBeUndefined()
    expect(await env.FILES.head(given.objectKeys[0] ?? '')).toBeNull()
    expect(withdraw).toHaveBeenLastCalledWith([model.id])
    expect(onRemove).toHaveBeenLastCalledWith(given.jobId)
    expect(await missingAdapters(db, [model.id])).toEqual([model.id])
    expect((await published({ base: given.base })).model.name).toBe(model.name)
  })

  it('leaves the bytes that another model of its job has as well', async () => {
    const { model, given } = await published()
    const step = await models.publish({ ...given, step: 7 })
    await models.remove(model.name, ada)
    expect(await env.FILES.head(given.objectKeys[0] ?? '')).not.toBeNull()
    await models.remove(step.name, admin)
    expect(await env.FILES.head(given.objectKeys[0] ?? '')).toBeNull()
  })

  it('was its account’s or an administrator’s to delete', async () => {
    const { model } = await published()
    await shares.share(model.name, ada, [eve.accountId])
    await expect(models.remove(model.name, eve)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(models.remove(model.name, viewer)).rejects.toMatchObject({ code: 'model_not_found' })
  })
})

describe('sharing', () => {
  it('keeps the permission that is there, and pages through all of them', async () => {
    const { model } = await published()
    const [first] = await shares.share(model.name, ada, [eve.accountId])
    const both = await shares.share(model.name, ada, [eve.accountId, viewer.accountId])
    expect(both).toHaveLength(2)
    expect(both.find(({ accountId }) => accountId === eve.accountId)).toEqual(first)
    const pageOf = (limit: number, after?: string) =>
      shares.listShares(model.name, ada, { limit, after, order: 'ascending' })
    const page = await pageOf(1)
    expect(page).toMatchObject({ hasMore: true, shares: [expect.anything()] })
    const rest = await pageOf(1, page.shares[0]?.id)
    expect(rest.hasMore).toBe(false)
    const inOrder = [...page.shares, ...rest.shares]
    expect(await pageOf(2)).toEqual({ hasMore: false, shares: inOrder })
    expect((await shares.listShares(model.name, ada, { limit: 2 })).shares).toEqual(inOrder.toReversed())
    const one = await shares.listShares(model.name, ada, { limit: 9, accountId: eve.accountId })
    expect(one.shares).toEqual([first])
  })

  it('is with accounts that are there: all of those named, or none', async () => {
    const { model } = await published()
    await expect(shares.share(model.name, ada, [eve.accountId, newId()])).rejects.toMatchObject({
      code: 'not_found',
      param: 'project_ids',
    })
    expect(await shares.listShares(model.name, ada, { limit: 9 })).toEqual({ shares: [], hasMore: false })
  })

  it(`is with at most ${MAX_SHARES} accounts`, async () => {
    const { model } = await published()
    const ids = Array.from({ length: MAX_SHARES + 1 }, () => newId())
    await env.DB.batch(
      ids.map((id, index) =>
        env.DB.prepare(`INSERT INTO accounts (id, number, roles, created_at) VALUES (?, ?, '[]', 0)`).bind(
          id,
          1_000_000 + index,
        ),
      ),
    )
    const tooMany = { code: 'conflict', param: 'project_ids' }
    await expect(shares.share(model.name, ada, ids)).rejects.toMatchObject(tooMany)
    expect(await shares.share(model.name, ada, ids.slice(0, MAX_SHARES))).toHaveLength(MAX_SHARES)
    await expect(shares.share(model.name, ada, ids.slice(MAX_SHARES))).rejects.toMatchObject(tooMany)
    expect(await shares.share(model.name, ada, ids.slice(0, 2))).toHaveLength(2)
  })

  it('is its account’s and administrators’ alone', async () => {
    const { model } = await published()
    const [share] = await shares.share(model.name, admin, [eve.accountId])
    await expect(shares.share(model.name, eve, [viewer.accountId])).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(shares.listShares(model.name, viewer, { limit: 1 })).rejects.toMatchObject({
      code: 'model_not_found',
    })
    await expect(shares.unshare(model.name, eve, share?.id ?? '')).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(shares.unshare(model.name, ada, newId())).rejects.toMatchObject({ code: 'not_found' })
  })
})
