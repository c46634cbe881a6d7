import { causeOf } from '../../shared/failure-cause.ts'
import type { Logger } from '../../shared/log.ts'

/** Runs every sweep. One that fails does not keep the others from their work. */
export async function sweepAll(
  sweeps: Readonly<Record<string, () => Promise<number>>>,
  log: Logger,
): Promise<void> {
  const running = Object.entries(sweeps).map(async ([name, sweep]): Promise<[string, number | null]> => {
    try {
      return [name, await sweep()]
    } catch (thrown) {
      log.error('sweep.failed', { cause: causeOf(thrown) })
      return [name, null]
    }
  })
  log.info('sweep', Object.fromEntries(await Promise.all(running)))
}
