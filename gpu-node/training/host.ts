import type { Logger } from '../../shared/log.ts'
import type { ModelHolding } from '../../shared/node.ts'
import type { Guest } from '../engine/residency/guests.ts'
import type { TrainerPlan } from '../trainer/messages.ts'
import type { LeftBehind } from './left/left-behind.ts'

/** A model of this node as jobs see it. */
export interface TrainableModel {
  /** Its GGUF file; of one in parts, the first. */
  path: string
  holding: ModelHolding
}

/** The node as a job finds it. */
export interface TrainingHost {
  /** The edge's origin. */
  edge: string
  /** The folder of all jobs; each makes one of its own in it. */
  folder: string
  /** Attempts that were interrupted while there was no link. */
  left: LeftBehind
  /** CPU threads of one job. */
  threads: number
  build: TrainerPlan['build']
  /** Undefined where the node does not hold it. */
  modelOf(id: string): TrainableModel | undefined
  /** Rejects with one sentence when a model's file must not be read. */
  verify(id: string, signal: AbortSignal): Promise<unknown>
  /** Memory that one more job may take now, in MiB. */
  availableMiB(): number
  /** Takes memory; answers with what gives it back. */
  admit(guest: Guest): () => void
  /** Whether calls run. */
  isServing(): boolean
  log: Logger
}
