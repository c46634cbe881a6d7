import type { EmbeddingRequest, GenerationRequest, Usage } from '../../../shared/generation.ts'
import type { TrainingWishes } from '../../../shared/training.ts'
import type { EdgeCommand } from '../../../shared/wire.ts'
import type { Errand, ErrandAnswer } from './errand.ts'

/** A call that runs on a node: its events as NDJSON bytes, because only byte streams cross a Durable Object call. */
export interface OpenCall {
  callId: string
  events: ReadableStream<Uint8Array>
}

/** Why a node does not take a call; another one may. An answer and no error: it is the way of a pool under load. */
export interface Refusal {
  refused: 'away' | 'draining' | 'busy'
}

/** How a call is to be placed on its node. */
export interface CallOptions {
  /** Whose call it is: callers share a node's queue fairly. */
  caller: string
  /** 0 for the first try of a call, for the metrics. */
  attempt: number
  /** Whether it may wait for a slot; otherwise it is taken at once or refused. */
  mayWait: boolean
  /** How long at most; absent: as every call may. */
  waitMs?: number | undefined
}

/** Something that a node is told of its jobs. */
export type TrainingCommand = Extract<EdgeCommand, { type: `train.${string}` }>

/** Something that a node is told of tasks. */
export type TaskCommand = Extract<EdgeCommand, { type: `task.${string}` }>

/** How much memory would this take? */
export interface TrainingQuestion {
  model: string
  wishes: TrainingWishes
}

/** A node's reckoning; without a figure where it cannot be trained there, with the reason. */
export interface TrainingEstimateAnswer {
  memoryMiB?: number | undefined
  message?: string | undefined
}

/** A node's link, as the services ask it. */
export interface NodeLinkStub {
  generate(request: GenerationRequest, options: CallOptions): Promise<OpenCall | Refusal>
  embed(request: EmbeddingRequest, options: CallOptions): Promise<OpenCall | Refusal>
  /** Stops a call and answers with what it really used, when the node says so in time. */
  cancel(callId: string): Promise<Usage | null>
  /** Asks the node to finish what runs within `limitMs`. False when it is not connected. */
  drain(limitMs: number): Promise<boolean>
  /** Tells a node about one of its jobs. False when it is not connected, or does not train. */
  train(command: TrainingCommand): Promise<boolean>
  /** Tells a node about a task. False when it is not connected, or runs none. */
  task(command: TaskCommand): Promise<boolean>
  /** Resolves when it is over, however it ended. */
  errand(errand: Errand): Promise<ErrandAnswer>
  /** Of one that is over or unknown: nothing. */
  cancelErrand(errandId: string): Promise<void>
  /** Null when nobody answers in time. */
  estimateTraining(question: TrainingQuestion): Promise<TrainingEstimateAnswer | null>
  /** Adapters that were trained on the pool are no more; a node that is away hears of it when it is back. */
  withdraw(ids: readonly string[]): Promise<void>
  revoke(): Promise<void>
  fetch(request: Request): Promise<Response>
}
