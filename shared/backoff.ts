export interface BackoffOptions {
  /** The longest first wait, doubled with each attempt. */
  baseMs: number
  /** No wait is longer than this. */
  capMs: number
}

/**
 * How long to wait before try number `attempt` (from 0): exponential with full jitter, so that nodes which lost the edge
 * together do not come back together. Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
 */
export function backoffMs(attempt: number, { baseMs, capMs }: BackoffOptions, random = Math.random): number {
  return Math.floor(random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30)))
}
