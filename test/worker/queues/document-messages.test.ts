import { describe, expect, it } from 'vitest'
import { onDocumentMessages, retrySeconds } from '../../../worker/queues/document-messages.ts'

interface Settled {
  id: string
  how: 'ack' | number
}

/** Messages as a queue hands them over, and how each was settled. */
function batchOf(bodies: readonly unknown[]) {
  const settled: Settled[] = []
  const messages = bodies.map((body, index) => ({
    id: String(index),
    timestamp: new Date(),
    attempts: 1,
    body,
    ack: () => void settled.push({ id: String(index), how: 'ack' }),
    retry: (options?: { delaySeconds?: number }) =>
      void settled.push({ id: String(index), how: options?.delaySeconds ?? 0 }),
  }))
  const metadata = { metrics: { backlogBytes: 0, backlogCount: 0 } }
  const batch = { queue: 'switchyard-documents', messages, metadata, ackAll: () => {}, retryAll: () => {} }
  return { batch, settled }
}

const message = (documentId: string) => ({ type: 'read', accountId: 'a', documentId })

describe('the queue of documents', () => {
  it('settles each message by itself: one that fails comes again alone', async () => {
    const read: string[] = []
    const { batch, settled } = batchOf([message('1'), message('bad'), message('2')])
    await onDocumentMessages(batch, {
      documentReading: {
        read: async (_accountId, documentId) => {
          if (documentId === 'bad') throw new Error('Not now.')
          read.push(documentId)
        },
      },
      log: { error: () => {} },
    })
    expect(read.toSorted()).toEqual(['1', '2'])
    expect(settled.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual([
      { id: '0', how: 'ack' },
      { id: '1', how: 5 },
      { id: '2', how: 'ack' },
    ])
  })

  it('lets go of what is no message', async () => {
    const { batch, settled } = batchOf(['ring', { type: 'read' }, null])
    const read = async () => {
      throw new Error('Nothing is to be read.')
    }
    await onDocumentMessages(batch, { documentReading: { read }, log: { error: () => {} } })
    expect(settled.map(({ how }) => how)).toEqual(['ack', 'ack', 'ack'])
  })

  it('waits longer each time, five minutes at most', () => {
    expect([1, 2, 3, 7, 100].map(retrySeconds)).toEqual([5, 10, 20, 300, 300])
  })
})
