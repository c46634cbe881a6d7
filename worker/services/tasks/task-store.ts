import { and, eq, inArray, lt, type SQL, sql } from 'drizzle-orm'
import { TASK_LEASE_MS, type TaskFigures } from '../../../shared/tasks/tasks.ts'
import type { Db } from '../../db/client.ts'
import { tasks } from '../../db/tables/tasks.ts'
import type { NewTask, TaskError, WrittenFile } from './tasks.ts'

export type TaskRow = typeof tasks.$inferSelect

/** Nodes or processes that a task may lose. */
export const MAX_LOSSES = 3

/** Which try at which task; of a node, also whose. */
export interface Attempt {
  taskId: string
  attempt: number
  nodeId?: string
}

export type TaskStore = ReturnType<typeof createTaskStore>

/** The columns that a task leaves its node with. */
const LEFT = { nodeId: null, leaseUntil: null, claimedAt: null }

/** The sentence of a task that was lost so often. */
const lostMessage = `Nodes began this ${MAX_LOSSES} times, and each time the node or the process that ran it was lost.`

/** The rows of tasks. Each change is one statement, fenced by state and attempt; it answers with the row as it is then. */
export function createTaskStore(db: Db, now: () => number = Date.now) {
  const running = eq(tasks.state, 'running')
  const isOf = ({ taskId, attempt, nodeId }: Attempt): SQL | undefined =>
    and(
      eq(tasks.id, taskId),
      eq(tasks.attempt, attempt),
      running,
      nodeId === undefined ? undefined : eq(tasks.nodeId, nodeId),
    )

  async function change(
    where: SQL | undefined,
    set: Partial<{ [Name in keyof TaskRow]: TaskRow[Name] | SQL }>,
  ) {
    return await db
      .update(tasks)
      .set({ updatedAt: now(), ...set })
      .where(where)
      .returning()
  }

  async function end(of: Attempt, set: Partial<TaskRow>): Promise<TaskRow | undefined> {
    const [row] = await change(isOf(of), { ...LEFT, finishedAt: now(), ...set })
    return row
  }

  /** Puts tasks back that have lost their node; after the last loss they have failed. */
  async function lose(where: SQL | undefined, code: string): Promise<TaskRow[]> {
    const isLast = sql`${tasks.losses} + 1 >= ${MAX_LOSSES}`
    const ifLast = (value: unknown) => sql`case when ${isLast} then ${value} end`
    return await change(and(running, where), {
      ...LEFT,
      losses: sql`${tasks.losses} + 1`,
      state: sql`case when ${isLast} then 'failed' else 'queued' end`,
      finishedAt: ifLast(now()),
      errorCode: ifLast(code),
      errorMessage: ifLast(lostMessage),
    })
  }

  return {
    async add({ kind, options, ...task }: NewTask): Promise<void> {
      // One of the union that it came from.
      const work = { kind, options } as TaskRow['work']
      const times = { createdAt: now(), updatedAt: now() }
      await db
        .insert(tasks)
        .values({ ...task, kind, work, state: 'queued', ...times })
        .onConflictDoNothing()
    },

    async find(id: string): Promise<TaskRow | undefined> {
      const [row] = await db.select().from(tasks).where(eq(tasks.id, id))
      return row
    },

    /** One statement: of two rounds at once, one has the task, and no node has more than its slots. */
    async claim(id: string, nodeId: string, slots: number): Promise<TaskRow | undefined> {
      const held = db.$count(tasks, and(running, eq(tasks.nodeId, nodeId)))
      const claimedAt = now()
      const [row] = await change(
        and(eq(tasks.id, id), eq(tasks.state, 'queued'), sql`(${held}) < ${slots}`),
        {
          state: 'running',
          attempt: sql`${tasks.attempt} + 1`,
          nodeId,
          claimedAt,
          leaseUntil: claimedAt + TASK_LEASE_MS,
        },
      )
      return row
    },

    /** The lease goes on. False where it is not this attempt's. */
    async renew(of: Attempt): Promise<boolean> {
      const rows = await db
        .update(tasks)
        .set({ leaseUntil: now() + TASK_LEASE_MS })
        .where(isOf(of))
        .returning({ id: tasks.id })
      return rows.length > 0
    },

    /** Puts a task back that its node has not tried. */
    async giveBack(of: Attempt): Promise<TaskRow | undefined> {
      const [row] = await change(isOf(of), { ...LEFT, state: 'queued' })
      return row
    },

    finish: (of: Attempt, written: WrittenFile[], figures: TaskFigures) =>
      end(of, { state: 'done', written, figures }),

    fail: (of: Attempt, { code, message }: TaskError) =>
      end(of, { state: 'failed', errorCode: code, errorMessage: message }),

    loseAttempt: async (of: Attempt, code: string): Promise<TaskRow | undefined> =>
      (await lose(isOf(of), code))[0],

    /** Those that a node had been given before this time. */
    loseOfNode: (nodeId: string, before: number): Promise<TaskRow[]> =>
      lose(and(eq(tasks.nodeId, nodeId), lt(tasks.claimedAt, before)), 'died'),

    loseExpired: (): Promise<TaskRow[]> => lose(lt(tasks.leaseUntil, now()), 'died'),

    /** Ends one that is not over. The row keeps its node, so that it is known whom to tell. */
    async cancel(id: string): Promise<TaskRow | undefined> {
      const open = and(eq(tasks.id, id), inArray(tasks.state, ['queued', 'running']))
      const [row] = await change(open, { state: 'cancelled', finishedAt: now(), leaseUntil: null })
      return row
    },

    async noteTold(id: string): Promise<void> {
      await db.update(tasks).set({ toldAt: now() }).where(eq(tasks.id, id))
    },
  }
}
