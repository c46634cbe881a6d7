import { fileURLToPath } from 'node:url'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { ModelHolding } from '../../../shared/node.ts'
import { type ChildEnd, ChildProcess, MAX_OUTPUT_LENGTH } from '../../process/child-process.ts'
import { passedEnvironment } from '../../process/environment.ts'
import { CRASH_LIMIT, RestartPolicy } from '../../process/restart-policy.ts'
import type { EngineCommand, EngineEvent } from '../engine.ts'
import type { AdapterSpec, ChildMemory, FromChild, LoadMessage, ToChild } from '../messages.ts'
import { type ModelRunner, ProcessEnded } from '../residency/resident.ts'
import { AdapterRequests } from './adapter-requests.ts'
import { OpenCalls } from './open-calls.ts'

/** A model that is not loaded after this long never will be: big files on slow disks take minutes. */
export const LOAD_LIMIT_MS = 300_000
/**
 * libuv's threads. On a CPU one: what samples follows what decodes on it without waiting for the event loop (one stream of a
 * 135M model: 0.81 s for 64 tokens instead of 0.93 s). Several threads, which could sample side by side, wait for the decode
 * to be told first, and gained nothing on two cores (30M, ms a step with one and two: 1 stream 1.8 and 1.9, 8 streams 4.9 and
 * 5.1, 32 streams 18.0 and 18.0). Beside a GPU a step is short and the processor idle: there every stream samples on a thread
 * of its own.
 */
export const uvThreads = (gpu: LoadMessage['gpu']): number => (gpu === false ? 1 : 16)

/**
 * For glibc, in bytes; others ignore it. What is larger goes back to the system when it is freed. By itself glibc raises that
 * bound to the size of what was freed, and keeps the memory of contexts in the heap of whichever thread made them: measured
 * over 360 contexts of adapters that came and went, 758 MiB instead of 323.
 */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: '4194304', MALLOC_TRIM_THRESHOLD_: '8388608' }

/**
 * MiB of young objects before they are looked through, where Node.js takes 16: words come and go, and few live on. Saves 20 MiB
 * in each process of a model, at the same speed with one stream and with eight.
 */
export const HEAP_FLAGS = ['--max-semi-space-size=4'] as const

const CHILD_FILE = fileURLToPath(new URL('./main.ts', import.meta.url))

export interface SupervisorOptions {
  load: LoadMessage
  log: Logger
  /** Events of calls, in order. Each call that was sent ends exactly once. */
  onEvent: (event: EngineEvent) => void
  /** The model became ready, or is no longer. */
  onChange: () => void
  /** Before each start. Rejects with one sentence when the file must not be loaded (any more). */
  verify?: ((signal: AbortSignal) => Promise<unknown>) | undefined
  /** The same before an adapter is loaded. */
  verifyAdapter?: ((adapter: AdapterSpec, signal: AbortSignal) => Promise<unknown>) | undefined
  /** A process that was ready ended by itself. */
  onCrash?: (() => void) | undefined
}

