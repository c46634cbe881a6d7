import { causeOf } from '../../../shared/failure-cause.ts'
import { isId } from '../../../shared/ids.ts'
import type { Logger } from '../../../shared/log.ts'
import type { NodeHello } from '../../../shared/node.ts'
import type { EdgeCommand } from '../../../shared/wire.ts'
import type { TaskCommand } from '../../services/pool/node-link.ts'
import type { TaskEvent, TaskReports } from '../../services/tasks/task-reports.ts'
import { withoutPaths } from './node-words.ts'

export interface TaskFramesOptions {
  reports: () => TaskReports
  /** The link that a frame came by, and the node behind it; undefined without one. */
  link: () => { linkId: string; nodeId: string } | undefined
  hello: () => NodeHello | undefined
  send: (command: EdgeCommand) => void
  waitUntil: (work: Promise<unknown>) => void
  log: Logger
}

/** The frames of a node's tasks: what it says is written down, and what does not count any more is stopped. */
export class TaskFrames {
  readonly #options: TaskFramesOptions

  constructor(options: TaskFramesOptions) {
    this.#options = options
  }

  /** Of a node that was just welcomed: it runs nothing of what it was given before, and may be given something. */
  greet(nodeId: string): void {
    this.lost(nodeId)
    if (this.#options.hello()?.tasks) this.#do('task.no_ring', () => this.#options.reports().ring())
  }

  /** The link of a node is gone. */
  lost(nodeId: string): void {
    const before = Date.now()
    this.#do('task.not_lost', () => this.#options.reports().lost(nodeId, before))
  }

  /** Acts on a frame of a node that runs tasks. Returns what is wrong with it, if anything. */
  receive(event: TaskEvent): string | undefined {
    const { link, hello, reports, send } = this.#options
    if (!hello()?.tasks) return `${event.type}: hello said nothing of tasks`
    const { taskId, attempt } = event
    if (!isId(taskId)) return `taskId: there is no task '${taskId}'`
    const from = link()
    if (!from) return undefined
    const told = event.type === 'task.error' ? { ...event, message: withoutPaths(event.message) } : event
    this.#do('task.not_heard', async () => {
      const counts = await reports().hear(from.nodeId, told)
      const goesOn = event.type === 'task.progress'
      if (!counts && goesOn && link()?.linkId === from.linkId) send({ type: 'task.cancel', taskId, attempt })
    })
    return undefined
  }

  /** Sends a command about a task. False where there is nobody who runs some. */
  command(command: TaskCommand): boolean {
    if (!this.#options.hello()?.tasks || !this.#options.link()) return false
    this.#options.send(command)
    return true
  }

  /** A failure here is made good by the lease. */
  #do(failure: string, work: () => Promise<unknown>): void {
    const { waitUntil, log } = this.#options
    waitUntil(work().catch((thrown) => log.error(failure, { cause: causeOf(thrown) })))
  }
}
