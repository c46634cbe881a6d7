import { z } from '@hono/zod-openapi'
import { isVisible, showsSomething } from '../../../shared/visible-text.ts'

const HIDDEN = 'control characters and bidirectional controls are not allowed in a name'
const UNSEEN = 'a name has at least one character that can be seen'

/**
 * Text that people see and tell from other text by looking: without white space around it, with nothing in it that hides, and
 * with something to see where it is not empty.
 */
export const visibleText = () =>
  z
    .string()
    .trim()
    .refine(isVisible, { error: HIDDEN })
    .refine((text) => text === '' || showsSomething(text), { error: UNSEEN })

/** A thing's name for people. `maxLength` in characters (UTF-16), without the white space around it. */
export const visibleName = (maxLength: number) => visibleText().min(1).max(maxLength)
