import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../free-port.ts'
import { EventSplitter } from '../clients/chat-client.ts'
import { serve } from '../helper-process.ts'
import { processCpuMs } from '../process-cpu.ts'
import { BENCH_SAMPLING, type BenchJob, type BenchRound } from './rounds.ts'

// A process that runs llama-server and is its client.

const HOST = '127.0.0.1'
const READY_LIMIT_MS = 60_000
const POLL_MS = 50

export interface ServerSpec {
  binary: string
  modelPath: string
  slots: number
  /** Of one slot. */
  contextTokens: number
  threads: number
  /** As it comes, or without any memory of earlier prompts. */
  hasCache: boolean
}

let server: ChildProcess | undefined
let port = 0
let usesCache = false

async function untilReady(): Promise<void> {
  const limit = AbortSignal.timeout(READY_LIMIT_MS)
  for (;;) {
    if (server?.exitCode !== null) throw new Error('llama-server ended while it was starting.')
    const health = await fetch(`http://${HOST}:${port}/health`, { signal: limit }).catch(() => undefined)
    if (health?.ok) return
    await sleep(POLL_MS, undefined, { signal: limit })
  }
}

const toBody = ({ prompt, answerTokens, seed }: BenchJob) => ({
  prompt,
  n_predict: answerTokens,
  stream: true,
  seed,
  temperature: BENCH_SAMPLING.temperature,
  top_k: BENCH_SAMPLING.topK,
  top_p: BENCH_SAMPLING.topP,
  min_p: BENCH_SAMPLING.minP,
  // The ones that our engine uses for these values, and no others.
  samplers: ['top_k', 'min_p', 'temperature'],
  cache_prompt: usesCache,
})

async function tokensOf(response: IncomingMessage): Promise<number> {
  const splitter = new EventSplitter()
  let last = ''
  response.setEncoding('utf8')
  for await (const text of response) last = splitter.take(text).at(-1) ?? last
  if (response.statusCode !== 200) throw new Error(`llama-server answered with ${response.statusCode}.`)
  return (JSON.parse(last) as { tokens_predicted: number }).tokens_predicted // its own last event
}

function complete(job: BenchJob): Promise<number> {
  const payload = JSON.stringify(toBody(job))
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }
  return new Promise((resolve, reject) => {
    // The server closes what was idle for a while, whether or not a request is on its way.
    const asked = request({ host: HOST, port, path: '/completion', method: 'POST', agent: false, headers })
    asked.on('error', reject)
    asked.on('response', (response) => tokensOf(response).then(resolve, reject))
    asked.end(payload)
  })
}

const api = {
  async start({ binary, modelPath, slots, contextTokens, threads, hasCache }: ServerSpec): Promise<void> {
    port = await freePort()
    usesCache = hasCache
    const args = Object.entries({
      '--model': modelPath,
      '--host': HOST,
      '--port': port,
      '--parallel': slots,
      '--ctx-size': slots * contextTokens,
      '--threads': threads,
      '--threads-batch': threads,
      ...(!hasCache && { '--cache-ram': 0 }),
    }).flatMap(([name, value]) => [name, String(value)])
    server = spawn(binary, [...args, '--log-disable'], { stdio: 'ignore' })
    await untilReady()
  },
  async round({ jobs }: { jobs: BenchJob[] }): Promise<BenchRound> {
    const pids = server?.pid === undefined ? [] : [server.pid]
    const before = await processCpuMs(pids)
    const startedAt = performance.now()
    const counts = await Promise.all(jobs.map(complete))
    const ms = performance.now() - startedAt
    const after = await processCpuMs(pids)
    return {
      ms,
      outputTokens: counts.reduce((sum, count) => sum + count, 0),
      cpuMs: before === undefined || after === undefined ? undefined : after - before,
    }
  },
}
export type ServerApi = typeof api

serve(api, async () => {
  if (server === undefined || server.exitCode !== null) return
  const gone = once(server, 'exit')
  server.kill('SIGKILL')
  await gone
})
