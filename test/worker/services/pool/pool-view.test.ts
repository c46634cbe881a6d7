import { describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { DEFAULT_REGION } from '../../../../shared/node.ts'
import type { NodeView } from '../../../../worker/services/pool/node-view.ts'
import { placesOf } from '../../../../worker/services/pool/places.ts'
import {
  createPoolView,
  REGIONS_MAX_AGE_MS,
  RENEWAL_MIN_AGE_MS,
  SNAPSHOT_MAX_AGE_MS,
} from '../../../../worker/services/pool/pool-view.ts'
import { RegionIndex } from '../../../../worker/services/pool/region-index.ts'
import { nodeView, poolOf } from '../../samples.ts'

/** A pool of regions, each with its nodes, and who was asked for what. */
function setUp(regions: Record<string, NodeView[]>) {
  const state = { now: 0, isDown: false, regions: new Map(Object.entries(regions)) }
  const asked: string[] = []
  const lines: Record<string, unknown>[] = []
  const indexes = new Map<string, RegionIndex>()
  const pool = createPoolView({
    listRegions: async () => {
      asked.push('list')
      if (state.isDown) throw new Error('no list')
      return [...state.regions.keys()].filter((name) => name !== DEFAULT_REGION)
    },
    changes: async (name, known) => {
      asked.push(name)
      if (state.isDown) throw new Error('no answer')
      const index = indexes.get(name) ?? new RegionIndex()
      indexes.set(name, index)
      for (const node of state.regions.get(name) ?? []) index.put(node)
      return structuredClone(index.changesSince(known))
    },
    log: createLogger((line) => lines.push(JSON.parse(line))),
    now: () => state.now,
  })
  const askedSince = () => asked.splice(0)
  return { pool, state, lines, askedSince }
}

describe('an isolate knows the pool', () => {
  it('for a second after it has asked', async () => {
    let now = 0
    const read = vi.fn(async () => [nodeView('a')])
    const pool = poolOf(read, () => now)
    expect((await pool.home()).counts).toEqual({ online: 1, known: 1 })
    now = SNAPSHOT_MAX_AGE_MS - 1
    await pool.home()
    expect(read).toHaveBeenCalledTimes(1)
    now = SNAPSHOT_MAX_AGE_MS
    await pool.home()
    expect(read).toHaveBeenCalledTimes(2)
  })

  it('by one question a second, however many requests come in that second', async () => {
    const { pool, state, askedSince } = setUp({ [DEFAULT_REGION]: [nodeView('a')] })
    await pool.home()
    askedSince()
    state.now = SNAPSHOT_MAX_AGE_MS
    const counts = await Promise.all(Array.from({ length: 5 }, async () => (await pool.home()).counts.known))
    expect(counts).toEqual([1, 1, 1, 1, 1])
    expect(askedSince()).toEqual([DEFAULT_REGION])
  })

  it(`for ${RENEWAL_MIN_AGE_MS} ms, where somebody has found that it is not so any more`, async () => {
    const { pool, state, askedSince } = setUp({ [DEFAULT_REGION]: [nodeView('a')], eu: [nodeView('b')] })
    await pool.all()
    askedSince()
    state.now = RENEWAL_MIN_AGE_MS - 1
    expect(await pool.renew()).toBe(false)
    expect(askedSince()).toEqual([])
    state.now = RENEWAL_MIN_AGE_MS
    expect(await pool.renew()).toBe(true)
    expect(askedSince().toSorted()).toEqual([DEFAULT_REGION, 'eu'].toSorted())
    expect(await pool.renew()).toBe(false)
  })

  it('as it was, while the directory cannot be asked, and says so in the log', async () => {
    const { pool, state, lines } = setUp({ [DEFAULT_REGION]: [nodeView('a')] })
    await pool.home()
    state.isDown = true
    state.now = REGIONS_MAX_AGE_MS
    expect((await pool.home()).counts.known).toBe(1)
    expect(lines.map(({ event }) => event)).toEqual(['pool.regions_unreadable', 'pool.unreadable'])
  })

  it('not at all, where it never could ask: that is another thing than no nodes', async () => {
    const { pool, state } = setUp({})
    state.isDown = true
    expect((await pool.home()).cursor).toBeUndefined()
    state.isDown = false
    state.now = REGIONS_MAX_AGE_MS
    expect((await pool.home()).cursor).toBeDefined()
  })
})

describe('the region of an isolate', () => {
  const regions = { eu: [nodeView('a')], nl: [nodeView('b')], na: [nodeView('c'), nodeView('d')] }
  const homeOf = async (places: string[]) => {
    const { pool, askedSince } = setUp(regions)
    pool.locate(places)
    await pool.home()
    return askedSince().at(-1)
  }

  it.each([
    ['the nearest that there is', ['ams', 'nl', 'eu'], 'nl'],
    ['its continent’s, where there is no nearer one', ['muc', 'de', 'eu'], 'eu'],
    ['the one without a name where there is none', ['jnb', 'za', 'af'], DEFAULT_REGION],
    ['the one without a name where nothing is known', [], DEFAULT_REGION],
  ])('is %s', async (_rule, places, home) => {
    expect(await homeOf(places)).toBe(home)
  })

  it('is the only one that is asked while nobody asks for the others', async () => {
    const { pool, state, askedSince } = setUp(regions)
    pool.locate(['eu'])
    await pool.home()
    state.now = SNAPSHOT_MAX_AGE_MS
    await pool.home()
    expect(askedSince()).toEqual(['list', 'eu', 'eu'])
  })

  it('comes before the others, each of which is there once', async () => {
    const { pool } = setUp(regions)
    pool.locate(['na'])
    const known = (await pool.all()).map(({ counts }) => counts.known)
    expect(known[0]).toBe(2)
    expect(known.toSorted()).toEqual([0, 1, 1, 2])
  })
})

describe('which regions there are', () => {
  it(`is asked again after ${REGIONS_MAX_AGE_MS} ms while the own one has what is needed`, async () => {
    const { pool, state, askedSince } = setUp({ eu: [nodeView('a')] })
    const listed = async (now: number) => {
      state.now = now
      await pool.home()
      return askedSince().includes('list')
    }
    expect(await listed(0)).toBe(true)
    expect(await listed(REGIONS_MAX_AGE_MS - 1)).toBe(false)
    expect(await listed(REGIONS_MAX_AGE_MS)).toBe(true)
  })

  it('is known within a second to who looks at all of them', async () => {
    const { pool, state } = setUp({})
    expect(await pool.others()).toEqual([])
    state.regions.set('eu', [nodeView('a')])
    state.now = SNAPSHOT_MAX_AGE_MS
    expect((await pool.others()).map(({ counts }) => counts.known)).toEqual([1])
    state.regions.delete('eu')
    state.now = 2 * SNAPSHOT_MAX_AGE_MS
    expect(await pool.others()).toEqual([])
  })
})

describe('where a request comes in', () => {
  it.each([
    [{ colo: 'AMS', country: 'NL', continent: 'EU', city: 'Amsterdam' }, ['ams', 'nl', 'eu']],
    [{ country: 'T1' }, ['t1']],
    [{ colo: 'a name that is none', country: 7, continent: null }, []],
    [{ continent: '__proto__' }, []],
    [undefined, []],
    ['text', []],
  ])('%j is near %j', (origin, places) => {
    expect(placesOf(origin)).toEqual(places)
  })
})
