import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { FileFault, TaskFigures, TaskWork } from '../../shared/tasks/tasks.ts'
import { encodeMessage, type PipeFrame, PipeReader, type SandboxOrder } from '../sandbox/pipe.ts'
import { residentMiB } from './resident-memory.ts'
import { type SandboxChild, type SandboxPlace, startSandbox } from './sandbox-program.ts'

/** Memory that a task may have. */
export const MEMORY_LIMIT_MIB = 512
export const WATCH_MS = 100

/** As much of a sandbox's last words as is kept, for the log. */
export const MAX_WORDS = 2_000

/** The last words of a sandbox whose memory ran out. */
export const OUT_OF_MEMORY = /out of memory|allocation failed|Invalid array buffer length|heap limit|OOM/i

export interface SandboxFiles {
  inputs: { name: string; bytes: number; path: string }[]
  outputs: { name: string; maxBytes: number; path: string }[]
}

export interface SandboxOptions extends SandboxFiles, SandboxPlace {
  work: TaskWork
  limitMs: number
  onProgress: (done: number, total: number) => void
  onStart?: ((pid: number) => void) | undefined
  memoryLimitMiB?: number
}

/** How a sandbox ended. `died`: by itself, without a word; its last ones are for the log. */
export type SandboxEnd =
  | { kind: 'done'; figures: TaskFigures; bytes: number[] }
  | { kind: 'fault'; code: FileFault; message: string }
  | { kind: 'died'; words: string }

const sentenceOf = (limitMs: number): string =>
  `This took longer than ${Math.round(limitMs / 1_000)} seconds, and was stopped.`

/** One process, for one task. Resolves when it is gone; an abort kills it, and then the end says nothing. */
export async function runSandbox(options: SandboxOptions, signal: AbortSignal): Promise<SandboxEnd> {
  signal.throwIfAborted()
  const life = new SandboxLife(startSandbox(options, ['main.mjs']), options)
  const stop = () => life.kill()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await life.over()
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

class SandboxLife {
  readonly #child: SandboxChild
  readonly #options: SandboxOptions
  readonly #reader = new PipeReader()
  readonly #files: number[]
  readonly #written: number[]
  #end: SandboxEnd | undefined
  #words = ''
  #peakMiB = 0
  readonly #startedAt = performance.now()

  constructor(child: SandboxChild, options: SandboxOptions) {
    this.#child = child
    this.#options = options
    this.#files = options.outputs.map(({ path }) => openSync(path, 'w', 0o600))
    this.#written = options.outputs.map(() => 0)
    child.stdout.on('data', (piece: Buffer) => this.#hear(piece))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-MAX_WORDS)
    })
    child.on('error', (error) => {
      this.#words += error.message // it could not be started; its end follows
    })
    if (child.pid !== undefined) options.onStart?.(child.pid)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async over(): Promise<SandboxEnd> {
    const { limitMs } = this.#options
    const limit = setTimeout(
      () => this.#stop({ kind: 'fault', code: 'time_limit', message: sentenceOf(limitMs) }),
      limitMs,
    )
    const watch = setInterval(() => void this.#watch(), WATCH_MS)
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()))
    void this.#feed()
    await closed
    clearTimeout(limit)
    clearInterval(watch)
    for (const file of this.#files) closeSync(file)
    return this.#verdict()
  }

  #verdict(): SandboxEnd {
    if (this.#end) return this.#end
    if (OUT_OF_MEMORY.test(this.#words)) return this.#outOfMemory()
    return { kind: 'died', words: this.#words }
  }

  #outOfMemory(): SandboxEnd {
    const limit = this.#options.memoryLimitMiB ?? MEMORY_LIMIT_MIB
    return {
      kind: 'fault',
      code: 'memory_limit',
      message: `This took more than ${limit} MB of memory, and was stopped.`,
    }
  }

  /** The order and the files. The pipe stays open behind them: by its end the sandbox knows that this process is gone. */
  async #feed(): Promise<void> {
    const { work, inputs, outputs, limitMs } = this.#options
    const order: SandboxOrder = {
      ...{ work, limitMs },
      inputs: inputs.map(({ name, bytes }) => ({ name, bytes })),
      outputs: outputs.map(({ name }) => name),
    }
    try {
      this.#child.stdin.on('error', () => {}) // it has just ended, and its end says why
      this.#child.stdin.write(encodeMessage(order))
      for (const { path } of inputs) await pipeline(createReadStream(path), this.#child.stdin, { end: false })
    } catch {
      // as above
    }
  }

  async #watch(): Promise<void> {
    const { pid } = this.#child
    const found = pid === undefined ? undefined : await residentMiB(pid)
    if (found === undefined) return
    this.#peakMiB = Math.max(this.#peakMiB, found)
    if (found > (this.#options.memoryLimitMiB ?? MEMORY_LIMIT_MIB)) this.#stop(this.#outOfMemory())
  }

  #stop(end: SandboxEnd): void {
    this.#end ??= end
    this.kill()
  }

  #hear(piece: Buffer): void {
    try {
      for (const frame of this.#reader.read(piece)) this.#take(frame)
    } catch {
      this.#stop({ kind: 'died', words: 'It did not speak as a sandbox does.' })
    }
  }

  #take(frame: PipeFrame): void {
    if (this.#end) return
    if ('bytes' in frame) {
      this.#write(frame.output, frame.bytes)
      return
    }
    const { message } = frame
    if (message.type === 'progress') this.#options.onProgress(message.done, message.total)
    else if (message.type === 'fault')
      this.#end = { kind: 'fault', code: message.code, message: message.message }
    else {
      const processMs = Math.round(performance.now() - this.#startedAt)
      const figures = { ...message.figures, processMs, peakMiB: Math.round(this.#peakMiB) }
      this.#end = { kind: 'done', figures, bytes: this.#written }
    }
  }

  #write(index: number, bytes: Uint8Array): void {
    const output = this.#options.outputs[index]
    const file = this.#files[index]
    if (output === undefined || file === undefined) throw new RangeError(`There is no output ${index}.`)
    const total = (this.#written[index] ?? 0) + bytes.length
    if (total > output.maxBytes) {
      const message = `This came to more than ${Math.floor(output.maxBytes / 1024 ** 2)} MB of text, which is not kept.`
      this.#stop({ kind: 'fault', code: 'output_too_large', message })
      return
    }
    this.#written[index] = total
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  }
}
