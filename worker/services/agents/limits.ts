import { DAY_MS } from '../../../shared/units.ts'
import type { Plan } from '../accounts/account-row.ts'

/** Steps of one run; the last one must answer. */
export const MAX_STEPS = 12

/** Calls of tools in one run, and how many of them at a time. */
export const MAX_TOOL_CALLS = 16
export const MAX_CALLS_AT_A_TIME = 4

/** How long a run may take, the time aside in which it waits for a person's word. */
export const RUN_LIMIT_MS = 120_000

/** Steps of a plan. */
export const MAX_PLAN_STEPS = 8

/** The same call for so many times ends the tools; the ones before are answered with the first result. */
export const REPEATS_THAT_END = 3

/** Tokens that the decision for one step may take. */
export const STEP_TOKENS = 1_024

/** How long runs are kept, and how long one waits for a person's word. */
export const RUN_KEPT_MS = 30 * DAY_MS
export const APPROVAL_LIMIT_MS = DAY_MS

/** Runs of an account at a time. */
export const MAX_RUNS_AT_ONCE: Readonly<Record<Plan, number>> = { free: 2, pro: 10, enterprise: 50 }

/** Characters of a question that lists show. */
export const SHOWN_QUESTION_LENGTH = 500

/** A limit that a run has come to. */
export const RUN_LIMITS = ['steps', 'tool_calls', 'repeated_calls', 'time', 'tokens'] as const
export type RunLimit = (typeof RUN_LIMITS)[number]
