import type { TaskKind } from '../../../shared/tasks.ts'

/** An object of R2 that a task reads. */
export interface TaskInput {
  name: string
  key: string
  bytes: number
}

/** A file that a task writes. It lies under `<key>/<attempt>`: what an older attempt still sends changes nothing of it. */
export interface TaskOutput {
  name: string
  key: string
  maxBytes: number
}

/** A task as it is asked for. */
export interface NewTask {
  /** A row's id (`newId`). The same id again changes nothing: the task is there. */
  id: string
  kind: TaskKind
  accountId: string
  /** The service that it is for, and that is told of its end. */
  owner: string
  inputs: readonly TaskInput[]
  outputs: readonly TaskOutput[]
  /** For the kind; shared/tasks.ts has the form of each. */
  options: Readonly<Record<string, unknown>>
  /** How long it may run on a node. */
  limitMs: number
}

export const TASK_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const
export type TaskState = (typeof TASK_STATES)[number]

/** Where a task stands. */
export interface TaskView {
  id: string
  kind: TaskKind
  accountId: string
  owner: string
  state: TaskState
  attempt: number
  options: Readonly<Record<string, unknown>>
  createdAt: number
  /** When it last began, ended or was put back. */
  updatedAt: number
}

/** A file that a task has written, under its true key in R2. Its taker deletes it. */
export interface WrittenFile {
  name: string
  key: string
  bytes: number
}

/** A task that is over. */
export type EndedTask = Omit<TaskView, 'state'> &
  (
    | { state: 'done'; outputs: readonly WrittenFile[]; figures: Readonly<Record<string, number>> }
    /** The code is one of shared/tasks.ts; the message is for a person. */
    | { state: 'failed'; error: { code: string; message: string } }
  )

/** Told at least once of every task that is over, except of those that were cancelled: so it is idempotent. */
export type OnTaskEnded = (task: EndedTask) => Promise<void>

/** Work on files that nodes do beside generations. */
export interface Tasks {
  /** Writes the task down and rings: a node gets it as soon as one has a slot free. */
  create(task: NewTask): Promise<void>
  /** Stops it, and deletes what it has written. Of one that is over or unknown: nothing. */
  cancel(id: string): Promise<void>
  get(id: string): Promise<TaskView | undefined>
  /** Whether a node that is connected offers tasks of this kind. */
  canRun(kind: TaskKind): Promise<boolean>
}
