import { z } from 'zod'

/** Models that one node may report. */
export const MAX_MODELS = 256

/** What a model can be asked for. Encoder-only models embed and do not generate. */
export const Capability = z.enum(['generate', 'embed'])
export type Capability = z.infer<typeof Capability>

/** Where a model is: ready in memory, or on disk and loaded when it is first asked for. */
export const Residence = z.enum(['loaded', 'loading', 'disk'])
export type Residence = z.infer<typeof Residence>

/** A model that a node can serve: at once, or after loading it. */
export const ModelHolding = z.object({
  /** Without `#`, which the edge puts between a model and what is counted of it. */
  id: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^#]+$/),
  capabilities: z.array(Capability).min(1),
  /** Tokens that one call may use, prompt and answer together. */
  contextTokens: z.int().positive(),
  /** Generations that run at the same time. */
  slots: z.int().positive().max(1_024),
  sizeBytes: z.int().nonnegative(),
  architecture: z.string().max(100),
  /** When the file was made, epoch ms. */
  createdAt: z.int().nonnegative(),
  /** Absent: loaded. */
  residence: Residence.optional(),
})
export type ModelHolding = z.infer<typeof ModelHolding>

export const Gpu = z.object({ name: z.string().max(200), vramMiB: z.int().nonnegative() })

export const Hardware = z.object({
  os: z.string().max(100),
  arch: z.string().max(50),
  cpu: z.string().max(200),
  cores: z.int().positive(),
  memoryMiB: z.int().positive(),
  gpus: z.array(Gpu).max(64),
})
export type Hardware = z.infer<typeof Hardware>

/** A node's introduction: what it is and what it holds. */
export const NodeHello = z.object({
  name: z.string().min(1).max(100),
  version: z.string().max(50),
  hardware: Hardware,
  models: z.array(ModelHolding).max(MAX_MODELS),
})
export type NodeHello = z.infer<typeof NodeHello>

/** A node's measured load. Null where the machine cannot say. */
export const NodeGauge = z.object({
  /** Resident memory of the node and its engines. */
  rssMiB: z.int().nonnegative().nullable(),
  vramUsedMiB: z.int().nonnegative().nullable(),
  vramTotalMiB: z.int().nonnegative().nullable(),
  /** Tokens generated over the last five seconds, a second. */
  tokensPerSecond: z.number().nonnegative().nullable(),
})
export type NodeGauge = z.infer<typeof NodeGauge>
