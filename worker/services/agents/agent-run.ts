import type { NumberedEvent, RunPlace, RunState, RunUsage } from './run-events.ts'
import type { RunSpec } from './spec.ts'

/** A listener's stream out of a run, and the name under which it leaves. */
export interface RunReading {
  listenerId: string
  events: ReadableStream<Uint8Array>
}

/** How a listener hears the answer: in its pieces, as they come, or in one just before the run's end. */
export type Hearing = 'pieces' | 'whole'

/** A run as its object tells it. */
export interface RunTrace {
  state: RunState
  /** All but the pieces of the answer. */
  events: NumberedEvent[]
  answer: string
}

/** The object of a run, as the services ask it. */
export interface AgentRunStub {
  /** Begins it, and is the first listener. */
  start(spec: RunSpec, hearing?: Hearing): Promise<RunReading>
  /** From a place on: what was missed, then the rest. Undefined where no such run was begun, or of another account. */
  follow(accountId: string, place: RunPlace, hearing?: Hearing): Promise<RunReading | undefined>
  leave(listenerId: string): Promise<void>
  /** Not `trace`, which the platform keeps for itself. */
  retrace(accountId: string): Promise<RunTrace | undefined>
  /** False where it is over, or none of the account's. */
  cancel(accountId: string): Promise<boolean>
  /** A person's word on a step that waits for one. False where none waits. */
  approve(accountId: string, step: number, isApproved: boolean): Promise<boolean>
  /** Forgets everything. */
  forget(): Promise<void>
}

/** The end of a run, as its row keeps it. */
export interface RunEnd {
  state: 'completed' | 'failed' | 'cancelled'
  limit: string | null
  usage: RunUsage
  /** Addresses that it has found, where text of strangers stands in its conversation by now; null where none does. */
  outside: string[] | null
  answer: string
}
