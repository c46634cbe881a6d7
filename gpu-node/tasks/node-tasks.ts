import type { Metric } from '../../shared/prometheus.ts'
import { TASK_KINDS, type TaskOffer } from '../../shared/tasks/tasks.ts'
import {
  TaskAttempt,
  type TaskCommand,
  type TaskEvent,
  type TaskHost,
  type TaskStart,
} from './task-attempt.ts'

export interface NodeTasksOptions extends TaskHost {
  /** Tasks at the same time. */
  slots: number
}

/** The tasks of one link. */
export interface LinkTasks {
  receive(command: TaskCommand): void
  /** Takes no new ones; resolves when none is left. */
  drain(): Promise<void>
  /** Stops all. */
  end(): void
}

/** The tasks that a node runs. Each belongs to the link that it came by, and ends with that. */
export class NodeTasks {
  readonly #options: NodeTasksOptions
  /** Those that run, and those whose process is just ending: it has its slot until it is gone. */
  readonly #running = new Map<TaskAttempt, Promise<void>>()
  #waiting: { attempt: TaskAttempt; own: Set<TaskAttempt> }[] = []
  #isClosed = false
  #onChange: () => void = () => {}

  constructor(options: NodeTasksOptions) {
    this.#options = options
  }

  /** The node's skill, as a link's first frame tells it. */
  get offer(): TaskOffer {
    return { kinds: [...TASK_KINDS], slots: this.#options.slots }
  }

  /** A link to an edge that gives tasks is open. */
  attach(send: (event: TaskEvent) => void): LinkTasks {
    const own = new Set<TaskAttempt>()
    let isDraining = false
    return {
      receive: (command) => {
        if (command.type === 'task.start') this.#start(command, send, own, isDraining)
        else this.#cancel(command, own)
      },
      drain: () => {
        isDraining = true
        return new Promise((resolve) => {
          this.#onChange = () => {
            if (this.#running.size + this.#waiting.length === 0) resolve()
          }
          this.#onChange()
        })
      },
      end: () => {
        for (const attempt of own) this.#drop(attempt)
      },
    }
  }

  /** Stops all, and resolves when no process is left. */
  async close(): Promise<void> {
    this.#isClosed = true
    const attempts = [...this.#waiting.map(({ attempt }) => attempt), ...this.#running.keys()]
    for (const attempt of attempts) this.#drop(attempt)
    await Promise.all(this.#running.values())
  }

  read(): Metric[] {
    const help = 'Tasks that run.'
    return [{ name: 'switchyard_node_tasks', help, type: 'gauge', samples: [{ value: this.#running.size }] }]
  }

  #start(
    command: TaskStart,
    send: (event: TaskEvent) => void,
    own: Set<TaskAttempt>,
    isDraining: boolean,
  ): void {
    const older = [...own].find(({ key }) => key.taskId === command.taskId)
    if (older && older.key.attempt >= command.attempt) return
    if (older) this.#drop(older)
    const attempt = new TaskAttempt(command, this.#options, send)
    // One more than there are slots may come before the process of one that was stopped is gone.
    if (isDraining || this.#isClosed || this.#waiting.length >= this.#options.slots) {
      attempt.refuse()
      return
    }
    own.add(attempt)
    this.#waiting.push({ attempt, own })
    attempt.tellAlive()
    this.#next()
  }

  #next(): void {
    while (this.#running.size < this.#options.slots) {
      const first = this.#waiting.shift()
      if (first === undefined) break
      const { attempt, own } = first
      const over = attempt.run().finally(() => {
        this.#running.delete(attempt)
        own.delete(attempt)
        this.#next()
      })
      this.#running.set(attempt, over)
    }
    this.#onChange()
  }

  #cancel(
    { taskId, attempt: number }: Extract<TaskCommand, { type: 'task.cancel' }>,
    own: Set<TaskAttempt>,
  ): void {
    for (const attempt of own)
      if (attempt.key.taskId === taskId && attempt.key.attempt === number) this.#drop(attempt)
  }

  #drop(attempt: TaskAttempt): void {
    attempt.stop()
    this.#waiting = this.#waiting.filter((waiting) => waiting.attempt !== attempt)
    this.#onChange()
  }
}
