import type { CallEvent, EndEvent, FailureEvent, Usage } from '../../../shared/generation.ts'
import { LineStream } from '../line-stream.ts'

interface PendingCall {
  lines: LineStream<CallEvent>
  /** It was asked to stop; the node's confirmation is awaited. */
  stopping: boolean
  onEnd: ((usage: Usage | null) => void)[]
}

/** The fate of an event: taken, dropped because the call is stopping, or for a call that is not open. */
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
    const lines = new LineStream<CallEvent>(() => this.#stop(callId))
    this.#calls.set(callId, { lines, stopping: false, onEnd: [] })
    return lines.readable
  }

  deliver(callId: string, event: CallEvent): Delivery {
    const call = this.#calls.get(callId)
    if (!call) return 'unknown'
    if (call.stopping) return 'dropped'
    if (call.lines.write(event)) return 'taken'
    call.lines.close({ type: 'error', code: 'cancelled', message: 'The reader is too slow.' })
    this.#stop(callId)
    return 'dropped'
  }

  /** The one end of a call. Returns false when it was not open. */
  end(callId: string, event: EndEvent | FailureEvent): boolean {
    const call = this.#calls.get(callId)
    if (!call) return false
    this.#calls.delete(callId)
    call.lines.close(event)
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
    for (const { lines } of this.#calls.values()) lines.keepAlive()
  }

  #stop(callId: string): void {
    const call = this.#calls.get(callId)
    if (!call || call.stopping) return
    call.stopping = true
    this.#onStop(callId)
  }
}
