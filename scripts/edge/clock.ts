import { PlainFailure } from '../plain-failure.ts'

/** The crons of wrangler.toml: the clock that gives jobs to nodes, and the one that sweeps. */
export const EACH_MINUTE = '* * * * *'
export const EACH_HOUR = '17 * * * *'

/** Where a local runtime lets its Worker's crons be rung. It is a path of Miniflare's, and has had other names. */
const SCHEDULED_PATH = '/cdn-cgi/local/scheduled'

const SWEEP_MINUTE = 17
const MINUTES = 60
const MINUTE_MS = 60_000

const CRON_LIMIT_MS = 50_000

/** Does what a cron does, and resolves when that is done. Throws a `PlainFailure` where the edge knows no crons. */
export async function ring(origin: string, cron: string): Promise<void> {
  const response = await fetch(`${origin}${SCHEDULED_PATH}?${new URLSearchParams({ cron })}`, {
    signal: AbortSignal.timeout(CRON_LIMIT_MS),
  })
  await response.body?.cancel()
  if (response.status === 404) throw new PlainFailure('The edge has no clock that can be rung.')
}

/** Keeps an edge's time, which a local runtime does not by itself, until the returned function is called. */
export function keepTime(origin: string): () => void {
  // An edge that is reloading misses a minute.
  const tryTo = (cron: string) => void ring(origin, cron).catch(() => {})
  let minute = 0
  const timer = setInterval(() => {
    minute = (minute + 1) % MINUTES
    tryTo(EACH_MINUTE)
    if (minute === SWEEP_MINUTE) tryTo(EACH_HOUR)
  }, MINUTE_MS)
  return () => clearInterval(timer)
}
