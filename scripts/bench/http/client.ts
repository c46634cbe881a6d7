import { Agent, type OutgoingHttpHeaders, request } from 'node:http'
import { serve } from '../helper-process.ts'

// The client's process: it shares no event loop with the bench.

/** Requests for one URL, one after the other on each connection, for a while. */
export interface GetJob {
  url: string
  headers: OutgoingHttpHeaders
  connections: number
  ms: number
}

export interface GetResult {
  requests: number
  ms: number
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Resolves when the whole answer is there. Anything but 200 is an error. */
function get({ url, headers }: GetJob): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, agent }, (response) => {
      response.resume()
      response.once('end', () =>
        response.statusCode === 200
          ? resolve()
          : reject(new Error(`${url} answered ${response.statusCode}.`)),
      )
      response.once('error', reject)
    })
    outgoing.once('error', reject)
    outgoing.end()
  })
}

async function round(job: GetJob): Promise<GetResult> {
  const startedAt = performance.now()
  let requests = 0
  const connection = async () => {
    while (performance.now() - startedAt < job.ms) {
      await get(job)
      requests += 1
    }
  }
  await Promise.all(Array.from({ length: job.connections }, connection))
  return { requests, ms: performance.now() - startedAt }
}

const api = { round }
export type HttpClientApi = typeof api

serve(api)
