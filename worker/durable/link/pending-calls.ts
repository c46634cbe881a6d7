import type { CallEvent, EndEvent, FailureEvent, Usage } from '../../../shared/generation.ts'
import { MIB } from '../../../shared/units.ts'
import { encodeEvent, KEEP_ALIVE_LINE } from '../../services/inference/event-lines.ts'

/** A reader this far behind is gone or stuck: its call is stopped instead of buffering without limit. */
export const MAX_UNREAD_BYTES = MIB

interface PendingCall {
  stream: ReadableByteStreamController
  /** Whether anything was written since the last keep-alive round. */
  wrote: boolean
  /** Its reader has left: nothing can be written any more. */
  unread: boolean
  /** It was asked to stop; the node's confirmation is awaited. */
  stopping: boolean
  onEnd: ((usage: Usage | null) => void)[]
}

/** What became of an event: taken, dropped because the call is stopping, or for a call that is not open. */
export type Delivery = 'taken' | 'dropped' | 'unknown'

/**
 * Hands the events arriving on one socket to the callers waiting for them, as NDJSON bytes. Knows nothing of sockets.
 * A call that is asked to stop stays open until the node confirms: its slot is not free before that.
 */
export class PendingCalls {
  readonly #calls = new Map<string, PendingCall>()
  readonly #onStop: (callId: string) => void

  /** `onStop` is called once for a call that should stop: cancelled, or its reader has left or is too slow. */
  constructor(onStop: (callId: string) => void) {
    this.#onStop = onStop
  }

  get size(): number {
    return this.#calls.size
  }

  open(callId: string): ReadableStream<Uint8Array> {
    const open = (stream: ReadableByteStreamController) => {
      this.#calls.set(callId, { stream, wrote: false, unread: false, stopping: false, onEnd: [] })
    }
    const leave = () => {
      const call = this.#calls.get(callId)
      if (call) call.unread = true
      this.#stop(callId)
    }
    return new ReadableStream(
      // A byte stream costs half the CPU of a transform stream in workerd.
      { type: 'bytes', start: open, cancel: leave },
      { highWaterMark: MAX_UNREAD_BYTES },
    )
  }

  deliver(callId: string, event: CallEvent): Delivery {
    const call = this.#calls.get(callId)
    if (!call) return 'unknown'
    if (call.stopping) return 'dropped'
    if ((call.stream.desiredSize ?? 0) > 0) {
      this.#write(call, event)
      return 'taken'
    }
    this.#write(call, { type: 'error', code: 'cancelled', message: 'The reader is too slow.' })
    call.stream.close()
    call.unread = true
    this.#stop(callId)
    return 'dropped'
  }

  /** The one end of a call. Returns false when it was not open. */
  end(callId: string, event: EndEvent | FailureEvent): boolean {
    const call = this.#calls.get(callId)
    if (!call) return false
    this.#calls.delete(callId)
    if (!call.unread) {
      this.#write(call, event)
      call.stream.close()
    }
    for (const tell of call.onEnd) tell(event.type === 'end' ? event.usage : null)
    return true
  }

  /** Asks a call to stop. Resolves with its usage when it has ended, or at once with null when it is not open. */
  cancel(callId: string): Promise<Usage | null> {
    const call = this.#calls.get(callId)
    if (!call) return Promise.resolve(null)
    const ended = new Promise<Usage | null>((resolve) => call.onEnd.push(resolve))
    this.#stop(callId)
    return ended
  }

  /** Writes a sign of life to every call that has been silent since the last round. */
  keepAlive(): void {
    for (const call of this.#calls.values()) {
      if (!call.unread && !call.wrote) call.stream.enqueue(KEEP_ALIVE_LINE.slice())
      call.wrote = false
    }
  }

  #stop(callId: string): void {
    const call = this.#calls.get(callId)
    if (!call || call.stopping) return
    call.stopping = true
    this.#onStop(callId)
  }

  #write(call: PendingCall, event: CallEvent): void {
    call.stream.enqueue(encodeEvent(event))
    call.wrote = true
  }
}
