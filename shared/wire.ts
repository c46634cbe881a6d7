import { z } from 'zod'
import type { ErrorCode } from './errors.ts'
import {
  DeltaExtra,
  EmbeddingRequest,
  EndEvent,
  FailureEvent,
  GenerationRequest,
  VectorsEvent,
} from './generation.ts'
import { MAX_ADAPTERS, NodeGauge, NodeHello } from './node.ts'
import { errandCommands, errandEvents } from './tasks/errands.ts'
import { taskCommands, taskEvents } from './tasks/tasks.ts'
import { trainingCommands, trainingEvents } from './training.ts'
import { MIB } from './units.ts'

/** Negotiated as the WebSocket subprotocol. A breaking change is a new name, never a new meaning. See PROTOCOL.md. */
export const LINK_PROTOCOL = 'switchyard.node.v1'

/** Where a node joins and dials, under the edge's URL. */
export const JOIN_PATH = '/nodes/join'
export const LINK_PATH = '/nodes/link'

/** Longest frames, in UTF-16 code units. A request body of 4 MB fits into a command even when JSON escapes some of it. */
export const MAX_COMMAND_LENGTH = 6 * MIB
export const MAX_EVENT_LENGTH = MIB

/** Deltas in one `step` frame. */
export const MAX_STEP_DELTAS = 1_024

export const HEARTBEAT_MS = 15_000
export const SILENCE_LIMIT_MS = 45_000
export const HELLO_TIMEOUT_MS = 10_000

/** While a node runs calls, it pings this often, … */
export const BUSY_HEARTBEAT_MS = 2_000
/** … gets no new ones after this much silence, … */
export const SUSPECT_AFTER_MS = 6_000
/** … and after this much its calls go on elsewhere, and it dials again. The link itself may stay until `SILENCE_LIMIT_MS`. */
export const BUSY_SILENCE_LIMIT_MS = 10_000

/** The heartbeat is plain text, so that the edge's runtime can answer it without waking the object. */
export const PING = 'ping'
export const PONG = 'pong'

export const CloseCode = {
  badFrame: 4400,
  revoked: 4401,
  refused: 4403,
  silent: 4408,
  replaced: 4409,
} as const

/**
 * The failures that a node may report of a call: that something is wrong with the request or with the node itself. Whether a
 * caller is known, may do something, or has done enough of it is the edge's to say; from a node that is `node_failed`.
 */
export const NODE_ERROR_CODES: ReadonlySet<ErrorCode> = new Set([
  'invalid_request',
  'context_length_exceeded',
  'model_not_found',
  'node_failed',
  'no_capacity',
])

/** Longest reason of a close frame: RFC 6455 §5.5 allows 125 bytes with the code. */
export const MAX_CLOSE_REASON_BYTES = 123

export const CallId = z.string().min(1).max(64)

/** A timer cannot count further than 2^31 - 1 ms, and nobody should be silent for an hour. */
const Pause = z.int().positive().max(3_600_000)

/** Edge → node. */
export const EdgeCommand = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    nodeId: z.string(),
    heartbeatMs: Pause,
    silenceMs: Pause,
    /** The same while calls run. Absent: an edge that does not ask for more. */
    busyHeartbeatMs: Pause.optional(),
    busySilenceMs: Pause.optional(),
    /** The edge gives jobs to train, and takes what is said of them. Absent: no frame of `train.…` may be sent. */
    training: z.literal(true).optional(),
    /** The edge gives tasks. Absent: no frame of `task.…` may be sent. */
    tasks: z.literal(true).optional(),
    /** The edge gives errands. Absent: no frame of `errand.…` may be sent. */
    errands: z.literal(true).optional(),
  }),
  z.object({ type: z.literal('generation.start'), callId: CallId, request: GenerationRequest }),
  z.object({ type: z.literal('embedding.start'), callId: CallId, request: EmbeddingRequest }),
  z.object({ type: z.literal('call.cancel'), callId: CallId }),
  z.object({ type: z.literal('drain'), limitMs: z.int().nonnegative() }),
  /** Adapters that are no more, by the ids of their suffixes; to nodes that fetch adapters alone. */
  z.object({
    type: z.literal('adapters.withdraw'),
    ids: z.array(z.string().max(64)).min(1).max(MAX_ADAPTERS),
  }),
  ...trainingCommands,
  ...taskCommands,
  ...errandCommands,
])
export type EdgeCommand = z.infer<typeof EdgeCommand>

/** One generation's share of a decode step: its call, the new text, the tokens that it took, what came with them. */
export const StepDelta = z.union([
  z.tuple([CallId, z.string(), z.array(z.int().nonnegative())]),
  z.tuple([CallId, z.string(), z.array(z.int().nonnegative()), DeltaExtra]),
])
export type StepDelta = z.infer<typeof StepDelta>

/** Node → edge. */
export const NodeEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('step'), step: z.array(StepDelta).max(MAX_STEP_DELTAS) }),
  z.object({ ...EndEvent.shape, type: z.literal('call.end'), callId: CallId }),
  z.object({ ...FailureEvent.shape, type: z.literal('call.error'), callId: CallId }),
  z.object({ ...VectorsEvent.shape, type: z.literal('call.vectors'), callId: CallId }),
  z.object({ type: z.literal('draining') }),
  z.object({ type: z.literal('gauge'), gauge: NodeGauge }),
  z.object({ type: z.literal('holdings'), models: NodeHello.shape.models }),
  z.object({
    type: z.literal('hello'),
    hello: NodeHello,
    /** The node keeps to `busyHeartbeatMs`. Absent: it may be silent for as long as it computes. */
    busyHeartbeat: z.boolean().optional(),
  }),
  ...trainingEvents,
  ...taskEvents,
  ...errandEvents,
])
export type NodeEvent = z.infer<typeof NodeEvent>

export type Decoded<T> = { ok: true; message: T } | { ok: false; reason: string }

/** Never throws: a bad frame is the peer's fault and closes the link with `CloseCode.badFrame`. */
export function decodeFrame<T>(schema: z.ZodType<T>, frame: unknown, maxLength: number): Decoded<T> {
  if (typeof frame !== 'string') return { ok: false, reason: 'expected a text frame' }
  if (frame.length > maxLength) return { ok: false, reason: `frame longer than ${maxLength}` }
  let json: unknown
  try {
    json = JSON.parse(frame)
  } catch {
    return { ok: false, reason: 'not JSON' }
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return { ok: true, message: parsed.data }
  const issue = parsed.error.issues[0]
  return { ok: false, reason: `${issue?.path.join('.') || 'frame'}: ${issue?.message ?? 'invalid'}` }
}
