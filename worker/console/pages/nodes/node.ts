import type { z } from 'zod'
import type { Node as NodeSchema } from '../../../surfaces/openai/schemas/node.ts'

/** A node as the edge tells administrators of it. */
export type Node = z.infer<typeof NodeSchema>
