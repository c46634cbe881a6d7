import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Where wrangler keeps the local database, objects and queues. */
export const WRANGLER_STATE = join(ROOT, '.wrangler', 'state')

export const WRANGLER = join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

/**
 * For every wrangler, miniflare and workerd on a developer's machine: no calls home (with its banner wrangler asks the registry
 * for a newer one of itself, and reads some megabytes), and no local observability, which costs about a millisecond of CPU for
 * each WebSocket frame.
 */
export const LOCAL_ENV = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  X_LOCAL_OBSERVABILITY: 'false',
  X_LOCAL_EXPLORER: 'false',
} as const
