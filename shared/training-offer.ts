import { z } from 'zod'

/** Jobs that one node may train at the same time. */
export const MAX_TRAINING_SLOTS = 16

/** How the weights of a model's file are kept: what `lora` (a float), `qlora` (quantised) and `full` (f32) ask of it. */
export const Precision = z.enum(['f32', 'f16', 'quantised'])
export type Precision = z.infer<typeof Precision>

/** Which try at which job something is about. */
export const TrainingKey = {
  jobId: z.string().min(1).max(64),
  /** Counts up with each node that is given the job: what an older one says or sends changes nothing. */
  attempt: z.int().positive(),
}

/** A node's skill at training. */
export const TrainingOffer = z.object({
  /** Jobs at the same time; 0 for none. */
  slots: z.int().nonnegative().max(MAX_TRAINING_SLOTS),
  architectures: z.array(z.string().max(100)).max(64),
  /** Memory that jobs may take together, as the operator allows it. Null: what serving leaves. */
  memoryMiB: z.int().nonnegative().nullable(),
  /** Jobs that still run, from before the link was lost. */
  running: z.array(z.object(TrainingKey)).max(MAX_TRAINING_SLOTS),
})
export type TrainingOffer = z.infer<typeof TrainingOffer>
