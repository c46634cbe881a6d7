import { setTimeout as pause } from 'node:timers/promises'

/** Tries again until it does not fail, or throws its last failure. As `vi.waitFor`, which global setups do not have. */
export async function until(
  attempt: () => Promise<void>,
  { limitMs, intervalMs }: { limitMs: number; intervalMs: number },
): Promise<void> {
  const deadline = performance.now() + limitMs
  for (;;) {
    try {
      return await attempt()
    } catch (thrown) {
      if (performance.now() >= deadline) throw thrown
    }
    await pause(intervalMs)
  }
}
