import { z } from 'zod'
import { MAX_TASK_KINDS } from './tasks.ts'

/** Longest text that an errand reads, and that it writes, in UTF-16 code units. */
export const MAX_ERRAND_INPUT_LENGTH = 64 * 1024
export const MAX_ERRAND_OUTPUT_LENGTH = 64 * 1024

/** Errands that one node may take at the same time. */
export const MAX_ERRAND_SLOTS = 16

/** How long an errand may run. */
export const MAX_ERRAND_LIMIT_MS = 30_000

/** The kinds that this version knows; none of them changes anything, so that another node may do it again. */
export const ERRAND_KINDS = ['math', 'python', 'sympy', 'python_sympy'] as const
export const ErrandKind = z.enum(ERRAND_KINDS)
export type ErrandKind = z.infer<typeof ErrandKind>

/** A node's skill at errands. */
export const ErrandOffer = z.object({
  kinds: z.array(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/)).max(MAX_TASK_KINDS),
  slots: z.int().positive().max(MAX_ERRAND_SLOTS),
})
export type ErrandOffer = z.infer<typeof ErrandOffer>

/** Why an errand has no answer, where that lies in what was asked: another node would end the same way. */
export const ERRAND_FAULTS = ['time_limit', 'memory_limit'] as const
export type ErrandFault = (typeof ERRAND_FAULTS)[number]

const ErrandId = z.string().min(1).max(64)

/** Edge → node. */
export const errandCommands = [
  z.object({
    type: z.literal('errand.start'),
    errandId: ErrandId,
    kind: ErrandKind,
    input: z.string().max(MAX_ERRAND_INPUT_LENGTH),
    limitMs: z.int().positive().max(MAX_ERRAND_LIMIT_MS),
  }),
  z.object({ type: z.literal('errand.cancel'), errandId: ErrandId }),
] as const
export type ErrandCommand = z.infer<(typeof errandCommands)[number]>
export type ErrandStart = Extract<ErrandCommand, { type: 'errand.start' }>

/** Node → edge. */
export const errandEvents = [
  /**
   * `failed`: the output says why there is no result, such as a traceback. `notFound`: none of its kind finds one, while
   * another kind may.
   */
  z.object({
    type: z.literal('errand.end'),
    errandId: ErrandId,
    output: z.string().max(MAX_ERRAND_OUTPUT_LENGTH),
    failed: z.boolean(),
    notFound: z.literal(true).optional(),
  }),
  /** A code of `ERRAND_FAULTS`, `died` or `no_slot`; every other one is taken for `died`. */
  z.object({
    type: z.literal('errand.error'),
    errandId: ErrandId,
    code: z.string().regex(/^[a-z][a-z0-9_]{0,31}$/),
    message: z.string().max(1_000),
  }),
] as const
export type ErrandEvent = z.infer<(typeof errandEvents)[number]>

/** The outcome of an errand, in its own words. */
export type ErrandOutcome = Omit<Extract<ErrandEvent, { type: 'errand.end' }>, 'type' | 'errandId'>
