import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { DEFAULT_REGION } from '../../../../shared/node.ts'
import { MAX_TRIES } from '../../../../worker/services/inference/call-run.ts'
import { type CallLink, createPlacing } from '../../../../worker/services/inference/placing.ts'
import type { NodeView } from '../../../../worker/services/pool/node-view.ts'
import { createPoolView, RENEWAL_MIN_AGE_MS } from '../../../../worker/services/pool/pool-view.ts'
import { RegionIndex } from '../../../../worker/services/pool/region-index.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { modelLoad, nodeView } from '../../samples.ts'

const generate = { model: 'm', capability: 'generate', affinity: 1 } as const
const log = createLogger(() => {})

/** Regions of nodes, of which some take calls; who was asked, as `node` or, for a place in its queue, `node…`. */
function setUp(
  regions: Record<string, NodeView[]>,
  { takers = [], down = [], gone = [] }: { takers?: string[]; down?: string[]; gone?: string[] },
) {
  const asked: string[] = []
  const clock = { now: 0 }
  const pool = createPoolView({
    listRegions: async () => Object.keys(regions),
    changes: async (name, known) => {
      if (down.includes(name)) throw new Error('no answer')
      const index = new RegionIndex()
      for (const node of new Map(Object.entries(regions)).get(name) ?? []) index.put(node)
      return index.changesSince(known)
    },
    log,
    now: () => clock.now,
  })
  pool.locate(['home'])
  const link = { cancel: async () => null } as Partial<CallLink> as CallLink // what placing keeps for later
  let lastNode = ''
  const nodeLink = (nodeId: string) => {
    lastNode = nodeId
    return link
  }
  const place = createPlacing({ nodeLink, pool, log })
  const placed = async (avoid?: string) => {
    const { nodeId } = await place(
      generate,
      async (_link, mayWait) => {
        const nodeId = lastNode
        asked.push(mayWait ? `${nodeId}…` : nodeId)
        if (takers.includes(nodeId)) return { callId: '1', events: new ReadableStream() }
        return { refused: gone.includes(nodeId) ? 'away' : 'busy' }
      },
      avoid,
    )
    return nodeId
  }
  return { placed, asked, pool, clock }
}

const named = (...ids: string[]) => ids.map((id) => nodeView(id))
const holder = (id: string, over: Parameters<typeof modelHolding>[0], calls = 0) =>
  nodeView(id, {
    hello: nodeHello({ models: [modelHolding({ id: 'm', slots: 2, ...over })] }),
    load: new Map([['m', modelLoad(calls)]]),
  })

describe('a call stays in its region', () => {
  it('when a node there takes it, also into its queue', async () => {
    const { placed, asked } = setUp({ home: named('a'), far: named('b') }, { takers: ['a', 'b'] })
    expect(await placed()).toBe('a')
    expect(asked).toEqual(['a…'])
  })

  it('and goes to another when none there holds the model', async () => {
    const { placed } = setUp({ home: [], far: named('b') }, { takers: ['b'] })
    expect(await placed()).toBe('b')
  })

  it('and goes to another when all there are full', async () => {
    const { placed, asked } = setUp({ home: named('a'), far: named('b') }, { takers: ['b'] })
    expect(await placed()).toBe('b')
    expect(asked).toEqual(['a…', 'b…'])
  })

  it('and goes to another rather than back to the node that was just lost', async () => {
    const { placed, asked } = setUp({ home: named('a'), far: named('b') }, { takers: ['a', 'b'] })
    expect(await placed('a')).toBe('b')
    expect(asked).toEqual(['b…'])
  })

  it('and goes back to that node where no region has another one', async () => {
    const { placed } = setUp({ home: named('a'), far: [] }, { takers: ['a'] })
    expect(await placed('a')).toBe('a')
  })
})

describe('of other regions', () => {
  it(`no more than ${MAX_TRIES} nodes are asked, however many there are`, async () => {
    const { placed, asked } = setUp({ home: [], far: named('b', 'c'), further: named('d', 'e') }, {})
    await expect(placed()).rejects.toMatchObject({
      code: 'no_capacity',
      message: expect.stringMatching(/busy/),
    })
    expect(new Set(asked.map((name) => name.replace('…', ''))).size).toBe(MAX_TRIES)
  })

  it('those come first that could begin at once', async () => {
    const regions = {
      far: [holder('loads', { residence: 'disk' })],
      further: [holder('full', {}, 2)],
      furthest: [holder('free', {})],
    }
    const { asked, placed } = setUp(regions, {})
    await placed().catch(() => {})
    expect(asked.slice(0, 3)).toEqual(['free', 'full', 'loads'])
  })

  it('one that cannot be asked takes nothing away, and makes no model unknown', async () => {
    const regions = { home: [], gone: named('a'), far: named('b') }
    expect(await setUp(regions, { takers: ['b'], down: ['gone'] }).placed()).toBe('b')
    const without = { home: [holder('x', { id: 'another' })], gone: named('a') }
    await expect(setUp(without, { down: ['gone'] }).placed()).rejects.toMatchObject({ code: 'no_capacity' })
    await expect(setUp(without, {}).placed()).rejects.toMatchObject({ code: 'no_capacity' })
    const unknown = { home: [holder('x', { id: 'another' })], [DEFAULT_REGION]: [] }
    await expect(setUp(unknown, {}).placed()).rejects.toMatchObject({ code: 'model_not_found' })
  })
})

describe('a node that has come since the pool was looked at', () => {
  async function change(from: NodeView[], to: NodeView[], options: { takers: string[]; gone?: string[] }) {
    const regions = { home: from }
    const { placed, asked, pool, clock } = setUp(regions, options)
    await pool.all()
    regions.home = to
    return { placed, asked, clock }
  }
  const offline = nodeView('a', { linked: false })

  it('takes the call where the one that held the model has left', async () => {
    const { placed, asked, clock } = await change(named('a'), named('b'), { takers: ['b'], gone: ['a'] })
    clock.now = RENEWAL_MIN_AGE_MS
    expect(await placed()).toBe('b')
    expect(asked).toEqual(['a…', 'b…'])
  })

  it('takes the call where the one that held the model was not linked', async () => {
    const { placed, clock } = await change([offline], [offline, ...named('b')], { takers: ['b'] })
    clock.now = RENEWAL_MIN_AGE_MS
    expect(await placed()).toBe('b')
  })

  it('is not looked for where the nodes that are known are only busy', async () => {
    const { placed, clock } = await change(named('a'), named('b'), { takers: ['b'] })
    clock.now = RENEWAL_MIN_AGE_MS
    await expect(placed()).rejects.toMatchObject({ code: 'no_capacity' })
  })

  it('is not looked for by one call after another: what was asked a moment ago counts', async () => {
    const { placed, clock } = await change(named('a'), named('b'), { takers: ['b'], gone: ['a'] })
    clock.now = RENEWAL_MIN_AGE_MS - 1
    await expect(placed()).rejects.toMatchObject({ code: 'no_capacity' })
  })

  it('is no other model: one that nobody has ever held stays unknown', async () => {
    const other = holder('x', { id: 'another' })
    const { placed, clock } = await change([other], [other, ...named('b')], { takers: ['b'] })
    clock.now = RENEWAL_MIN_AGE_MS
    await expect(placed()).rejects.toMatchObject({ code: 'model_not_found' })
  })
})
