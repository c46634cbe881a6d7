import { z } from 'zod'
import { AdapterSuffix, MAX_ADAPTERS, ModelHolding } from '../../shared/node.ts'
import type { EngineCommand, EngineEvent } from './engine.ts'

/** A LoRA adapter of a model: each gets a context of its own, with as many slots as the model's. */
export const AdapterSpec = z.object({
  suffix: AdapterSuffix,
  /** An existing GGUF file. */
  path: z.string().min(1),
  /** Its content's hash, where that is known from whoever made it. */
  sha256: z.string().optional(),
})
export type AdapterSpec = z.infer<typeof AdapterSpec>

/** Which file a child loads, and how much it may use. */
export const ModelSpec = z.object({
  id: ModelHolding.shape.id,
  /** An existing GGUF file; of a model in parts, the first one. */
  path: z.string().min(1),
  /** Tokens of one call. Absent: what the model was trained for, up to a limit, and what memory allows. */
  contextTokens: z.int().min(2).optional(),
  /** Generations at the same time. */
  slots: ModelHolding.shape.slots.optional(),
  /** `off`: tokens are never guessed ahead. Absent: where it is measured that it pays. */
  speculation: z.enum(['off']).optional(),
  /** The adapters that may be asked for later, by `adapter.open`; others may be added. */
  adapters: z.array(AdapterSpec).max(MAX_ADAPTERS).optional(),
})
export type ModelSpec = z.infer<typeof ModelSpec>

/** The first message to a child. */
export const LoadMessage = z.object({
  type: z.literal('load'),
  model: ModelSpec,
  threads: z.int().positive(),
  /** `auto` takes the best GPU there is; false computes on the CPU. */
  gpu: z.union([z.literal('auto'), z.literal(false)]),
  /** An empty folder of this process, removed when it ends. Absent: nothing is kept in files. */
  scratchDir: z.string().min(1).optional(),
})
export type LoadMessage = z.infer<typeof LoadMessage>

/** Parent → child. Commands were checked where they came from the link. */
export type ToChild =
  | LoadMessage
  | { type: 'command'; command: EngineCommand }
  /** Make a context with an adapter, or let go of it. Answered by `adapter.opened` or `adapter.refused`, and `adapter.closed`. */
  | { type: 'adapter.open'; suffix: string; path: string }
  | { type: 'adapter.close'; suffix: string }
  | { type: 'stop' }

/** Memory of a child's process, and of the GPU that it uses, if any. */
export interface ChildMemory {
  rssMiB: number
  vramUsedMiB: number | null
  vramTotalMiB: number | null
}

/** Child → parent. */
export type FromChild =
  | { type: 'ready'; holding: ModelHolding }
  /** The model cannot be served. Nothing follows. */
  | { type: 'refused'; reason: string }
  | { type: 'event'; event: Exclude<EngineEvent, { type: 'gauge' | 'holdings' }> }
  /** From now until the next of these the process does nothing but prepare this call, or, without one, whatever it does. */
  | { type: 'preparing'; callId?: string | undefined }
  | { type: 'adapter.opened' | 'adapter.closed'; suffix: string }
  /** There is no context with it; everything else goes on. */
  | { type: 'adapter.refused'; suffix: string; reason: string }
  /** Sent every second, also as a sign of life. */
  | { type: 'memory'; memory: ChildMemory }
  | { type: 'note'; note: string; text: string }
  /** The last message: everything has let go and the process ends by itself. */
  | { type: 'stopped' }
