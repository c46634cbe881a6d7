import { isFileFault, NODE_FAULTS, type NodeFault } from '../../../shared/tasks/tasks.ts'
import type { NodeEvent } from '../../../shared/wire.ts'
import type { Db } from '../../db/client.ts'
import { createTaskEnds, keyOfOutput, type TaskEndsOptions } from './task-ends.ts'
import { type Attempt, createTaskStore, type TaskRow } from './task-store.ts'
import type { WrittenFile } from './tasks.ts'

/** The word of a node about a task. */
export type TaskEvent = Extract<NodeEvent, { type: `task.${string}` }>

export interface TaskReportsOptions extends TaskEndsOptions {
  db: Db
  bucket: Pick<R2Bucket, 'head' | 'delete'>
  now?: () => number
}

export type TaskReports = ReturnType<typeof createTaskReports>

const isNodeFault = (code: string): code is NodeFault => NODE_FAULTS.some((known) => known === code)

/** Takes what nodes say of tasks. */
export function createTaskReports({ db, bucket, send, log, now }: TaskReportsOptions) {
  const store = createTaskStore(db, now)
  const ends = createTaskEnds({ bucket, send, log })

  /** The files that an attempt says it has stored; undefined where one of them is not there. */
  async function writtenBy(
    row: TaskRow,
    told: Extract<TaskEvent, { type: 'task.end' }>['outputs'],
  ): Promise<WrittenFile[] | undefined> {
    const files: WrittenFile[] = []
    for (const { name, key, maxBytes } of row.outputs) {
      const bytes = told.find((output) => output.name === name)?.bytes
      const object = await bucket.head(keyOfOutput(key, row.attempt))
      if (!object || object.size !== bytes || bytes > maxBytes) return undefined
      files.push({ name, key: object.key, bytes })
    }
    return files
  }

  async function finish(of: Attempt, event: Extract<TaskEvent, { type: 'task.end' }>) {
    const row = await store.find(of.taskId)
    if (row?.attempt !== of.attempt || row.state !== 'running') return undefined
    const written = await writtenBy(row, event.outputs)
    if (!written) return await store.loseAttempt(of, 'bytes')
    return await store.finish(of, written, event.figures)
  }

  async function fail(of: Attempt, code: string, message: string) {
    if (isFileFault(code)) return await store.fail(of, { code, message })
    return await store.loseAttempt(of, isNodeFault(code) ? code : 'died')
  }

  return {
    /** Acts on it. False where the attempt is not the one that counts: then the node is to stop it. */
    async hear(nodeId: string, event: TaskEvent): Promise<boolean> {
      const { taskId, attempt } = event
      const of = { taskId, attempt, nodeId }
      if (event.type === 'task.progress') return await store.renew(of)
      if (event.type === 'task.error' && event.code === 'no_slot') {
        const row = await store.giveBack(of)
        if (row) await ends.ringLater()
        return row !== undefined
      }
      const row =
        event.type === 'task.end' ? await finish(of, event) : await fail(of, event.code, event.message)
      if (row) await ends.settle([row])
      return row !== undefined
    },

    /** The link of a node is gone, or new: it runs nothing that it was given before. */
    async lost(nodeId: string, before: number): Promise<void> {
      await ends.settle(await store.loseOfNode(nodeId, before))
    },

    ring: ends.ring,
  }
}
