import { MIB } from '../../shared/units.ts'
import { encodeEvent, KEEP_ALIVE_LINE } from '../services/inference/event-lines.ts'

/** Bytes that may wait for their reader. One that is further behind is gone or stuck, and nothing more is kept for it. */
export const MAX_UNREAD_BYTES = MIB

/**
 * One reader's events, as NDJSON bytes: only byte streams cross a Durable Object call, and one costs half the CPU of a
 * transform stream in workerd. What waits for the reader is bounded.
 */
export class LineStream<Event extends object> {
  /** For the reader. */
  readonly readable: ReadableStream<Uint8Array>
  #controller: ReadableByteStreamController | undefined
  /** Whether anything was written since the last round of signs of life. */
  #wrote = false

  /** `onLeave` is called when the reader leaves, which is at most once and never after `close`. */
  constructor(onLeave: () => void) {
    this.readable = new ReadableStream(
      {
        type: 'bytes',
        start: (controller) => {
          this.#controller = controller
        },
        cancel: () => {
          if (!this.#controller) return // it was closed, and the reader does not want the rest
          this.#controller = undefined
          onLeave()
        },
      },
      { highWaterMark: MAX_UNREAD_BYTES },
    )
  }

  /** Writes an event. False, and nothing written, when the reader is too far behind, has left, or was closed. */
  write(event: Event): boolean {
    if ((this.#controller?.desiredSize ?? 0) <= 0) return false
    this.#enqueue(event)
    return true
  }

  /** Ends the stream behind what was written and, where there is one, a last event, which is bound by nothing. */
  close(last?: Event): void {
    if (last) this.#enqueue(last)
    this.#controller?.close()
    this.#controller = undefined
  }

  /** A sign of life to a reader that has heard nothing since the last round: writing is how an absent one is noticed. */
  keepAlive(): void {
    if (!this.#wrote) this.#controller?.enqueue(KEEP_ALIVE_LINE.slice())
    this.#wrote = false
  }

  #enqueue(event: Event): void {
    this.#controller?.enqueue(encodeEvent(event))
    this.#wrote = true
  }
}
