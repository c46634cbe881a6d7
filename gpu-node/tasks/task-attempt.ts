import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { causeOf } from '../../shared/failure-cause.ts'
import type { Logger } from '../../shared/log.ts'
import {
  type NodeFault,
  TASK_ALIVE_MS,
  type taskCommands,
  type taskEvents,
} from '../../shared/tasks/tasks.ts'
import { transferSigned } from '../training/byte-transfer.ts'
import { getPart, putPart } from '../training/part-request.ts'
import { runSandbox, type SandboxFiles, type SandboxOptions } from './sandbox-process.ts'

/** A frame of the edge about tasks, and one to it. */
export type TaskCommand = z.infer<(typeof taskCommands)[number]>
export type TaskStart = Extract<TaskCommand, { type: 'task.start' }>
export type TaskEvent = z.infer<(typeof taskEvents)[number]>

/** How long the files of a task may take to be fetched, and to be stored. */
export const TRANSFER_LIMIT_MS = 300_000

/** Something is said so often, so that it arrives within `TASK_ALIVE_MS`. */
const ALIVE_MS = TASK_ALIVE_MS - 2_000

/** The node as a task finds it. */
export interface TaskHost extends Pick<SandboxOptions, 'deno' | 'bundle' | 'memoryLimitMiB'> {
  /** The edge's origin. */
  edge: string
  /** The folder of all tasks; each makes one of its own in it. */
  folder: string
  onProcess?: ((pid: number) => void) | undefined
  log: Logger
}

const MESSAGES: Record<NodeFault, string> = {
  died: 'The process that ran this ended by itself.',
  bytes: 'The files of this task could not be fetched or stored.',
  no_slot: 'The node has no slot free.',
}

/** A task that a node runs: fetches its files, works on them in a sandbox, stores what came of it. */
export class TaskAttempt {
  readonly key: { taskId: string; attempt: number }
  readonly #start: TaskStart
  readonly #host: TaskHost
  readonly #send: (event: TaskEvent) => void
  readonly #abort = new AbortController()
  #progress: { done?: number; total?: number } = {}

  constructor(start: TaskStart, host: TaskHost, send: (event: TaskEvent) => void) {
    this.key = { taskId: start.taskId, attempt: start.attempt }
    this.#start = start
    this.#host = host
    this.#send = send
  }

  /** Ends it at once; nothing more is said of it. */
  stop(): void {
    this.#abort.abort()
  }

  /** Nobody can do it here now. */
  refuse(): void {
    this.#fail('no_slot')
  }

  /** It waits for its turn, or goes on. */
  tellAlive(): void {
    this.#say({ type: 'task.progress', ...this.key, ...this.#progress })
  }

  /** Resolves when it is over, however it ended, and nothing is left of it. */
  async run(): Promise<void> {
    if (this.#abort.signal.aborted) return
    const alive = setInterval(() => this.tellAlive(), ALIVE_MS)
    try {
      await this.#work()
    } catch (thrown) {
      if (!this.#abort.signal.aborted)
        this.#host.log.warn('task.failed', { ...this.key, cause: causeOf(thrown) })
      this.#fail('bytes')
    } finally {
      clearInterval(alive)
    }
  }

  async #work(): Promise<void> {
    const folder = await mkdtemp(join(this.#host.folder, 'task-'))
    try {
      await this.#workIn(folder)
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  }

  async #workIn(folder: string): Promise<void> {
    const { inputs, outputs, work, limitMs } = this.#start
    const { onProcess: onStart, log, ...host } = this.#host
    const files: SandboxFiles = {
      inputs: inputs.map(({ name, bytes }, index) => ({ name, bytes, path: join(folder, `${index}.in`) })),
      outputs: outputs.map(({ name, maxBytes }, index) => ({
        name,
        maxBytes,
        path: join(folder, `${index}.out`),
      })),
    }
    await this.#fetch(files)
    const onProgress = (done: number, total: number) => {
      this.#progress = { done, total }
    }
    const end = await runSandbox(
      { ...host, ...files, work, limitMs, onProgress, onStart },
      this.#abort.signal,
    )
    if (this.#abort.signal.aborted) return
    if (end.kind === 'died') {
      log.warn('task.died', { ...this.key, kind: work.kind, words: end.words })
      return this.#fail('died')
    }
    if (end.kind === 'fault') {
      log.info('task.refused', { ...this.key, kind: work.kind, code: end.code })
      return this.#say({ type: 'task.error', ...this.key, code: end.code, message: end.message })
    }
    if (end.bytes.includes(0)) return this.#fail('died') // it has left something out
    await this.#store(files, end.bytes)
    log.info('task.done', { ...this.key, kind: work.kind, ...end.figures })
    const stored = files.outputs.map(({ name }, index) => ({ name, bytes: end.bytes[index] ?? 0 }))
    this.#say({ type: 'task.end', ...this.key, outputs: stored, figures: end.figures })
  }

  get #transfer() {
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(TRANSFER_LIMIT_MS)])
    return { edge: this.#host.edge, signal }
  }

  async #fetch({ inputs }: SandboxFiles): Promise<void> {
    const options = this.#transfer
    for (const [index, { path, bytes }] of inputs.entries()) {
      await writeFile(path, '', { mode: 0o600 })
      const token = this.#start.inputs[index]?.token ?? ''
      await transferSigned({ path, start: 0, bytes }, getPart, token, options)
    }
  }

  async #store({ outputs }: SandboxFiles, bytes: readonly number[]): Promise<void> {
    const options = this.#transfer
    for (const [index, { path }] of outputs.entries()) {
      const token = this.#start.outputs[index]?.token ?? ''
      await transferSigned({ path, start: 0, bytes: bytes[index] ?? 0 }, putPart, token, options)
    }
  }

  #fail(code: NodeFault): void {
    this.#say({ type: 'task.error', ...this.key, code, message: MESSAGES[code] })
  }

  #say(event: TaskEvent): void {
    if (!this.#abort.signal.aborted) this.#send(event)
  }
}
