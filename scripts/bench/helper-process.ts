import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { causeOf } from '../../shared/failure-cause.ts'

/** The requests to a helper: each a function of one plain object. Named by the file that `serve`s it. */
export type HelperApi = Record<string, (input: never) => Promise<unknown>>

type Input<Api extends HelperApi, Name extends keyof Api> = Parameters<Api[Name]>[0]
type Output<Api extends HelperApi, Name extends keyof Api> = Awaited<ReturnType<Api[Name]>>

interface Question {
  id: number
  name: string
  input: unknown
}
type Reply = { id: number; output: unknown } | { id: number; failure: string }

/** How long a helper may take to leave when it is told to. */
const STOP_LIMIT_MS = 15_000

export interface HelperOptions {
  /** The file that calls `serve`. */
  file: URL
  profileDir: string | undefined
}

/** A process of a bench, asked over IPC. It leaves by itself when this process is gone. */
export class HelperProcess<Api extends HelperApi> {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #last = 0

  constructor({ file, profileDir }: HelperOptions) {
    const execArgv = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`]
    const path = fileURLToPath(file)
    this.#child = fork(path, { execArgv })
    this.#child.on('message', (message) => this.#settle(message as Reply)) // only `serve` writes to this channel
    this.#child.once('error', (error) => this.#failAll(error))
    this.#child.once('exit', (code, signal) =>
      this.#failAll(new Error(`${basename(path)} ended (${signal ?? code}).`)),
    )
  }

  /** Rejects with the helper's own words, or when it ends. */
  ask<Name extends keyof Api & string>(
    name: Name,
    input: Input<Api, Name>,
    signal: AbortSignal,
  ): Promise<Output<Api, Name>> {
    signal.throwIfAborted()
    const reply = Promise.withResolvers<unknown>()
    this.#last += 1
    this.#waiting.set(this.#last, reply)
    const onAbort = () => reply.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    this.#child.send(
      { id: this.#last, name, input } satisfies Question,
      (error) => error && reply.reject(error),
    )
    return reply.promise.finally(() => signal.removeEventListener('abort', onAbort)) as Promise<
      Output<Api, Name>
    > // `serve` answers with this
  }

  /** Ends the process without a warning. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null)
      return
    const gone = once(this.#child, 'exit')
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS)
    if (this.#child.connected) this.#child.disconnect()
    await gone
    clearTimeout(kill)
  }

  #settle(message: Reply): void {
    const reply = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if ('failure' in message) reply?.reject(new Error(message.failure))
    else reply?.resolve(message.output)
  }

  #failAll(error: Error): void {
    for (const reply of this.#waiting.values()) reply.reject(error)
    this.#waiting.clear()
  }
}

/** The processor time that this process has used. */
export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** The helper's side: answers questions until the parent is gone, then runs `close` and exits. */
export function serve<Api extends HelperApi>(api: Api, close: () => Promise<void> = async () => {}): void {
  process.on('message', async (message) => {
    const { id, name, input } = message as Question // only our parent writes to this channel
    const send = (reply: Reply) => {
      if (process.connected) process.send?.(reply)
    }
    try {
      const handle = api[name] as ((input: unknown) => Promise<unknown>) | undefined // `ask` checked the input's type
      if (!handle) throw new Error(`There is no "${name}" to ask for.`)
      send({ id, output: await handle(input) })
    } catch (thrown) {
      send({ id, failure: causeOf(thrown) })
    }
  })
  process.on('disconnect', () => void close().finally(() => process.exit(0)))
  // Ctrl-C reaches the whole terminal; the parent decides when we stop.
  process.on('SIGINT', () => {})
}
