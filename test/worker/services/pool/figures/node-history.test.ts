import { describe, expect, it } from 'vitest'
import {
  HISTORY_MS,
  type HistoryStore,
  NodeHistory,
  type NodeSample,
  SAMPLE_EVERY_MS,
} from '../../../../../worker/services/pool/figures/node-history.ts'
import type { NodeView } from '../../../../../worker/services/pool/node-view.ts'

type Noted = Parameters<NodeHistory['note']>[0]
const load = (active: number, queued: number): NodeView['load'] =>
  new Map([
    ['a', { active, queued, queue: [] }],
    ['b', { active: 1, queued: 0, queue: [] }],
  ])
const attic = (over: Partial<Noted> = {}): Noted => ({
  nodeId: 'attic',
  linked: true,
  gauge: { rssMiB: 100, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 12.5 },
  load: load(2, 3),
  ...over,
})

/** Keeps as an object's storage does: by node and place. */
function keptInMemory(): HistoryStore {
  const kept = new Map<string, readonly [string, readonly NodeSample[]]>()
  return {
    put: (nodeId, place, minute) => kept.set(`${nodeId}:${place}`, [nodeId, minute]),
    get: (nodeId, place) => kept.get(`${nodeId}:${place}`)?.[1] ?? [],
    all: () => kept.values(),
    remove: (nodeId) => {
      for (const key of kept.keys()) if (key.startsWith(`${nodeId}:`)) kept.delete(key)
    },
  }
}

function historyAt(start = 1_000_000) {
  let now = start
  const store = keptInMemory()
  return {
    history: new NodeHistory(store, () => now),
    /** The same after an eviction. */
    again: () => new NodeHistory(store, () => now),
    pass: (ms: number) => {
      now += ms
    },
  }
}

describe('the history of a node', () => {
  it('has what was measured, calls of all models together, and null for what was not', () => {
    const { history } = historyAt()
    history.note(attic())
    history.note(attic({ nodeId: 'cellar', gauge: null, load: new Map() }))
    expect(history.all()).toEqual(
      new Map([
        [
          'attic',
          [{ at: 1_000_000, tokensPerSecond: 12.5, active: 3, queued: 3, rssMiB: 100, vramUsedMiB: null }],
        ],
        [
          'cellar',
          [{ at: 1_000_000, tokensPerSecond: null, active: 0, queued: 0, rssMiB: null, vramUsedMiB: null }],
        ],
      ]),
    )
  })

  it('takes one sample in five seconds, however often the node says something', () => {
    const { history, pass } = historyAt()
    history.note(attic())
    pass(SAMPLE_EVERY_MS - 1)
    history.note(attic())
    expect(history.all().get('attic')).toHaveLength(1)
    pass(1)
    history.note(attic())
    expect(history.all().get('attic')).toHaveLength(2)
  })

  it('ends an hour ago, and holds no more than its samples', () => {
    const { history, pass } = historyAt()
    const most = HISTORY_MS / SAMPLE_EVERY_MS
    for (let taken = 0; taken <= most; taken += 1) {
      history.note(attic())
      pass(SAMPLE_EVERY_MS)
    }
    const samples = history.all().get('attic') ?? []
    expect(samples.length).toBeLessThanOrEqual(most)
    expect(samples[0]?.at).toBeGreaterThan(1_000_000)
    pass(HISTORY_MS)
    expect(history.all().get('attic')).toEqual([])
  })

  it('is whole after an eviction, however often there is one, with what comes afterwards', () => {
    const { history, again, pass } = historyAt()
    for (let taken = 0; taken < 30; taken += 1) {
      history.note(attic())
      pass(SAMPLE_EVERY_MS)
    }
    const before = history.all()
    const woken = again()
    woken.note(attic())
    expect(woken.all().get('attic')?.slice(0, -1)).toEqual(before.get('attic'))
    expect(again().all()).toEqual(woken.all())
    pass(HISTORY_MS)
    expect(again().all().get('attic')).toEqual([])
  })

  it('has nothing of a node while its link is down, and nothing of one that was revoked', () => {
    const { history, again } = historyAt()
    history.note(attic({ linked: false }))
    expect(history.all()).toEqual(new Map())
    history.note(attic())
    history.forget('attic')
    expect(history.all()).toEqual(new Map())
    expect(again().all()).toEqual(new Map())
  })
})
