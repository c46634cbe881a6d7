import { once } from 'node:events'
import { createServer } from 'node:http'
import { formatMetrics, type Metric, PROMETHEUS_CONTENT_TYPE } from '../shared/prometheus.ts'
import { OperatorError } from './operator-error.ts'

/** A scraper that says nothing for this long is let go. */
const IDLE_LIMIT_MS = 10_000

export interface MetricsServer {
  readonly port: number
  close(): void
}

/** Serves `GET /metrics` to this machine alone; 0 takes any free port. Throws an `OperatorError` when the port is taken. */
export async function serveMetrics(port: number, read: () => readonly Metric[]): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: IDLE_LIMIT_MS }, (request, response) => {
    const path = request.url?.replace(/\?.*/, '')
    if (path !== '/metrics') response.writeHead(404).end()
    else if (request.method !== 'GET') response.writeHead(405, { allow: 'GET' }).end()
    else response.writeHead(200, { 'content-type': PROMETHEUS_CONTENT_TYPE }).end(formatMetrics(read()))
  })
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new OperatorError(`The metrics cannot be served on port ${port}: it is in use or not allowed.`, {
      cause,
    })
  }
  server.unref() // never what keeps the node running
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
