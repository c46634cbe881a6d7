import type { EngineEvent } from '../../../gpu-node/engine/engine.ts'
import { createLlamaEngine, type LlamaEngine } from '../../../gpu-node/engine/llama.ts'
import type { ModelSpec } from '../../../gpu-node/engine/messages.ts'
import { serve } from '../helper-process.ts'
import { benchLog } from '../nodes/node-link.ts'
import { BENCH_SAMPLING } from './rounds.ts'

// A process that holds our engine as a node does, and gives it a long prompt while streams run.

/** Steps of the streams until they are in step. */
const SETTLING_STEPS = 8

export interface BesideRound {
  /** Milliseconds from step to step of the streams, before the prompt came. */
  withoutMs: number[]
  /** The same from then on, up to the prompt's first token. */
  besideMs: number[]
  /** Until the prompt's first token. */
  promptMs: number
}

let engine: LlamaEngine | undefined
let lastCall = 0
/** Of all open calls. */
const listeners = new Map<string, (event: EngineEvent) => void>()

function take(event: EngineEvent): void {
  if (event.type === 'step') {
    for (const [callId] of event.step) listeners.get(callId)?.(event)
  } else if (event.type === 'call.end' || event.type === 'call.error') listeners.get(event.callId)?.(event)
}

interface OpenCall {
  end: Promise<void>
  cancel: () => void
}

/** Asks for an answer to tokens; `onStep` is called for each step that it has a part in. */
function begin(prompt: number[], maxTokens: number, onStep: () => void): OpenCall {
  const serving = engine
  const model = serving?.models[0]?.id
  if (serving === undefined || model === undefined) throw new Error('The engine is not there.')
  lastCall += 1
  const callId = `call-${lastCall}`
  const end = Promise.withResolvers<void>()
  listeners.set(callId, (event) => {
    if (event.type === 'step') return onStep()
    listeners.delete(callId)
    if (event.type === 'call.error') end.reject(new Error(event.message))
    else end.resolve()
  })
  const sampling = { ...BENCH_SAMPLING, frequencyPenalty: 0, presencePenalty: 0, seed: lastCall }
  serving.send({
    type: 'generation.start',
    callId,
    request: {
      ...{ model, prompt: { kind: 'tokens', tokens: prompt }, sampling, maxTokens },
      ...{ stop: [], format: 'text' },
    },
  })
  return { end: end.promise, cancel: () => serving.send({ type: 'call.cancel', callId }) }
}

const gapsOf = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? 0))

/** Milliseconds until the first token of an answer to the prompt. */
async function firstTokenMs(prompt: number[]): Promise<number> {
  const startedAt = performance.now()
  let firstAt: number | undefined
  await begin(prompt, 1, () => {
    firstAt ??= performance.now()
  }).end
  if (firstAt === undefined) throw new Error('The prompt had no token.')
  return firstAt - startedAt
}

interface BesideJob {
  /** Of the streams. */
  prompts: number[][]
  prompt: number[]
  /** Steps to measure before the prompt comes. */
  steps: number
  /** More than the streams say meanwhile. */
  maxTokens: number
}

const api = {
  async start({ model, threads }: { model: ModelSpec; threads: number }): Promise<void> {
    engine = await createLlamaEngine({ models: [model], threads, gpu: false, log: benchLog }, take)
  },
  async alone({ prompt }: { prompt: number[] }): Promise<number> {
    return firstTokenMs(prompt)
  },
  async beside({ prompts, prompt, steps, maxTokens }: BesideJob): Promise<BesideRound> {
    const times: number[] = []
    let running = 0
    const settled = Promise.withResolvers<void>()
    const streams = prompts.map((tokens, place) => {
      let isRunning = false
      return begin(tokens, maxTokens, () => {
        if (!isRunning) running += 1
        isRunning = true
        // They run in step: the first one stands for all.
        if (place === 0 && running === prompts.length) times.push(performance.now())
        if (times.length === SETTLING_STEPS + steps) settled.resolve()
      })
    })
    await Promise.race([settled.promise, ...streams.map(({ end }) => end)])
    const known = times.length
    const promptMs = await firstTokenMs(prompt)
    const after = times.length
    for (const { cancel } of streams) cancel()
    await Promise.all(streams.map(({ end }) => end))
    return {
      withoutMs: gapsOf(times.slice(SETTLING_STEPS, known)),
      // From the last step before it on.
      besideMs: gapsOf(times.slice(known - 1, after)),
      promptMs,
    }
  },
}
export type LongPromptApi = typeof api

serve(api, async () => engine?.close())
