import { vi } from 'vitest'

/** Below the limit of a test, so that what fails is what was waited for: only what hangs is to come here. */
const PATIENCE_MS = 25_000

interface Patience {
  limitMs?: number
  intervalMs?: number
}

/** Waits until something does not fail any more, however slow the machine is, and answers with what it gave. */
export const eventually = <Found>(
  check: () => Found | Promise<Found>,
  { limitMs = PATIENCE_MS, intervalMs = 50 }: Patience = {},
): Promise<Found> => vi.waitFor(check, { timeout: limitMs, interval: intervalMs })
