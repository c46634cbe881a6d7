/** The crons of wrangler.toml: the clock that gives jobs to nodes, and the one that sweeps. */
export const EACH_MINUTE = '* * * * *'
export const EACH_HOUR = '17 * * * *'
const SWEEP_MINUTE = 17
const MINUTES = 60
const MINUTE_MS = 60_000

const REQUEST_LIMIT_MS = 50_000

/** Keeps an edge's time, which `wrangler dev` does not by itself, until the returned function is called. */
export function keepTime(origin: string): () => void {
  // An edge that is reloading misses a minute.
  const ring = (cron: string) =>
    void fetch(`${origin}/cdn-cgi/handler/scheduled?${new URLSearchParams({ cron })}`, {
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    })
      .then((response) => response.body?.cancel())
      .catch(() => {})
  let minute = 0
  const timer = setInterval(() => {
    minute = (minute + 1) % MINUTES
    ring(EACH_MINUTE)
    if (minute === SWEEP_MINUTE) ring(EACH_HOUR)
  }, MINUTE_MS)
  return () => clearInterval(timer)
}
