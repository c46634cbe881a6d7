import { describe, expect, it } from 'vitest'
import type { NodeView } from '../../../../../../worker/services/pool/node-view.ts'
import type { Nodes } from '../../../../../../worker/services/pool/nodes.ts'
import {
  LOOK_EVERY_MS,
  WATCH_ALIVE_MS,
  watch,
} from '../../../../../../worker/surfaces/openai/routes/nodes/live.ts'
import { eventually } from '../../../../../support/eventually.ts'
import { nodeHello } from '../../../../../support/frames.ts'
import { uniqueModel } from '../../../../samples.ts'
import { createWorld } from '../../../../world.ts'

type Listed = Awaited<ReturnType<Nodes['list']>>[number]

const viewOf = (nodeId: string, over: Partial<NodeView> = {}): Listed['view'] => ({
  nodeId,
  linked: true,
  draining: false,
  hello: nodeHello(),
  everHeld: [],
  gauge: null,
  load: new Map(),
  openCalls: 0,
  metrics: {},
  since: 0,
  region: 'default',
  ...over,
})
const listed = (id: string, over?: Partial<NodeView>): Listed => ({
  id,
  name: id,
  createdAt: 0,
  allowedModels: null,
  jobs: [],
  view: viewOf(id, over),
})

/** The events of a watch that looks at these lists, one after the other, half a second apart. */
async function eventsOf(looks: Listed[][]) {
  const abort = new AbortController()
  let now = 0
  let look = 0
  const nodes = {
    list: async () => looks[Math.min(look, looks.length - 1)] ?? [],
    history: async () => new Map(),
  }
  const wait = async (ms: number) => {
    now += ms
    look += 1
    if (look >= looks.length) abort.abort()
  }
  const events = []
  for await (const event of watch(nodes, abort.signal, { now: () => now, wait })) events.push(event)
  return events
}

describe('those who watch the nodes', () => {
  it('are told of all of them, then of those that change, and of those that are gone', async () => {
    const events = await eventsOf([
      [listed('attic'), listed('cellar')],
      [listed('attic'), listed('cellar', { linked: false })],
      [listed('attic')],
    ])
    expect(events).toMatchObject([
      { type: 'snapshot', nodes: [{ id: 'attic' }, { id: 'cellar' }], history: [] },
      { type: 'change', nodes: [{ id: 'cellar', status: 'offline' }], gone: [] },
      { type: 'change', nodes: [], gone: ['cellar'] },
    ])
  })

  it('are told of no change where only the time has passed that calls wait', async () => {
    const waiting = { load: new Map([['starter', { active: 1, queued: 1, queue: [0] }]]) }
    const attic = listed('attic', waiting)
    expect(await eventsOf([[attic], [attic]])).toHaveLength(1)
  })

  it('hear a sign of life where nothing happens', async () => {
    const attic = listed('attic')
    const looks = Array.from({ length: WATCH_ALIVE_MS / LOOK_EVERY_MS + 1 }, () => [attic])
    expect((await eventsOf(looks)).slice(1)).toEqual([undefined])
  })
})

describe('GET /v1/nodes/events', () => {
  it('tells an administrator of a node that arrives, within a second', async () => {
    const world = await createWorld()
    const response = await world.request('/v1/nodes/events')
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const heard: string[] = []
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const reading = (async () => {
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
        if (done) return
        heard.push(value)
      }
    })()
    await eventually(() => expect(heard.join('')).toContain('"type":"snapshot"'))
    const { holding } = uniqueModel()
    await world.addNode({ models: [holding] })
    await eventually(() => expect(heard.join('')).toMatch(/"type":"change"/))
    await eventually(() => expect(heard.join('')).toContain(holding.id))
    await reader?.cancel()
    await reading
  })

  it('is closed to whoever is no administrator', async () => {
    const world = await createWorld()
    expect((await world.request('/v1/nodes/events', { key: world.viewerKey })).status).toBe(403)
    expect((await world.request('/v1/nodes/events', { key: '' })).status).toBe(401)
  })
})
