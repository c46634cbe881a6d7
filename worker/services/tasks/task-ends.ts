import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import type { SendTaskMessage, TaskMessage } from './task-messages.ts'
import type { TaskRow } from './task-store.ts'

export interface TaskEndsOptions {
  bucket: Pick<R2Bucket, 'delete'>
  send: SendTaskMessage
  log: Logger
}

/** A task that a node did not take is given out again after so long. */
export const REFUSED_SECONDS = 5

export type TaskEnds = ReturnType<typeof createTaskEnds>

/** The true key of an output. */
export const keyOfOutput = (key: string, attempt: number): string => `${key}/${attempt}`

/** All that follows when an attempt at a task is over, and no longer has a node. */
export function createTaskEnds({ bucket, send, log }: TaskEndsOptions) {
  /** Deletes what an attempt has written. What is left over by a failure goes with the row. */
  async function clear({ id, outputs, attempt }: TaskRow): Promise<void> {
    try {
      await bucket.delete(outputs.map(({ key }) => keyOfOutput(key, attempt)))
    } catch (thrown) {
      log.error('task.not_cleared', { taskId: id, cause: causeOf(thrown) })
    }
  }

  /** A message that cannot be sent now is made up for by the clock. */
  async function say(message: TaskMessage, delaySeconds?: number): Promise<void> {
    await send(message, delaySeconds).catch((thrown) => log.error('task.no_ring', { cause: causeOf(thrown) }))
  }

  return {
    clear,
    ring: (): Promise<void> => say({ type: 'give' }),

    /** The same, when a node that did not take a task may do so. */
    ringLater: (): Promise<void> => say({ type: 'give' }, REFUSED_SECONDS),

    /** After a change: owners hear of what is over, others get their turn, nothing stays of what failed. */
    async settle(rows: readonly TaskRow[]): Promise<void> {
      if (rows.length === 0) return
      for (const row of rows) {
        const { id, attempt, state } = row
        log.info('task.left', { taskId: id, attempt, state, ...(row.errorCode && { code: row.errorCode }) })
        if (state !== 'done') await clear(row)
        if (state === 'done' || state === 'failed') await say({ type: 'ended', taskId: id })
      }
      await say({ type: 'give' })
    },
  }
}