/** Keeps one model's process alive: starts it, restarts it after a crash, ends it. */
export class Supervisor implements ModelRunner {
  readonly #options: SupervisorOptions
  readonly #log: Logger
  readonly #openCalls = new OpenCalls()
  #child: ChildProcess<ToChild, FromChild> | undefined
  #holding: ModelHolding | undefined
  #memory: ChildMemory | undefined
  #wasReady = false
  readonly #restarts = new RestartPolicy()
  /** The sentence for callers while there is no process. */
  #absence = 'The model is starting again on its node.'
  readonly #closing = new AbortController()
  readonly #adapters = new AdapterRequests({
    post: (request) => this.#post(request),
    onSilence: () => this.#child?.kill(),
  })
  #restart: NodeJS.Timeout | undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#log = options.log.child({ model: options.load.model.id })
  }

  /** The models that the child serves; undefined while there is none. */
  get holding(): ModelHolding | undefined {
    return this.#holding
  }

  get memory(): ChildMemory | undefined {
    return this.#memory
  }

  /** Calls that were sent and are not over. */
  get openCalls(): number {
    return this.#openCalls.size
  }

  /** The process that runs the model now. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when the model is ready. Rejects with one sentence; then there is no child and will be none. */
  start(): Promise<void> {
    return this.#spawn()
  }

  send(command: EngineCommand): void {
    const { callId } = command
    if (command.type === 'call.cancel') {
      if (this.#openCalls.has(callId)) this.#post({ type: 'command', command })
      return
    }
    if (this.#holding === undefined) {
      // Nothing was lost: the call may be tried elsewhere, or here again when the engine is back.
      this.#options.onEvent({ type: 'call.error', callId, code: 'no_capacity', message: this.#absence })
      return
    }
    this.#openCalls.add(callId)
    this.#post({ type: 'command', command })
  }

  async openAdapter(suffix: string): Promise<void> {
    const adapter = this.#options.load.model.adapters?.find((known) => known.suffix === suffix)
    if (adapter === undefined) throw new Error('The model has no such adapter.')
    await this.#options.verifyAdapter?.(adapter, this.#closing.signal)
    // Ended before it was asked: that is not the adapter's doing.
    if (this.#holding === undefined) throw new Error(this.#absence)
    await this.#adapters.ask({ type: 'adapter.open', suffix, path: adapter.path })
  }

  async closeAdapter(suffix: string): Promise<void> {
    if (this.#holding === undefined) return
    try {
      await this.#adapters.ask({ type: 'adapter.close', suffix })
    } catch (thrown) {
      if (!(thrown instanceof ProcessEnded)) throw thrown // with a process everything in it goes
    }
  }

  /** Cancels every call and resolves when the process is gone. */
  async close(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#restart)
    await this.#child?.stop()
  }

  async #spawn(): Promise<void> {
    const { signal } = this.#closing
    await this.#options.verify?.(signal)
    signal.throwIfAborted()
    return this.#run()
  }

  /** Starts a child. Resolves when it is ready, rejects when it ended before. */
  #run(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let refusal: string | undefined
    this.#memory = undefined
    const child = new ChildProcess<ToChild, FromChild>({
      file: CHILD_FILE,
      environment: {
        ...ALLOCATOR,
        ...passedEnvironment(process.env),
        UV_THREADPOOL_SIZE: String(uvThreads(this.#options.load.gpu)),
      },
      flags: HEAP_FLAGS,
      startLimitMs: LOAD_LIMIT_MS,
      stopMessage: { type: 'stop' },
      onMessage: (message) => {
        this.#receive(message)
        if (message.type === 'refused') refusal = message.reason
        if (message.type !== 'ready') return
        child.ready()
        resolve()
      },
      onOutput: (text) => this.#note('output', text),
      onError: (error) => this.#log.error('engine.child', { error: error.message }),
      onEnd: (end) => {
        const reason = refusal ?? reasonOf(end)
        const { code, signal, uptimeMs } = end
        this.#log[this.#closing.signal.aborted ? 'info' : 'warn']('engine.exit', { code, signal, reason })
        this.#lose(uptimeMs)
        reject(new Error(reason))
      },
    })
    this.#child = child
    child.send({ ...this.#options.load, scratchDir: child.scratchDir })
    return promise
  }

  #receive(message: FromChild): void {
    switch (message.type) {
      case 'ready':
        this.#holding = ModelHolding.parse(message.holding)
        this.#wasReady = true
        this.#log.info('engine.ready', {
          slots: this.#holding.slots,
          contextTokens: this.#holding.contextTokens,
        })
        this.#options.onChange()
        break
      case 'event':
        this.#openCalls.take(message.event)
        this.#options.onEvent(message.event)
        break
      case 'preparing':
        this.#openCalls.prepare(message.callId)
        break
      case 'memory':
        this.#memory = message.memory
        break
      case 'note':
        this.#note(message.note, message.text)
        break
      case 'adapter.opened':
      case 'adapter.closed':
      case 'adapter.refused':
        this.#adapters.answer(message)
        break
      case 'refused':
      case 'stopped':
        break
      default:
        message satisfies never
    }
  }

  /** The child is gone: its calls fail at once, the model is no longer held, and another child is started later. */
  #lose(uptimeMs: number): void {
    const wasHeld = this.#holding !== undefined
    this.#child = undefined
    this.#holding = undefined
    this.#memory = undefined
    this.#adapters.lose()
    const isClosing = this.#closing.signal.aborted
    for (const { callId, isSuspect } of this.#openCalls.lose()) {
      const failure = { code: 'node_failed', message: 'The process that ran this model ended.' } as const
      this.#options.onEvent({
        type: 'call.error',
        callId,
        ...failure,
        ...(!isClosing && isSuspect && { endedEngine: true }),
      })
    }
    if (isClosing) return
    if (wasHeld) this.#options.onChange()
    if (!this.#wasReady) return
    this.#options.onCrash?.()
    const { waitMs, isPause } = this.#restarts.next({ uptimeMs, now: performance.now() })
    if (isPause) {
      const message = `This model's process ended ${CRASH_LIMIT} times in a short while: it is not served for the next ${waitMs / 60_000} minutes.`
      this.#log.error('engine.paused', { waitMs, message })
    } else this.#log.info('engine.restart', { waitMs })
    this.#restart = setTimeout(() => void this.#startAgain(), waitMs)
  }

  /** A child that ends comes back to `#lose`; a file that must not be loaded ends the attempts. */
  async #startAgain(): Promise<void> {
    const { signal } = this.#closing
    try {
      await this.#options.verify?.(signal)
    } catch (thrown) {
      if (signal.aborted) return
      this.#absence = 'The model cannot be served by its node.'
      this.#log.error('engine.refused', { message: causeOf(thrown) })
      return
    }
    if (!signal.aborted) await this.#run().catch(() => {})
  }

  #post(message: ToChild): void {
    this.#child?.send(message)
  }

  #note(note: string, text: string): void {
    this.#log.warn('engine.note', { note, text: text.trim().slice(0, MAX_OUTPUT_LENGTH) })
  }
}

function reasonOf({ cause, wasReady }: ChildEnd): string {
  if (cause === 'late') return 'It was not loaded in time.'
  if (cause === 'frozen') return 'Its process froze.'
  return wasReady ? 'Its process ended by itself.' : 'Its process ended while it was loading.'
}
