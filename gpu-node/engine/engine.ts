import type { ModelHolding } from '../../shared/node.ts'
import type { EdgeCommand, NodeEvent } from '../../shared/wire.ts'

/** A command to an engine: those of the link that concern a call. */
export type EngineCommand = Extract<
  EdgeCommand,
  { type: 'generation.start' | 'embedding.start' | 'call.cancel' }
>

/** An engine's report: these events of the link. The node's other events are not its engine's. */
export type EngineEvent = Extract<
  NodeEvent,
  { type: 'step' | 'call.vectors' | 'call.end' | 'call.error' | 'gauge' | 'holdings' }
>

/**
 * Runs models. Commands are fire and forget; everything comes back as events. Each call that was started ends
 * exactly once, with `call.end` or `call.error`, whatever happens to the process that runs it.
 */
export interface Engine {
  /** The models that can be served now; a change is announced by a `holdings` event. */
  readonly models: readonly ModelHolding[]
  send(command: EngineCommand): void
  /** Adapters are no more, by the ids of their suffixes. Absent: it fetches none. */
  withdraw?(ids: readonly string[]): void
  /** Cancels every call and resolves when all native code has let go. */
  close(): Promise<void>
}
