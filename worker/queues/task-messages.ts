import { TaskMessage } from '../services/tasks/task-messages.ts'
import type { Tasks } from '../services/tasks/tasks.ts'

/** The services that tasks' messages are for. */
export interface TaskMessageServices {
  tasks: Pick<Tasks, 'tick' | 'tellEnd'>
  log: { error(event: string, fields?: Record<string, unknown>): void }
}

/** Waits between tries at telling an end: 5 s, doubling, to five minutes. */
export const retrySeconds = (attempts: number): number => Math.min(5 * 2 ** (attempts - 1), 300)

/** However often it rang, tasks are given out once; ends are told one by one, and one that fails comes again alone. */
export async function onTaskMessages(
  batch: MessageBatch,
  { tasks, log }: TaskMessageServices,
): Promise<void> {
  let rings = false
  for (const message of batch.messages) {
    const { data } = TaskMessage.safeParse(message.body)
    try {
      if (data?.type === 'ended') await tasks.tellEnd(data.taskId)
      else rings ||= data?.type === 'give'
      message.ack()
    } catch (thrown) {
      log.error('task.not_told', { cause: thrown instanceof Error ? thrown.message : 'unknown' })
      message.retry({ delaySeconds: retrySeconds(message.attempts) })
    }
  }
  if (rings) await tasks.tick()
}
