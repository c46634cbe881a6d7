import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { storageReservations } from '../../../../worker/db/tables/storage.ts'
import {
  createQuota,
  RESERVATION_MS,
  RESERVED_STEP_BYTES,
  type StorageLimits,
} from '../../../../worker/services/files/quota.ts'
import { freshAccounts } from '../../world.ts'

const db = createDb(env.DB)

async function setUp(limits: Partial<StorageLimits> = {}) {
  const clock = { now: Date.now() }
  const set: StorageLimits = { bytes: 100, files: 10, ...limits }
  const quota = createQuota({ db, limitsOf: async () => set, now: () => clock.now })
  const { accounts } = freshAccounts()
  const username = `u-${crypto.randomUUID()}`
  const { id } = await accounts.create({ email: null, username, password: 'a password', roles: [] })
  const stored = async () => {
    const { bytes, files } = await quota.usage(id)
    return [bytes, files]
  }
  return { clock, set, quota, id, stored }
}
const one = (bytes: number) => ({ bytes, files: 1 })

describe('room for files', () => {
  it('is there up to the limit of bytes, and not for one more', async () => {
    const { quota, id, stored } = await setUp()
    await expect(quota.reserve(id, one(101))).rejects.toMatchObject({
      code: 'storage_full',
      message: 'Your storage holds at most 100 bytes: this file is larger than that.',
    })
    await (await quota.reserve(id, one(60))).commit(one(60))
    await expect(quota.reserve(id, one(41))).rejects.toMatchObject({
      code: 'storage_full',
      message: 'Your storage holds at most 100 bytes: 40 are left.',
    })
    await quota.reserve(id, one(40))
    expect(await stored()).toEqual([100, 2])
  })

  it('is there up to the limit of files, and not for one more', async () => {
    const { quota, id, stored } = await setUp({ files: 2 })
    await (await quota.reserve(id, one(0))).commit(one(0))
    await quota.reserve(id, one(0))
    await expect(quota.reserve(id, one(0))).rejects.toMatchObject({
      code: 'storage_full',
      message: 'Your storage holds at most 2 files, and has 2.',
    })
    expect(await stored()).toEqual([0, 2])
  })

  it('is given to as many at once as it is there for', async () => {
    const { quota, id, stored } = await setUp()
    const asked = await Promise.allSettled(Array.from({ length: 10 }, () => quota.reserve(id, one(30))))
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect(await stored()).toEqual([90, 3])
  })

  it('is counted for each account by itself, and without an end where there is no limit', async () => {
    const [ada, eve] = [await setUp(), await setUp({ bytes: null, files: null })]
    await eve.quota.reserve(eve.id, { bytes: 2 ** 50, files: 1_000_000 })
    await ada.quota.reserve(ada.id, one(100))
    expect(await ada.quota.usage(ada.id)).toEqual({ bytes: 100, files: 1, limits: ada.set })
  })

  it('is counted by what was stored once it is committed, and given back when it is released', async () => {
    const { quota, id, stored } = await setUp()
    const [kept, left] = [await quota.reserve(id, one(50)), await quota.reserve(id, one(50))]
    await kept.commit({ bytes: 20, files: 1 })
    await left.release()
    await kept.release()
    expect(await stored()).toEqual([20, 1])
  })

  it('is free again with what is deleted, and never less than nothing', async () => {
    const { quota, id, stored } = await setUp()
    await (await quota.reserve(id, one(50))).commit(one(50))
    await quota.free(id, one(30))
    expect(await stored()).toEqual([20, 0])
    await quota.free(id, one(30))
    expect(await stored()).toEqual([0, 0])
  })

  it('counts all accounts together', async () => {
    const { quota, id } = await setUp()
    const before = await quota.total()
    await (await quota.reserve(id, one(10))).commit(one(10))
    await quota.reserve(id, one(5))
    expect(await quota.total()).toEqual({ bytes: before.bytes + 15, files: before.files + 2 })
  })
})

describe('room that grows', () => {
  it('does so in portions, and by the byte when no more is left', async () => {
    const limit = RESERVED_STEP_BYTES + 10
    const { quota, id, stored } = await setUp({ bytes: limit })
    const room = await quota.reserve(id, one(0))
    await room.cover(1)
    expect(await stored()).toEqual([RESERVED_STEP_BYTES, 1])
    await room.cover(RESERVED_STEP_BYTES + 1)
    expect(await stored()).toEqual([RESERVED_STEP_BYTES + 1, 1])
    await room.cover(limit)
    await expect(room.cover(limit + 1)).rejects.toMatchObject({ code: 'storage_full' })
    await room.commit(one(limit))
    expect(await stored()).toEqual([limit, 1])
  })

  it('never passes the limit together with others', async () => {
    const { quota, id } = await setUp()
    const rooms = await Promise.all([1, 2, 3, 4].map(() => quota.reserve(id, one(10))))
    const asked = await Promise.allSettled(rooms.map((room) => room.cover(40)))
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  })

  it('may keep what it has although the plan has shrunk', async () => {
    const { quota, id, set, clock } = await setUp()
    const room = await quota.reserve(id, one(50))
    set.bytes = 10
    clock.now += RESERVATION_MS - 1
    await room.cover(50)
    await expect(room.cover(51)).rejects.toMatchObject({ code: 'storage_full' })
  })
})

describe('room that was abandoned', () => {
  it('counts until its time is over, and is then swept', async () => {
    const { quota, id, clock, stored } = await setUp()
    const { id: reservation } = await quota.reserve(id, one(100))
    const rows = async () => (await db.select().from(storageReservations)).map((row) => row.id)
    clock.now += RESERVATION_MS - 1
    expect(await stored()).toEqual([100, 1])
    await quota.sweep()
    expect(await rows()).toContain(reservation)
    clock.now += 1
    expect(await stored()).toEqual([0, 0])
    expect(await quota.sweep()).toBeGreaterThan(0)
    expect(await rows()).not.toContain(reservation)
  })

  it('lives as long as it is asked for, and again as long after each growth', async () => {
    const { quota, id, clock, stored } = await setUp()
    const room = await quota.reserve(id, one(10), { lifetimeMs: 1_000 })
    clock.now += 500
    await room.cover(10)
    clock.now += 999
    expect(await stored()).toEqual([10, 1])
    clock.now += 1
    expect(await stored()).toEqual([0, 0])
  })

  it('grows no more once it is swept, and only into what is left before', async () => {
    const { quota, id, clock } = await setUp()
    const [late, later] = [await quota.reserve(id, one(60)), await quota.reserve(id, one(40))]
    clock.now += RESERVATION_MS
    await quota.reserve(id, one(60))
    await later.cover(40)
    await quota.sweep()
    await expect(late.cover(61)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is found again by the id that it was made with, by its own account alone', async () => {
    const { quota, id, stored } = await setUp()
    const upload = newId()
    await quota.reserve(id, one(10), { id: upload })
    const eve = await setUp()
    await quota.resume(eve.id, upload).release()
    await expect(quota.resume(eve.id, upload).cover(1)).rejects.toMatchObject({ code: 'conflict' })
    const room = quota.resume(id, upload)
    await room.cover(30)
    expect(await stored()).toEqual([30, 1])
    await room.commit(one(30))
    await quota.resume(id, upload).release()
    expect(await stored()).toEqual([30, 1])
  })
})
