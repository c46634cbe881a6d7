import type { TrainerEvent } from '../../../gpu-node/trainer/messages.ts'
import { cpuMs, serve } from '../helper-process.ts'

// A process that tells of progress as a trainer does, as fast as it can.

const EVENT: TrainerEvent = {
  type: 'progress',
  ...{ step: 120, totalSteps: 600, epoch: 1, loss: 1.234_567, learningRate: 3.2e-4, gradientNorm: 0.876_543 },
  ...{ accuracy: 0.654_321, trainedTokens: 61_440, tokensPerSecond: 91.234, etaSeconds: 2_688 },
}

const api = {
  async tell({ count }: { count: number }): Promise<{ cpuMs: number }> {
    const before = cpuMs()
    for (let told = 0; told < count; told += 1)
      await new Promise<void>((resolve) => process.send?.(EVENT, () => resolve()))
    return { cpuMs: cpuMs() - before }
  },
}
export type TellerApi = typeof api

serve(api, async () => {})
