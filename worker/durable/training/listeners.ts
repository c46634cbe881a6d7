import { AppError } from '../../../shared/errors.ts'
import { KEEP_ALIVE_MS } from '../../services/inference/event-lines.ts'
import type { LoggedEvent } from '../../services/training/training-run.ts'
import { LineStream } from '../line-stream.ts'

/** Readers of one job at the same time. */
export const MAX_LISTENERS = 100

/** The readers of a job's events. One that falls too far behind is let go, and comes back with the last id that it has. */
export class Listeners {
  readonly #lines = new Set<LineStream<LoggedEvent>>()
  #timer: number | null = null

  get size(): number {
    return this.#lines.size
  }

  /** A stream that begins with these events. `isOver`: nothing comes behind them. Throws `limit_exceeded`. */
  open(events: readonly LoggedEvent[], isOver: boolean): ReadableStream<Uint8Array> {
    if (this.size >= MAX_LISTENERS)
      throw new AppError('limit_exceeded', `A job has at most ${MAX_LISTENERS} listeners.`)
    const line: LineStream<LoggedEvent> = new LineStream(() => this.#forget(line))
    if (!events.every((event) => line.write(event)) || isOver) {
      line.close()
      return line.readable
    }
    this.#lines.add(line)
    this.#timer ??= setInterval(() => this.#keepAlive(), KEEP_ALIVE_MS)
    return line.readable
  }

  tell(event: LoggedEvent): void {
    for (const line of [...this.#lines]) {
      if (line.write(event)) continue
      this.#forget(line)
      line.close()
    }
  }

  /** Nothing more will come. */
  end(): void {
    for (const line of [...this.#lines]) {
      this.#forget(line)
      line.close()
    }
  }

  #keepAlive(): void {
    for (const line of this.#lines) line.keepAlive()
  }

  #forget(line: LineStream<LoggedEvent>): void {
    this.#lines.delete(line)
    if (this.#lines.size > 0) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}
