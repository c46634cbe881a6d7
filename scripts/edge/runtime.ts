/** Settings of every Miniflare of ours: no calls home, and no observability, which costs a millisecond for each WebSocket frame. */
export const LOCAL_RUNTIME = {
  host: '127.0.0.1',
  cf: false,
  logRequests: false,
  telemetry: { enabled: false },
  unsafeLocalExplorer: false,
  unsafeObservability: false,
} as const

/** Below its state folder, where wrangler keeps what is stored locally as well. */
export const STORED = 'v3'
