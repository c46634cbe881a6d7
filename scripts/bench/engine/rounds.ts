/** One answer to ask for: the same tokens in, and as many out, from either engine. */
export interface BenchJob {
  prompt: number[]
  answerTokens: number
  seed: number
}

/** How both engines choose a token. */
export const BENCH_SAMPLING = { temperature: 1, topK: 40, topP: 1, minP: 0.05 } as const

/** Jobs that were asked for together, from the first request to the last end. */
export interface BenchRound {
  ms: number
  outputTokens: number
  /** Processor time of the engine, and of what stands between it and its caller; undefined where the system does not tell. */
  cpuMs: number | undefined
}
