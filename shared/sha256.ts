import { z } from 'zod'

/** A SHA-256 as it is written everywhere. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 64 lower-case hex digits' })
