import { createRoute, type z } from '@hono/zod-openapi'
import { toAppError } from '../../../../../shared/errors.ts'
import { requireAdmin } from '../../../../http/auth.ts'
import { readerOf } from '../../../../http/lifeline.ts'
import { openaiErrorBody } from '../../../../http/openai-errors.ts'
import { SSE_KEEP_ALIVE, sseData, sseResponse } from '../../../../http/sse.ts'
import type { Surface } from '../../../../http/surface.ts'
import { pause } from '../../../../services/pause.ts'
import type { Nodes } from '../../../../services/pool/nodes.ts'
import { toNode } from '../../node-form.ts'
import { failures } from '../../schemas/common.ts'
import { NodeEvent } from '../../schemas/node.ts'

type Event = z.infer<typeof NodeEvent>

/** How often the nodes are looked at for whoever watches them. */
export const LOOK_EVERY_MS = 500

/** A sign of life where nothing changes: an absent reader keeps no model busy, so it may be rare. */
export const WATCH_ALIVE_MS = 5_000

const watchNodes = createRoute({
  method: 'get',
  path: '/v1/nodes/events',
  operationId: 'watchNodes',
  tags: ['Nodes'],
  security: [{ bearer: [] }],
  middleware: requireAdmin,
  summary: 'The nodes as they live: all of them, then what changes, at most twice a second (admin)',
  responses: {
    200: {
      description: 'Server-sent events, each a `NodeEvent`.',
      content: { 'text/event-stream': { schema: NodeEvent } },
    },
    ...failures,
  },
})

type Watched = Pick<Nodes, 'list' | 'history'>

async function snapshotOf(
  nodes: Watched,
  listed: Awaited<ReturnType<Nodes['list']>>,
  now: number,
): Promise<Event> {
  const history = await nodes.history()
  return {
    type: 'snapshot',
    nodes: listed.map((node) => toNode(node, now)),
    history: [...history].map(([nodeId, samples]) => ({
      node_id: nodeId,
      samples: samples.map((sample) => ({
        at: sample.at / 1_000,
        tokens_per_second: sample.tokensPerSecond,
        active: sample.active,
        queued: sample.queued,
        rss_mib: sample.rssMiB,
        vram_used_mib: sample.vramUsedMiB,
      })),
    })),
  }
}

export interface WatchClock {
  now?: () => number
  wait?: (milliseconds: number) => Promise<void>
}

/** All nodes, then those that changed since; undefined is a sign of life. How long calls wait is no change: it always grows. */
export async function* watch(
  nodes: Watched,
  signal: AbortSignal,
  { now = Date.now, wait = pause }: WatchClock = {},
): AsyncGenerator<Event | undefined, void, void> {
  const known = new Map<string, string>()
  let isFirst = true
  let saidAt = now()
  while (!signal.aborted) {
    const listed = await nodes.list()
    const changed = listed.filter((node) => {
      const text = JSON.stringify(toNode(node, 0))
      const isChanged = known.get(node.id) !== text
      known.set(node.id, text)
      return isChanged
    })
    const ids = new Set(listed.map(({ id }) => id))
    const gone = [...known.keys()].filter((id) => !ids.has(id))
    for (const id of gone) known.delete(id)
    const isNews = isFirst || changed.length > 0 || gone.length > 0
    if (isFirst) yield await snapshotOf(nodes, listed, now())
    else if (isNews) yield { type: 'change', nodes: changed.map((node) => toNode(node, now())), gone }
    else if (now() - saidAt >= WATCH_ALIVE_MS) yield undefined
    if (isNews || now() - saidAt >= WATCH_ALIVE_MS) saidAt = now()
    isFirst = false
    await wait(LOOK_EVERY_MS)
  }
}

export function liveNodesRoute(app: Surface, nodes: Watched): void {
  app.openapi(watchNodes, (c) =>
    sseResponse(
      async function* (signal) {
        for await (const event of watch(nodes, signal)) yield event ? sseData(event) : SSE_KEEP_ALIVE
      },
      (thrown) => sseData(openaiErrorBody(toAppError(thrown))),
      readerOf(c),
    ),
  )
}
