import { causeOf } from '../../shared/failure-cause.ts'
import type { Logger } from '../../shared/log.ts'
import { DocumentMessage } from '../services/documents/document-messages.ts'
import type { Reading } from '../services/documents/reading.ts'

/** The services that documents' messages are for. */
export interface DocumentMessageServices {
  documentReading: Pick<Reading, 'read'>
  log: Pick<Logger, 'error'>
}

/** Waits between tries at a document: 5 s, doubling, to five minutes. */
export const retrySeconds = (attempts: number): number => Math.min(5 * 2 ** (attempts - 1), 300)

/** Each document is read by itself, beside the others, and one that fails comes again alone. */
export async function onDocumentMessages(
  batch: MessageBatch,
  { documentReading, log }: DocumentMessageServices,
): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      const { data } = DocumentMessage.safeParse(message.body)
      try {
        if (data) await documentReading.read(data.accountId, data.documentId, data.attempt)
        message.ack()
      } catch (thrown) {
        log.error('document.not_settled', { documentId: data?.documentId, cause: causeOf(thrown) })
        message.retry({ delaySeconds: retrySeconds(message.attempts) })
      }
    }),
  )
}
