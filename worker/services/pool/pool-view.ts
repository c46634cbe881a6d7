import { Recent } from '../recent.ts'
import type { NodeReport, NodeView } from './node-view.ts'

/** A region's directory, as services and links ask it. */
export interface PoolStub {
  snapshot(): Promise<NodeView[]>
  report(nodeId: string, report: NodeReport): Promise<void>
  /** A revoked node is forgotten. */
  remove(nodeId: string): Promise<void>
}

/** The directory is asked at most this often by one isolate. */
export const SNAPSHOT_MAX_AGE_MS = 1_000

export type PoolView = ReturnType<typeof createPoolView>

/** The directory's snapshot behind a short in-isolate cache. */
export function createPoolView(read: () => Promise<NodeView[]>, now: () => number = Date.now) {
  const recent = new Recent<NodeView[]>(SNAPSHOT_MAX_AGE_MS, 1, now)
  return { snapshot: () => recent.get('snapshot', read) }
}
