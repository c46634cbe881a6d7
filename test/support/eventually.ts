import { vi } from 'vitest'

/** Below the limit of a test, so that what fails is what was waited for: only what hangs is to come here. */
const PATIENCE_MS = 25_000
const INTERVAL_MS = 20

/** Waits until something does not fail any more, however slow the machine is, and answers with what it gave. */
export const eventually = <Found>(
  check: () => Found | Promise<Found>,
  limitMs = PATIENCE_MS,
): Promise<Found> => vi.waitFor(check, { timeout: limitMs, interval: INTERVAL_MS })
