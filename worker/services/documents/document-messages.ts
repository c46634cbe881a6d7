import { z } from 'zod'

/** A message of the queue of documents: this one may be read now. */
export const DocumentMessage = z.object({
  type: z.literal('read'),
  accountId: z.string(),
  documentId: z.string(),
  /** It goes on with this attempt, whose time at a stretch was over. */
  attempt: z.int().optional(),
})
export type DocumentMessage = z.infer<typeof DocumentMessage>

/** Puts messages into the queue. */
export type SendDocumentMessages = (messages: readonly DocumentMessage[]) => Promise<void>
