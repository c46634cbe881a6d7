import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import WebSocket from 'ws'
import { uvThreads } from '../../../gpu-node/engine/child/supervisor.ts'
import type { EngineEvent } from '../../../gpu-node/engine/engine.ts'
import type { FromChild, LoadMessage, ModelSpec, ToChild } from '../../../gpu-node/engine/messages.ts'
import { Outbox } from '../../../gpu-node/link/outbox.ts'
import { ChildProcess } from '../../../gpu-node/process/child-process.ts'
import { passedEnvironment } from '../../../gpu-node/process/environment.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import { BENCH_SAMPLING, type BenchJob } from '../engine/rounds.ts'
import { cpuMs, serve } from '../helper-process.ts'
import type { FromProbe, StepSums, ToProbe } from './step-probe.ts'

// A process between a model's child and a socket, as a node is: what the child tells goes out as frames.

export interface ProbedRound extends StepSums {
  streams: number
  /** Processor time of this process. */
  nodeCpuMs: number
  /** Of that, turning events into frames and handing them to the socket. */
  sendMs: number
}

interface NodeSpec {
  model: Omit<ModelSpec, 'id'>
  threads: number
  /** Where frames go. */
  sink: string
}

const MODEL = 'bench'
const LOAD_LIMIT_MS = 60_000

const open = new Map<string, PromiseWithResolvers<void>>()
const failed = new Error('The process of the model ended.')
let child: ChildProcess<ToChild | ToProbe, FromChild | FromProbe> | undefined
let outbox: Outbox | undefined
let onSums: ((sums: StepSums) => void) | undefined
let sendMs = 0
let lastCall = 0

function take(event: EngineEvent): void {
  const startedAt = performance.now()
  outbox?.send(event)
  sendMs += performance.now() - startedAt
  if (event.type === 'call.error') open.get(event.callId)?.reject(new Error(event.message))
  if (event.type === 'call.end') open.get(event.callId)?.resolve()
}

/** Resolves when the model is loaded. */
function startChild(load: LoadMessage): Promise<void> {
  const ready = Promise.withResolvers<void>()
  child = new ChildProcess({
    file: fileURLToPath(new URL('./probed-child.ts', import.meta.url)),
    environment: { ...passedEnvironment(process.env), UV_THREADPOOL_SIZE: String(uvThreads(load.gpu)) },
    startLimitMs: LOAD_LIMIT_MS,
    stopMessage: { type: 'stop' },
    onMessage: (message) => {
      if (message.type === 'event') take(message.event)
      else if (message.type === 'probe.sums') onSums?.(message.sums)
      else if (message.type === 'refused') ready.reject(new Error(message.reason))
      else if (message.type === 'ready') {
        child?.ready()
        ready.resolve()
      }
    },
    onOutput: () => {},
    onError: (error) => ready.reject(error),
    onEnd: () => {
      ready.reject(failed)
      for (const call of open.values()) call.reject(failed)
    },
  })
  child.send(load)
  return ready.promise
}

async function answer({ prompt, answerTokens, seed }: BenchJob): Promise<void> {
  lastCall += 1
  const callId = `call-${lastCall}`
  const end = Promise.withResolvers<void>()
  open.set(callId, end)
  const request: GenerationRequest = {
    model: MODEL,
    prompt: { kind: 'tokens', tokens: prompt },
    sampling: { ...BENCH_SAMPLING, frequencyPenalty: 0, presencePenalty: 0, seed },
    maxTokens: answerTokens,
    stop: [],
    format: 'text',
  }
  child?.send({ type: 'command', command: { type: 'generation.start', callId, request } })
  await end.promise
  open.delete(callId)
}

const api = {
  async start({ model, threads, sink }: NodeSpec): Promise<void> {
    const socket = new WebSocket(sink, { perMessageDeflate: false })
    await once(socket, 'open')
    outbox = new Outbox(socket, () => {})
    await startChild({ type: 'load', model: { ...model, id: MODEL }, threads, gpu: false })
  },
  async round({ jobs }: { jobs: BenchJob[] }): Promise<ProbedRound> {
    const streams = jobs.length
    child?.send({ type: 'probe.begin', streams })
    const startedAt = cpuMs()
    sendMs = 0
    await Promise.all(jobs.map(answer))
    const nodeCpuMs = cpuMs() - startedAt
    const sums = await new Promise<StepSums>((resolve) => {
      onSums = resolve
      child?.send({ type: 'probe.end' })
    })
    return { ...sums, streams, nodeCpuMs, sendMs }
  },
}
export type ProbedNodeApi = typeof api

serve(api, async () => child?.stop())
