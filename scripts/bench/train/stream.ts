import type { EngineEvent } from '../../../gpu-node/engine/engine.ts'
import { createLlamaEngine, type LlamaEngine } from '../../../gpu-node/engine/llama.ts'
import { randomTokens } from '../engine/model-maker.ts'
import { BENCH_SAMPLING } from '../engine/rounds.ts'
import { serve } from '../helper-process.ts'
import { benchLog } from '../nodes/node-link.ts'

// A process that holds an engine as a node does, and measures how far apart the tokens of one stream come.

const MODEL = 'bench'
const CONTEXT_TOKENS = 512
const PROMPT_TOKENS = 24
const ANSWER_TOKENS = 300

let engine: LlamaEngine | undefined
let onEvent: ((event: EngineEvent) => void) | undefined
let calls = 0

const api = {
  async start({ path }: { path: string }): Promise<void> {
    const model = { id: MODEL, path, slots: 1, contextTokens: CONTEXT_TOKENS }
    engine = await createLlamaEngine({ models: [model], threads: 1, gpu: false, log: benchLog }, (event) =>
      onEvent?.(event),
    )
  },
  /** Times between the tokens of one answer, in milliseconds. */
  async gaps(): Promise<number[]> {
    calls += 1
    const gaps: number[] = []
    let before: number | undefined
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    onEvent = (event) => {
      if (event.type === 'step') {
        const now = performance.now()
        if (before !== undefined) gaps.push(now - before)
        before = now
      } else if (event.type === 'call.end') resolve()
      else if (event.type === 'call.error') reject(new Error(event.message))
    }
    const request = {
      model: MODEL,
      prompt: { kind: 'tokens' as const, tokens: randomTokens(PROMPT_TOKENS, calls) },
      sampling: { ...BENCH_SAMPLING, frequencyPenalty: 0, presencePenalty: 0, seed: calls },
      maxTokens: ANSWER_TOKENS,
      stop: [],
      format: 'text' as const,
    }
    engine?.send({ type: 'generation.start', callId: `call-${calls}`, request })
    await promise
    return gaps
  },
}
export type StreamApi = typeof api

serve(api, async () => engine?.close())
