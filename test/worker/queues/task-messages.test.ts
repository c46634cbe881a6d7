import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { onTaskMessages, retrySeconds } from '../../../worker/queues/task-messages.ts'

const batchOf = (bodies: unknown[]) =>
  createMessageBatch(
    'switchyard-tasks',
    bodies.map((body, index) => ({ id: String(index), timestamp: new Date(0), attempts: 1, body })),
  )

async function take(bodies: unknown[], failing: string[] = []) {
  const told: string[] = []
  let rounds = 0
  const tasks = {
    tick: async () => {
      rounds += 1
    },
    tellEnd: async (id: string) => {
      if (failing.includes(id)) throw new Error('not now')
      told.push(id)
    },
  }
  const batch = batchOf(bodies)
  await onTaskMessages(batch, { tasks, log: { error: () => {} } })
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext())
  return { told, rounds, explicitAcks, retried: retryMessages.map(({ msgId }) => msgId) }
}

describe('a batch of messages of tasks', () => {
  it('gives tasks out once, however often it rang', async () => {
    expect(await take([{ type: 'give' }, { type: 'give' }])).toMatchObject({
      rounds: 1,
      explicitAcks: ['0', '1'],
    })
    expect(await take([{ type: 'ended', taskId: 'a' }])).toMatchObject({ rounds: 0 })
  })

  it('settles each message by itself: one that fails comes again alone', async () => {
    const ended = ['a', 'b', 'c'].map((taskId) => ({ type: 'ended', taskId }))
    expect(await take(ended, ['b'])).toEqual({
      told: ['a', 'c'],
      rounds: 0,
      explicitAcks: ['0', '2'],
      retried: ['1'],
    })
  })

  it('drops what is no message', async () => {
    expect(await take([null, 'ring', { type: 'ended' }])).toMatchObject({
      told: [],
      explicitAcks: ['0', '1', '2'],
    })
  })

  it('waits longer with each try, and never longer than five minutes', () => {
    expect([1, 2, 3, 7, 50].map(retrySeconds)).toEqual([5, 10, 20, 300, 300])
  })
})
