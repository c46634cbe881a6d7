import { createLlamaEngine, type LlamaEngine } from '../../../gpu-node/engine/llama.ts'
import type { ModelSpec } from '../../../gpu-node/engine/messages.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import { cpuMs, serve } from '../helper-process.ts'
import { DirectRounds } from '../nodes/direct-rounds.ts'
import { benchLog } from '../nodes/node-link.ts'
import { processCpuMs } from '../process-cpu.ts'
import { BENCH_SAMPLING, type BenchJob, type BenchRound } from './rounds.ts'

// A process that holds our engine as a node does, with the model in a child of its own.

const direct = new DirectRounds()
let engine: LlamaEngine | undefined

/** One answer of ours alone. */
export interface OwnJob extends BenchJob {
  /** Overrides what both engines have in common. */
  temperature?: number
  logitBias?: GenerationRequest['logitBias']
}

const toRequest =
  (model: string) =>
  ({ prompt, answerTokens, seed, logitBias, ...over }: OwnJob): GenerationRequest => ({
    model,
    prompt: { kind: 'tokens', tokens: prompt },
    sampling: { ...BENCH_SAMPLING, frequencyPenalty: 0, presencePenalty: 0, seed, ...over },
    maxTokens: answerTokens,
    stop: [],
    format: 'text',
    ...(logitBias && { logitBias }),
  })

const api = {
  async start({ model, threads }: { model: ModelSpec; threads: number }): Promise<void> {
    engine = await createLlamaEngine({ models: [model], threads, gpu: false, log: benchLog }, (event) =>
      direct.take(event),
    )
  },
  /** Processes of models. */
  pids: () => Promise.resolve(engine?.pids ?? []),
  async round({ jobs }: { jobs: OwnJob[] }): Promise<BenchRound> {
    const model = engine?.models[0]?.id
    if (engine === undefined || model === undefined) throw new Error('The engine is not there.')
    const children = engine.pids
    const [own, theirs] = [cpuMs(), await processCpuMs(children)]
    const round = await direct.run(engine, jobs.map(toRequest(model)))
    const after = await processCpuMs(children)
    const spent = theirs === undefined || after === undefined ? undefined : after - theirs
    return { ...round, cpuMs: spent === undefined ? undefined : spent + cpuMs() - own }
  },
}
export type OursApi = typeof api

serve(api, async () => engine?.close())
