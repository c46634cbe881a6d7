import { Recent } from '../recent.ts'
import type { NodeView } from './node-view.ts'

/** The directory is asked at most this often by one isolate. */
export const SNAPSHOT_MAX_AGE_MS = 1_000

export type PoolView = ReturnType<typeof createPoolView>

/** The directory's snapshot behind a short in-isolate cache. */
export function createPoolView(read: () => Promise<NodeView[]>, now: () => number = Date.now) {
  const recent = new Recent<NodeView[]>(SNAPSHOT_MAX_AGE_MS, 1, now)
  return { snapshot: () => recent.get('snapshot', read) }
}
