import type { Logger } from '../../shared/log.ts'
import type { TrainerEvent, TrainerPlan } from '../trainer/messages.ts'
import type { Reckoned } from '../trainer/training/thrift.ts'
import { failureOf, Refused } from './endings.ts'
import { startTrainer } from './trainer-process.ts'

export interface EstimateOptions {
  /** Where the process makes its own folder. */
  folder: string
  log: Logger
}

/**
 * The memory that a plan takes, and how it is used, reckoned without a weight by a process that is gone when it is known. Rejects with `Refused`
 * or `Failed` where it cannot be followed.
 */
export function estimateMemory(
  plan: TrainerPlan,
  { folder, log }: EstimateOptions,
  signal: AbortSignal,
): Promise<Reckoned> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    let told: Extract<TrainerEvent, { type: 'estimated' | 'failed' }> | undefined
    const child = startTrainer({
      folder,
      begin: { type: 'estimate', plan },
      onEvent: (event) => {
        if (event.type === 'estimated' || event.type === 'failed') told = event
      },
      onEnd: () => {
        signal.removeEventListener('abort', stop)
        if (told?.type === 'estimated') resolve({ memoryMiB: told.memoryMiB, thrift: told.thrift })
        else if (told) reject(failureOf(told))
        else if (signal.aborted) reject(signal.reason)
        else reject(new Refused('architecture', 'The process that read the model’s file ended by itself.'))
      },
      log,
    })
    const stop = () => child.kill()
    signal.addEventListener('abort', stop)
  })
}
