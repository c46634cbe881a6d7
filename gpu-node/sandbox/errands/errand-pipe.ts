import { z } from 'zod'
import { MAX_ERRAND_OUTPUT_LENGTH } from '../../../shared/tasks/errands.ts'

/** All that a process says for one errand, in bytes; one that says more is ended. */
export const MAX_SAID_BYTES = 1024 * 1024

/** The one line to the process of an errand. */
export interface ErrandOrder {
  input: string
}

/** The answer of an errand. `failed`: it says why there is no result; `notFound`: another kind may find one. */
export const ErrandResult = z.object({
  output: z.string().max(MAX_ERRAND_OUTPUT_LENGTH),
  failed: z.boolean(),
  notFound: z.literal(true).optional(),
})
export type ErrandResult = z.infer<typeof ErrandResult>

/** The lines of such a process: it is ready, and the answer. Nobody needs to believe them: strangers' programs run there. */
export const ErrandLine = z.union([z.object({ ready: z.literal(true) }), ErrandResult])
export type ErrandLine = z.infer<typeof ErrandLine>

/** As much of a text as an answer may have, with a word about the rest. */
export function cutOutput(text: string, leftOut = 0): string {
  const left = leftOut + Math.max(0, text.length - MAX_ERRAND_OUTPUT_LENGTH)
  if (left === 0) return text
  const note = `\n[the output was cut: it was longer than ${MAX_ERRAND_OUTPUT_LENGTH} characters]`
  return text.slice(0, MAX_ERRAND_OUTPUT_LENGTH - note.length).toWellFormed() + note
}
