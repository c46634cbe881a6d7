import { MIB } from '../../shared/units.ts'
import { MAX_EVENT_LENGTH, MAX_STEP_DELTAS, type NodeEvent, type StepDelta } from '../../shared/wire.ts'
import { cutHead, type HeldDelta, holdDelta, joinDelta, lengthOf, toStepDelta } from './held-delta.ts'

/** A socket as the outbox needs it; `ws` calls `onWritten` when the frame has left the process. */
export interface OutboxSocket {
  readonly bufferedAmount: number
  send(frame: string, onWritten: () => void): void
}

export interface OutboxLimits {
  /** With more bytes than this waiting in the socket, deltas are held and joined instead of sent one by one. */
  behindBytes: number
  /** Beyond this, in bytes of the socket and UTF-16 code units held here, the link is given up. */
  totalLength: number
  /** Longest frame, in UTF-16 code units. */
  frameLength: number
  stepDeltas: number
}

/**
 * 64 KiB is a tenth of a second of 15,000 one-token deltas: enough to keep a connection busy, little enough to stay fresh.
 * 32 MiB holds the vectors of some full-sized embedding calls.
 */
export const OUTBOX_LIMITS: OutboxLimits = {
  behindBytes: 64 * 1024,
  totalLength: 32 * MIB,
  frameLength: MAX_EVENT_LENGTH,
  stepDeltas: MAX_STEP_DELTAS,
}

const STEP_HEAD = '{"type":"step","step":['
const STEP_TAIL = ']}'

/**
 * The bounded way out of a link. A socket that keeps up gets each event as one frame, at the cost of one `JSON.stringify`.
 * When it is behind, events wait here in order, except that a delta joins the one of its call that already waits: a slow
 * link then carries fewer and longer deltas, and an end never overtakes its deltas.
 */
export class Outbox {
  readonly #socket: OutboxSocket
  readonly #onOverflow: () => void
  readonly #limits: OutboxLimits
  /** Finished frames, and deltas that may still grow. */
  #held: (HeldDelta | string)[] = []
  /** The waiting delta of each call. */
  readonly #growing = new Map<string, HeldDelta>()
  #heldLength = 0
  #closed = false
  /** Who waits until nothing is held. */
  #onFlushed: (() => void)[] = []

  constructor(socket: OutboxSocket, onOverflow: () => void, limits: OutboxLimits = OUTBOX_LIMITS) {
    this.#socket = socket
    this.#onOverflow = onOverflow
    this.#limits = limits
  }

  send(event: NodeEvent): void {
    if (this.#closed) return
    if (this.#held.length === 0 && !this.#isBehind()) {
      const frame = JSON.stringify(event)
      const isShort = event.type !== 'step' || event.step.length <= this.#limits.stepDeltas
      if (isShort && frame.length <= this.#limits.frameLength) {
        this.#write(frame)
        return
      }
    }
    this.#hold(event)
    this.#flush()
    if (this.#socket.bufferedAmount + this.#heldLength <= this.#limits.totalLength) return
    this.close()
    this.#onOverflow()
  }

  /** Resolves when all that was sent is on its way in the socket, or the link is gone. */
  flushed(): Promise<void> {
    if (this.#held.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onFlushed.push(resolve))
  }

  /** Forgets what waits and takes nothing more: the link is gone. */
  close(): void {
    this.#closed = true
    this.#held = []
    this.#growing.clear()
    this.#heldLength = 0
    this.#tellFlushed()
  }

  #isBehind(): boolean {
    return this.#socket.bufferedAmount > this.#limits.behindBytes
  }

  #write(frame: string): void {
    this.#socket.send(frame, this.#onWritten)
  }

  /** While anything is held the socket is behind, so a write is under way whose end calls this: no timer is needed. */
  readonly #onWritten = (): void => {
    if (this.#held.length > 0) this.#flush()
  }

  #hold(event: NodeEvent): void {
    if (event.type === 'step') {
      for (const delta of event.step) this.#holdDelta(delta)
      return
    }
    for (const frame of framesOf(event, this.#limits.frameLength)) {
      this.#held.push(frame)
      this.#heldLength += frame.length
    }
  }

  #holdDelta(delta: StepDelta): void {
    const held = holdDelta(delta)
    this.#heldLength += lengthOf(held)
    const waiting = this.#growing.get(held.callId)
    if (waiting) {
      joinDelta(waiting, held)
      return
    }
    this.#held.push(held)
    this.#growing.set(held.callId, held)
  }

  #flush(): void {
    while (this.#held.length > 0 && !this.#isBehind()) this.#write(this.#takeFrame())
    if (this.#held.length === 0) this.#tellFlushed()
  }

  #tellFlushed(): void {
    for (const resolve of this.#onFlushed.splice(0)) resolve()
  }

  /** The next frame of what waits; deltas that stand together travel together. */
  #takeFrame(): string {
    const [first] = this.#held
    if (typeof first === 'string') {
      this.#held.shift()
      this.#heldLength -= first.length
      return first
    }
    const parts: string[] = []
    let length = STEP_HEAD.length + STEP_TAIL.length
    while (parts.length < this.#limits.stepDeltas) {
      const [delta] = this.#held
      if (delta === undefined || typeof delta === 'string') break
      const part = JSON.stringify(toStepDelta(delta))
      const fits = length + part.length + 1 <= this.#limits.frameLength
      if (!fits && parts.length > 0) break
      if (!fits && this.#cutFirst(delta)) continue
      this.#takeDelta(delta)
      parts.push(part)
      length += part.length + 1
    }
    return STEP_HEAD + parts.join(',') + STEP_TAIL
  }

  #takeDelta(delta: HeldDelta): void {
    this.#held.shift()
    this.#heldLength -= lengthOf(delta)
    if (this.#growing.get(delta.callId) === delta) this.#growing.delete(delta.callId)
  }

  /** Makes two deltas of the first, which alone is longer than a frame. The later half keeps its identity, so it goes on growing. */
  #cutFirst(delta: HeldDelta): boolean {
    const before = lengthOf(delta)
    const head = cutHead(delta)
    if (head === undefined) return false
    this.#held.unshift(head)
    this.#heldLength += lengthOf(head) + lengthOf(delta) - before
    return true
  }
}

/** An event as frames. Only vectors can be longer than one: the wire's schemas bound all others. */
function framesOf(event: Exclude<NodeEvent, { type: 'step' }>, frameLength: number): string[] {
  const whole = JSON.stringify(event)
  if (whole.length <= frameLength || event.type !== 'call.vectors' || event.vectors.length < 2) return [whole]
  const middle = event.vectors.length >> 1
  return [
    ...framesOf({ ...event, vectors: event.vectors.slice(0, middle) }, frameLength),
    ...framesOf({ ...event, start: event.start + middle, vectors: event.vectors.slice(middle) }, frameLength),
  ]
}
