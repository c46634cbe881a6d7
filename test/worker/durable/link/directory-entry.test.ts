import { beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { DEFAULT_REGION } from '../../../../shared/node.ts'
import { DirectoryEntry } from '../../../../worker/durable/link/directory-entry.ts'
import { LinkMetrics } from '../../../../worker/durable/link/link-metrics.ts'
import type { PoolStub } from '../../../../worker/services/pool/pool-view.ts'

let told: string[]
let down: Set<string>
let stored: Map<string, unknown>
let work: Promise<unknown>[]
let entry: DirectoryEntry

beforeEach(() => {
  told = []
  down = new Set()
  stored = new Map()
  work = []
  const kv = {
    get: (key: string) => stored.get(key),
    put: (key: string, value: unknown) => stored.set(key, value),
    delete: (key: string) => stored.delete(key),
  }
  const pool = (region: string) => {
    const answer = async <Answer>(what: string, value: Answer): Promise<Answer> => {
      if (down.has(region)) throw new Error('no answer')
      told.push(`${what} ${region}`)
      return value
    }
    return {
      report: (_nodeId, { everHeld }) => answer(everHeld ? `held ${everHeld}` : 'report', undefined),
      remove: () => answer('remove', ['m']),
    } satisfies Partial<PoolStub> as Partial<PoolStub> as PoolStub // all that an entry asks of it
  }
  entry = new DirectoryEntry({
    storage: { kv } as unknown as DurableObjectStorage, // all that an entry uses of it here
    pool,
    nodeId: () => 'a',
    metrics: new LinkMetrics(),
    waitUntil: (promise) => void work.push(promise),
    log: createLogger(() => {}),
  })
})

const settled = () => Promise.all(work.splice(0))

describe('a node’s place in the directory', () => {
  it('is the region without a name for one of an earlier version, which it leaves for another', async () => {
    stored.set('hello', {})
    expect(entry.region).toBe(DEFAULT_REGION)
    entry.moveTo('eu')
    await settled()
    expect(entry.region).toBe('eu')
    expect(told).toEqual([`remove ${DEFAULT_REGION}`, 'held m eu'])
  })

  it('is none that a new node would have to leave', async () => {
    entry.moveTo('eu')
    await settled()
    expect(told).toEqual([])
  })

  it('is told to a region that could not be told, until it knows', async () => {
    entry.moveTo('eu')
    down.add('eu')
    entry.moveTo('na')
    await settled()
    expect(await entry.leave()).toBe(false)
    down.clear()
    expect(await entry.leave()).toBe(true)
    expect(told).toEqual(['remove eu', 'held m na'])
    expect(await entry.leave()).toBe(true)
    expect(told).toHaveLength(2)
  })

  it('is not left when the node comes back to it', async () => {
    entry.moveTo('eu')
    down.add('eu')
    entry.moveTo('na')
    await settled()
    down.clear()
    entry.moveTo('eu')
    await settled()
    expect(told).toEqual(['remove na', 'held m eu'])
    expect(await entry.leave()).toBe(true)
  })

  it('is nowhere once the node is revoked, and nothing is kept of it', async () => {
    entry.moveTo('eu')
    down.add('eu')
    expect(await entry.forget()).toBe(false)
    expect([...stored.keys()]).toEqual(['leftRegions'])
    down.clear()
    expect(await entry.leave()).toBe(true)
    await settled()
    expect(told).toEqual(['remove eu'])
    expect([...stored]).toEqual([])
  })
})
