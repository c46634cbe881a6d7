import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { z } from 'zod'
import type { NodeEvent } from '../../../surfaces/openai/schemas/node.ts'
import { whileSeen } from '../../kit/watch.ts'
import { askEvents } from '../../session/events.ts'
import type { Node } from './node.ts'

type Event = z.infer<typeof NodeEvent>
export type Sample = Extract<Event, { type: 'snapshot' }>['history'][number]['samples'][number]

/** As far back as plots go. */
export const HISTORY_SECONDS = 60 * 60

/** After a stream that broke, and at most: a little later each time. */
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

/** The nodes as they were told last; undefined until they are. */
export const nodes = signal<readonly Node[] | undefined>(undefined)
export const samples = signal<ReadonlyMap<string, readonly Sample[]>>(new Map())
export const failure = signal<unknown>(undefined)

const sampleOf = ({ gauge, models }: Node, at: number): Sample => ({
  at,
  tokens_per_second: gauge?.tokensPerSecond ?? null,
  active: models.reduce((sum, { active }) => sum + active, 0),
  queued: models.reduce((sum, { queued }) => sum + queued, 0),
  rss_mib: gauge?.rssMiB ?? null,
  vram_used_mib: gauge?.vramUsedMiB ?? null,
})

function take(event: Event): void {
  if (event.type === 'snapshot') {
    nodes.value = event.nodes
    samples.value = new Map(event.history.map(({ node_id, samples: known }) => [node_id, known]))
    return
  }
  const changed = new Map(event.nodes.map((node) => [node.id, node]))
  const kept = (nodes.peek() ?? []).filter(({ id }) => !event.gone.includes(id))
  const known = new Set(kept.map(({ id }) => id))
  nodes.value = [
    ...kept.map((node) => changed.get(node.id) ?? node),
    ...event.nodes.filter(({ id }) => !known.has(id)),
  ]
  const at = Date.now() / 1_000
  const all = new Map(samples.peek())
  for (const node of event.nodes) {
    if (node.status === 'offline') continue
    const young = (all.get(node.id) ?? []).filter((sample) => sample.at > at - HISTORY_SECONDS)
    all.set(node.id, [...young, sampleOf(node, at)])
  }
  samples.value = all
}

async function follow(stop: AbortSignal): Promise<void> {
  let waitMs = FIRST_WAIT_MS
  while (!stop.aborted) {
    try {
      for await (const event of askEvents<Event>('/v1/nodes/events', { signal: stop })) {
        take(event)
        failure.value = undefined
        waitMs = FIRST_WAIT_MS
      }
    } catch (thrown) {
      if (stop.aborted) return
      failure.value = thrown
    }
    // A stream that ended is opened again: its token lives no longer than a quarter of an hour.
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)
  }
}

/** Follows the nodes while the page is there and somebody sees it. */
export function useLiveNodes(): void {
  useEffect(() => whileSeen((stop) => void follow(stop)), [])
}
