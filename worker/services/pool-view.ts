import type { NodeGauge, NodeHello } from '../../shared/node.ts'
import { Recent } from './recent.ts'

/** How busy one model of a node is, as its link counts it. */
export interface ModelLoad {
  active: number
  queued: number
}

/** One node as the directory knows it. */
export interface NodeView {
  nodeId: string
  /** Whether its link is up. A node that is down stays known, so that its models answer 503 and not 404. */
  linked: boolean
  hello: NodeHello
  gauge: NodeGauge | null
  load: Record<string, ModelLoad>
  /** When its link came up or went down, epoch ms. */
  since: number
}

/** The directory is asked at most this often by one isolate. */
export const SNAPSHOT_MAX_AGE_MS = 1_000

export type PoolView = ReturnType<typeof createPoolView>

/** The directory's snapshot behind a short in-isolate cache. */
export function createPoolView(read: () => Promise<NodeView[]>, now: () => number = Date.now) {
  const recent = new Recent<NodeView[]>(SNAPSHOT_MAX_AGE_MS, 1, now)
  return {
    snapshot: () => recent.get('snapshot', read),
    /** The next snapshot is read afresh: what the cached one said turned out to be wrong. */
    forget: () => recent.forget('snapshot'),
  }
}
