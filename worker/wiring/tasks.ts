import type { Directory } from '../services/pool/directory.ts'
import { createTaskCalls } from '../services/tasks/task-calls.ts'
import { createTasks } from '../services/tasks/task-service.ts'
import type { TaskTaker } from '../services/tasks/tasks.ts'
import type { Ground } from './ground.ts'

/** The tasks of the pool; each owner hears of its own. */
export function wireTasks(
  { db, bucket, signedBytes, stubs, later, log }: Ground,
  snapshot: Directory['snapshot'],
  takers: ReadonlyMap<string, TaskTaker>,
) {
  const tasks = createTasks({
    ...{ db, bucket, signedBytes, snapshot, later, log },
    send: stubs.sendTaskMessage,
    nodeLink: stubs.nodeLink,
    onTaskEnded: async (task) => await takers.get(task.owner)?.onTaskEnded(task),
    onTaskGiven: async ({ id, owner }) => await takers.get(owner)?.onTaskGiven?.(id),
  })
  return { ...tasks, ...createTaskCalls({ nodeLink: stubs.nodeLink, snapshot, later, log }) }
}
