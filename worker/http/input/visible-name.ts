import { z } from '@hono/zod-openapi'
import { isVisible } from '../../../shared/visible-text.ts'

const HIDDEN = 'control characters and bidirectional controls are not allowed in a name'

/** Text that people see and tell from other text by looking: without white space around it, and with nothing in it that hides. */
export const visibleText = () => z.string().trim().refine(isVisible, { error: HIDDEN })

/** A thing's name for people. `maxLength` in characters (UTF-16), without the white space around it. */
export const visibleName = (maxLength: number) => visibleText().min(1).max(maxLength)
