import { MIB } from '../../../shared/units.ts'
import type { RoomEvent } from '../../services/conversations/room-events.ts'

/** A reader this far behind is gone or stuck: it is dropped instead of buffering without limit. */
export const MAX_UNHEARD_BYTES = MIB

const encoder = new TextEncoder()
const encode = (event: RoomEvent): Uint8Array => encoder.encode(`${JSON.stringify(event)}\n`)
const KEEP_ALIVE = encoder.encode('\n')

/** Someone who listens to one answer over a byte stream. */
interface Listener {
  controller: ReadableByteStreamController
  wrote: boolean
}

/**
 * The readers of answers over HTTP, as NDJSON bytes: only byte streams cross a Durable Object call. Knows nothing of
 * generations. Sockets hear the same events in their own frames.
 */
export class Listeners {
  readonly #listeners = new Map<string, Listener>()
  readonly #onLeave: (id: string) => void

  /** `onLeave` is called once for a reader that left or fell too far behind, never for one whose answer ended. */
  constructor(onLeave: (id: string) => void) {
    this.#onLeave = onLeave
  }

  get size(): number {
    return this.#listeners.size
  }

  open(id: string): ReadableStream<Uint8Array> {
    return new ReadableStream(
      {
        type: 'bytes',
        start: (controller) => {
          this.#listeners.set(id, { controller, wrote: false })
        },
        cancel: () => this.#forget(id),
      },
      { highWaterMark: MAX_UNHEARD_BYTES },
    )
  }

  tell(id: string, event: RoomEvent): void {
    const listener = this.#listeners.get(id)
    if (!listener) return
    if ((listener.controller.desiredSize ?? 0) <= 0) {
      this.leave(id)
      return
    }
    listener.controller.enqueue(encode(event))
    listener.wrote = true
  }

  /** Closes a reader's stream behind what it was told. */
  end(id: string): void {
    const listener = this.#listeners.get(id)
    this.#listeners.delete(id)
    listener?.controller.close()
  }

  /** Closes the stream of a reader who said that it leaves, or who is dropped. */
  leave(id: string): void {
    const listener = this.#listeners.get(id)
    this.#forget(id)
    listener?.controller.close()
  }

  #forget(id: string): void {
    if (this.#listeners.delete(id)) this.#onLeave(id)
  }

  /** A sign of life to everyone who has heard nothing since the last round: writing is how an absent reader is noticed. */
  keepAlive(): void {
    for (const listener of this.#listeners.values()) {
      if (!listener.wrote) listener.controller.enqueue(KEEP_ALIVE.slice())
      listener.wrote = false
    }
  }
}
