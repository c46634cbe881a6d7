import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { DEFAULT_REGION } from '../../../../shared/node.ts'
import { MAX_TRIES } from '../../../../worker/services/inference/call-run.ts'
import { type CallLink, createPlacing } from '../../../../worker/services/inference/placing.ts'
import type { NodeView } from '../../../../worker/services/pool/node-view.ts'
import { createPoolView } from '../../../../worker/services/pool/pool-view.ts'
import { RegionIndex } from '../../../../worker/services/pool/region-index.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { modelLoad, nodeView } from '../../samples.ts'

const generate = { model: 'm', capability: 'generate', affinity: 1 } as const
const log = createLogger(() => {})

/** Regions of nodes, of which some take calls; who was asked, as `node` or, for a place in its queue, `node…`. */
function setUp(
  regions: Record<string, NodeView[]>,
  { takers = [], down = [] }: { takers?: string[]; down?: string[] },
) {
  const asked: string[] = []
  const pool = createPoolView({
    listRegions: async () => Object.keys(regions),
    changes: async (name, known) => {
      if (down.includes(name)) throw new Error('no answer')
      const index = new RegionIndex()
      for (const node of new Map(Object.entries(regions)).get(name) ?? []) index.put(node)
      return index.changesSince(known)
    },
    log,
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
        return takers.includes(nodeId) ? { callId: '1', events: new ReadableStream() } : { refused: 'busy' }
      },
      avoid,
    )
    return nodeId
  }
  return { placed, asked }
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
