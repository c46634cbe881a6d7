import { and, eq, inArray, isNotNull, isNull, lt, or } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import {
  MAX_TASK_FILES,
  MAX_TASK_INPUT_BYTES,
  MAX_TASK_LIMIT_MS,
  MAX_TASK_OUTPUT_BYTES,
  TaskWork,
} from '../../../shared/tasks/tasks.ts'
import { DAY_MS } from '../../../shared/units.ts'
import { tasks } from '../../db/tables/tasks.ts'
import { sweep } from '../sweep.ts'
import { createPlacing, kindsOf, type PlacingOptions, workersOf } from './placing.ts'
import { createTaskEnds, keyOfOutput, type TaskEndsOptions } from './task-ends.ts'
import { createTaskStore, type TaskRow } from './task-store.ts'
import type { EndedTask, NewTask, OnTaskEnded, TaskError, Tasks } from './tasks.ts'

/** An end of which the owner was not told is told again after so long, … */
export const UNTOLD_MS = 60_000
const MAX_TOLD_AGAIN = 50
/** … and until the row goes: of those that are over and told, and of those that nobody takes. */
export const KEPT_MS = DAY_MS
export const UNTOLD_KEPT_MS = 7 * DAY_MS

/** Objects that one request of R2 deletes. */
const MAX_DELETED_AT_ONCE = 1_000

export interface TasksOptions extends Omit<PlacingOptions, 'store' | 'onGiven'>, TaskEndsOptions {
  /** Goes on after the answer. */
  later: (work: Promise<unknown>) => void
  onTaskEnded: OnTaskEnded
  onTaskGiven: (task: Pick<TaskRow, 'id' | 'owner'>) => Promise<void>
  now?: () => number
}

function checkTask({ kind, options, inputs, outputs, limitMs }: NewTask): void {
  const refuse = (what: string): never => {
    throw new AppError('invalid_request', `A task ${what}.`)
  }
  const { error } = TaskWork.safeParse({ kind, options })
  if (error) refuse(`has no such options: ${error.issues[0]?.path.join('.')}`)
  for (const files of [inputs, outputs])
    if (files.length < 1 || files.length > MAX_TASK_FILES)
      refuse(`reads and writes 1 to ${MAX_TASK_FILES} files`)
  if (inputs.some(({ bytes }) => bytes < 1 || bytes > MAX_TASK_INPUT_BYTES))
    refuse(`reads files of 1 to ${MAX_TASK_INPUT_BYTES} bytes`)
  if (outputs.some(({ maxBytes }) => maxBytes < 1 || maxBytes > MAX_TASK_OUTPUT_BYTES))
    refuse(`writes files of at most ${MAX_TASK_OUTPUT_BYTES} bytes`)
  if (limitMs < 1 || limitMs > MAX_TASK_LIMIT_MS) refuse(`runs for at most ${MAX_TASK_LIMIT_MS} ms`)
}

/** Only tasks that are done or failed have an end to tell. */
function endOf(row: TaskRow): EndedTask | undefined {
  const { id, accountId, owner, attempt, createdAt, updatedAt, work } = row
  const facts = { ...work, id, accountId, owner, attempt, createdAt, updatedAt }
  if (row.state === 'done')
    return { ...facts, state: 'done', outputs: row.written ?? [], figures: row.figures ?? {} }
  if (row.state !== 'failed') return undefined
  // The store writes no other code.
  const code = row.errorCode as TaskError['code']
  return { ...facts, state: 'failed', error: { code, message: row.errorMessage ?? '' } }
}

/** The tasks of the pool. */
export function createTasks(options: TasksOptions): Tasks {
  const {
    db,
    bucket,
    nodeLink,
    snapshot,
    send,
    later,
    onTaskEnded,
    onTaskGiven,
    log,
    now = Date.now,
  } = options
  const store = createTaskStore(db, now)
  const ends = createTaskEnds(options)
  const onGiven = (row: Pick<TaskRow, 'id' | 'owner'>) =>
    later(attempt('not_said_given', () => onTaskGiven(row)))
  const giveOut = createPlacing({ ...options, store, onGiven })

  /** Ends that a lost message, or a taker that failed, has left untold. */
  async function tellAgain(): Promise<void> {
    const untold = await db
      .select({ id: tasks.id })
      .from(tasks)
      .where(
        and(
          inArray(tasks.state, ['done', 'failed']),
          isNull(tasks.toldAt),
          lt(tasks.finishedAt, now() - UNTOLD_MS),
        ),
      )
      .limit(MAX_TOLD_AGAIN)
    for (const { id } of untold) await send({ type: 'ended', taskId: id })
  }

  async function attempt(name: string, work: () => Promise<void>): Promise<void> {
    await work().catch((thrown) => log.error(`task.${name}`, { cause: causeOf(thrown) }))
  }

  return {
    async create(task) {
      checkTask(task)
      await store.add(task)
      await ends.ring()
    },

    async cancel(id) {
      const row = await store.cancel(id)
      if (!row) return
      const { nodeId } = row
      if (nodeId !== null) {
        const stop = { type: 'task.cancel' as const, taskId: id, attempt: row.attempt }
        // A node that does not hear of it now does so at its next word.
        later(attempt('not_stopped', async () => void (await nodeLink(nodeId).task(stop))))
      }
      await ends.settle([row])
    },

    async get(id) {
      const row = await store.find(id)
      if (!row) return undefined
      const { work, accountId, owner, attempt: tried, state, createdAt, updatedAt } = row
      return { ...work, id, accountId, owner, attempt: tried, state, createdAt, updatedAt }
    },

    canRun: async (kind) => kindsOf(workersOf(await snapshot(), new Map())).includes(kind),

    async tick() {
      await attempt('leases', async () => ends.settle(await store.loseExpired()))
      await attempt('untold', tellAgain)
      await attempt('no_round', giveOut)
    },

    async tellEnd(id) {
      const row = await store.find(id)
      if (!row || row.toldAt !== null) return
      const ended = endOf(row)
      if (!ended) return
      await onTaskEnded(ended)
      await store.noteTold(id)
    },

    async isCurrent(id, tried) {
      const row = await store.find(id)
      return row?.attempt === tried && row.state === 'running'
    },

    sweep: () =>
      sweep(async (rows) => {
        const old = lt(tasks.finishedAt, now() - KEPT_MS)
        const over = or(
          isNotNull(tasks.toldAt),
          eq(tasks.state, 'cancelled'),
          lt(tasks.finishedAt, now() - UNTOLD_KEPT_MS),
        )
        const found = await db.select().from(tasks).where(and(old, over)).limit(rows)
        const keys = found.flatMap(({ outputs, attempt: last }) =>
          outputs.flatMap(({ key }) =>
            Array.from({ length: last }, (_, index) => keyOfOutput(key, index + 1)),
          ),
        )
        // The objects first: without its row nobody knows of them.
        for (let at = 0; at < keys.length; at += MAX_DELETED_AT_ONCE)
          await bucket.delete(keys.slice(at, at + MAX_DELETED_AT_ONCE))
        for (const { id } of found) await db.delete(tasks).where(eq(tasks.id, id))
        return found.length
      }),
  }
}
