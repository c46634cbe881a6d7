import type { FileFault, NodeFault, TaskFigures, TaskKind, TaskWork } from '../../../shared/tasks/tasks.ts'
import type { TaskState } from '../../db/tables/tasks.ts'

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

/** A task as it is asked for: its kind with the options of that. */
export type NewTask = TaskWork & {
  /** A row's id (`newId`). The same id again changes nothing: the task is there. */
  id: string
  accountId: string
  /** The service that it is for, and that is told of its end. */
  owner: string
  inputs: TaskInput[]
  outputs: TaskOutput[]
  /** How long it may run on a node; at most `MAX_TASK_LIMIT_MS`. */
  limitMs: number
}

interface TaskFacts {
  id: string
  accountId: string
  owner: string
  /** Nodes that it was given to. */
  attempt: number
  createdAt: number
  /** When it last began, ended or was put back. */
  updatedAt: number
}

/** Where a task stands. */
export type TaskView = TaskWork & TaskFacts & { state: TaskState }

/** A file that a task has written, under its true key in R2. Its taker deletes it; after a day it goes by itself. */
export interface WrittenFile {
  name: string
  key: string
  bytes: number
}

/** Why a task failed, with a sentence for a person. */
export interface TaskError {
  code: FileFault | NodeFault
  message: string
}

/** A task that is over. */
export type EndedTask = TaskWork &
  TaskFacts &
  ({ state: 'done'; outputs: WrittenFile[]; figures: TaskFigures } | { state: 'failed'; error: TaskError })

/** Told at least once of every task that is over, except of those that were cancelled: so it is idempotent. */
export type OnTaskEnded = (task: EndedTask) => Promise<void>

/** Told when a node has taken a task, as a rule: who was to tell may end first. */
export type OnTaskGiven = (taskId: string) => Promise<void>

/** The service that tasks are for. */
export interface TaskTaker {
  onTaskEnded: OnTaskEnded
  onTaskGiven?: OnTaskGiven
}

/** Work on files that nodes do beside generations. */
export interface Tasks {
  /** Writes the task down and rings: a node gets it as soon as one has a slot free. */
  create(task: NewTask): Promise<void>
  /** Stops it, and deletes what it has written. Of one that is over or unknown: nothing. */
  cancel(id: string): Promise<void>
  get(id: string): Promise<TaskView | undefined>
  /** Whether a node that is connected offers tasks of this kind. */
  canRun(kind: TaskKind): Promise<boolean>
  /** A round: leases that ran out end, and tasks are given to nodes. What of it fails is done by the next. */
  tick(): Promise<void>
  /** Tells the owner of the end of a task, unless that is done. Rejects where it could not be. */
  tellEnd(id: string): Promise<void>
  /** Whether a try at a task is the one that counts. */
  isCurrent(id: string, attempt: number): Promise<boolean>
  /** Deletes what is over for a day, with what nobody took. */
  sweep(): Promise<number>
}
