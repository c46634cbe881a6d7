import { z } from 'zod'

/** A message of the queue of documents: this one may be read now. */
export const DocumentMessage = z.object({
  type: z.literal('read'),
  accountId: z.string(),
  documentId: z.string(),
})
export type DocumentMessage = z.infer<typeof DocumentMessage>

/** Puts messages into the queue. */
export type SendDocumentMessages = (messages: readonly DocumentMessage[]) => Promise<void>
