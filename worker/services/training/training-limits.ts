import { GIB } from '../../../shared/units.ts'
import type { Plan } from '../accounts/account-row.ts'

/** Jobs of one account at the same time. */
export interface TrainingLimits {
  /** Not over and not with a node: pending, queued and paused. */
  waiting: number
  running: number
  /** Begun within 24 hours, whatever becomes of them: each is kept. */
  daily: number
}

/** The plans' limits. */
export const TRAINING_LIMITS = {
  free: { waiting: 5, running: 1, daily: 50 },
  pro: { waiting: 20, running: 4, daily: 500 },
  enterprise: { waiting: 200, running: 32, daily: 5_000 },
} as const satisfies Record<Plan, TrainingLimits>

/** Checkpoints of a job that are models. Behind them it is saved as before, to go on from. */
export const MAX_CHECKPOINT_MODELS = 100

/** Bytes that the node of one try may store, whatever becomes of them. */
export const MAX_OUTPUT_BYTES = 1_024 * GIB

/** Hours for which a job may run, and those of one that says nothing. */
export const MAX_JOB_HOURS = 24

export const MIN_PRIORITY = 1
export const USUAL_PRIORITY = 5
export const MAX_PRIORITY = 10

/** Sources of one job, tags, and prompts that its checkpoints answer. */
export const MAX_SOURCES = 16
export const MAX_TAGS = 16
export const MAX_SAMPLE_PROMPTS = 4

/** Characters of a prompt that checkpoints answer. */
export const MAX_SAMPLE_PROMPT_LENGTH = 4_000
