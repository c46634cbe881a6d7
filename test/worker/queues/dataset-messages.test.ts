import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { onDatasetMessages } from '../../../worker/queues/dataset-messages.ts'

it('each message of a dataset is settled by itself, and what is none is let go', async () => {
  const bodies = ['a', 'b', null, { id: 'c' }, 'd']
  const made: string[] = []
  const datasetMaker = {
    advance: async (id: string) => {
      if (id === 'b') throw new Error('not now')
      made.push(id)
    },
  }
  const batch = createMessageBatch(
    'switchyard-datasets',
    bodies.map((body, index) => ({ id: String(index), timestamp: new Date(0), attempts: 1, body })),
  )
  await onDatasetMessages(batch, { datasetMaker, log: { error: () => {} } })
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext())
  expect(made).toEqual(['a', 'd'])
  expect(explicitAcks).toEqual(['0', '2', '3', '4'])
  expect(retryMessages.map(({ msgId }) => msgId)).toEqual(['1'])
})
