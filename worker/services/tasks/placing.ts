import { and, eq, inArray, sql } from 'drizzle-orm'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { TASK_KINDS, type TaskKind } from '../../../shared/tasks/tasks.ts'
import type { EdgeCommand } from '../../../shared/wire.ts'
import type { Db } from '../../db/client.ts'
import { tasks } from '../../db/tables/tasks.ts'
import type { SignedBytes } from '../files/signed-bytes.ts'
import type { NodeLinkStub } from '../pool/node-link.ts'
import type { NodeView } from '../pool/node-view.ts'
import { keyOfOutput } from './task-ends.ts'
import type { TaskRow, TaskStore } from './task-store.ts'

/** Tasks that one round gives out at most. */
export const MAX_GIVEN_OUT = 100

export interface PlacingOptions {
  db: Db
  store: TaskStore
  signedBytes: Pick<SignedBytes, 'sign'>
  nodeLink: (nodeId: string) => Pick<NodeLinkStub, 'task'>
  /** Every node as it stands. */
  snapshot: () => Promise<readonly NodeView[]>
  /** A node has taken this one. */
  onGiven: (row: Pick<TaskRow, 'id' | 'owner'>) => void
  log: Logger
}

interface Worker {
  nodeId: string
  kinds: readonly string[]
  slots: number
  free: number
  openCalls: number
}

/** The nodes that run tasks, with room for so many more. */
export function workersOf(views: readonly NodeView[], held: ReadonlyMap<string, number>): Worker[] {
  return views.flatMap(({ linked, draining, nodeId, hello, openCalls }) => {
    if (!linked || draining || !hello.tasks) return []
    const { kinds, slots } = hello.tasks
    return [{ nodeId, kinds, slots, free: slots - (held.get(nodeId) ?? 0), openCalls }]
  })
}

/** The kinds that some of these nodes offer. */
export const kindsOf = (workers: readonly Pick<Worker, 'kinds'>[]): TaskKind[] =>
  TASK_KINDS.filter((kind) => workers.some(({ kinds }) => kinds.includes(kind)))

/** The node for a task: the freest, then the one with the fewest calls. */
export const workerFor = (kind: TaskKind, workers: readonly Worker[]): Worker | undefined =>
  workers
    .filter(({ kinds, free }) => free > 0 && kinds.includes(kind))
    .toSorted((a, b) => b.free - a.free || a.openCalls - b.openCalls)[0]

/**
 * Gives tasks to nodes. Accounts take turns: the first task of each comes before the second of any, those that run counted,
 * and then the oldest is first.
 */
export function createPlacing({ db, store, signedBytes, nodeLink, snapshot, onGiven, log }: PlacingOptions) {
  async function heldByNode(): Promise<Map<string, number>> {
    const rows = await db
      .select({ nodeId: tasks.nodeId, count: sql<number>`count(*)` })
      .from(tasks)
      .where(eq(tasks.state, 'running'))
      .groupBy(tasks.nodeId)
    return new Map(rows.flatMap(({ nodeId, count }) => (nodeId === null ? [] : [[nodeId, count] as const])))
  }

  async function waiting(kinds: readonly TaskKind[]): Promise<Pick<TaskRow, 'id' | 'kind'>[]> {
    const runs = sql`(select count(*) from tasks as others where others.account_id = ${tasks.accountId} and others.state = 'running')`
    const place = sql`row_number() over (partition by ${tasks.accountId} order by ${tasks.createdAt}, ${tasks.id})`
    return await db
      .select({ id: tasks.id, kind: tasks.kind })
      .from(tasks)
      .where(and(eq(tasks.state, 'queued'), inArray(tasks.kind, [...kinds])))
      .orderBy(sql`${runs} + ${place}`, tasks.createdAt, tasks.id)
      .limit(MAX_GIVEN_OUT)
  }

  async function startOf(row: TaskRow): Promise<Extract<EdgeCommand, { type: 'task.start' }>> {
    const { id: taskId, attempt, work, limitMs } = row
    const inputs = row.inputs.map(async ({ name, key, bytes }) => {
      const token = await signedBytes.sign({ key, method: 'GET', taskId, attempt })
      return { name, bytes, token }
    })
    const outputs = row.outputs.map(async ({ name, key, maxBytes }) => {
      const grant = { key: keyOfOutput(key, attempt), method: 'PUT' as const, taskId, attempt, maxBytes }
      return { name, maxBytes, token: await signedBytes.sign(grant) }
    })
    return {
      type: 'task.start',
      ...{ taskId, attempt, work, limitMs },
      inputs: await Promise.all(inputs),
      outputs: await Promise.all(outputs),
    }
  }

  /** False where the node is not there: it gets nothing more in this round. */
  async function give(id: string, { nodeId, slots }: Worker): Promise<boolean> {
    const row = await store.claim(id, nodeId, slots)
    if (!row) return true // another round has it, or has filled the node
    const of = { taskId: id, attempt: row.attempt, nodeId }
    try {
      if (await nodeLink(nodeId).task(await startOf(row))) {
        log.info('task.given', { ...of, kind: row.kind })
        onGiven(row)
        return true
      }
    } catch (thrown) {
      log.error('task.not_given', { ...of, cause: causeOf(thrown) })
    }
    await store.giveBack(of)
    return false
  }

  return async function giveOut(): Promise<void> {
    const queued = await db.$count(tasks, eq(tasks.state, 'queued'))
    if (queued === 0) return
    const workers = workersOf(await snapshot(), await heldByNode())
    const kinds = kindsOf(workers.filter(({ free }) => free > 0))
    if (kinds.length === 0) return
    for (const { id, kind } of await waiting(kinds)) {
      let worker = workerFor(kind, workers)
      while (worker && !(await give(id, worker))) {
        worker.free = 0
        worker = workerFor(kind, workers)
      }
      if (worker) worker.free -= 1
    }
  }
}
