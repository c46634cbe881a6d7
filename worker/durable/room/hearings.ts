import type { RoomReading } from '../../services/conversations/chat.ts'
import { isLastEvent, type RoomEvent } from '../../services/conversations/room-events.ts'
import { KEEP_ALIVE_MS } from '../../services/inference/event-lines.ts'
import { LineStream } from '../line-stream.ts'
import type { AnswerDesk } from './answer-desk.ts'

/** How long an answer goes on for nobody: for readers who can come back, over HTTP and over a socket. */
export const RESUME_GRACE_MS = 500
export const SOCKET_GRACE_MS = 10_000

/** A reader over HTTP, who hears the answer to one question. */
export interface Hearing {
  questionId: string
  /** The reader can come back for the rest, so its absence is borne for a moment. */
  isResumable: boolean
}

/** A reader with what it is told. Sockets hear the same events in their own frames. */
interface Listener extends Hearing {
  lines: LineStream<RoomEvent>
}

export interface HearingsOptions {
  desk: Pick<AnswerDesk, 'currentId' | 'withdraw' | 'cancel'>
  /** Whether a socket listens: it hears the answers to all questions. */
  hasSockets: () => boolean
}

/**
 * Who listens over HTTP, and to which question; and what becomes of questions that nobody hears, over HTTP or a socket: one
 * that waits is withdrawn, the one that is being answered is stopped when its readers had their time to come back.
 */
export class Hearings {
  readonly #desk: HearingsOptions['desk']
  readonly #hasSockets: () => boolean
  readonly #listeners = new Map<string, Listener>()
  #keepAlive: number | null = null
  #absence: number | null = null

  constructor({ desk, hasSockets }: HearingsOptions) {
    this.#desk = desk
    this.#hasSockets = hasSockets
  }

  /** A reader of the answer to a question. */
  open(hearing: Hearing): RoomReading {
    const listenerId = crypto.randomUUID()
    const lines = new LineStream<RoomEvent>(() => this.#forget(listenerId))
    this.#listeners.set(listenerId, { ...hearing, lines })
    this.#keepAlive ??= setInterval(() => this.#beat(), KEEP_ALIVE_MS)
    return { listenerId, events: lines.readable }
  }

  /** A reader who comes back to the answer in the making, and is first told what it has missed. */
  join(questionId: string, missed: RoomEvent | undefined): RoomReading {
    const reading = this.open({ questionId, isResumable: true })
    if (missed) this.#tell(reading.listenerId, missed)
    this.noteAbsence(0)
    return reading
  }

  /** A reader of what is over. */
  replay(events: readonly RoomEvent[]): RoomReading {
    const reading = this.open({ questionId: '', isResumable: false })
    for (const event of events) this.#tell(reading.listenerId, event)
    this.#end(reading.listenerId)
    return reading
  }

  /** A reader says that it leaves, or is too far behind. */
  leave(listenerId: string): void {
    const left = this.#listeners.get(listenerId)
    this.#forget(listenerId)
    left?.lines.close()
  }

  /** Tells an event to the readers of a question's answer; its last one ends their streams. */
  tell(questionId: string, event: RoomEvent): void {
    // Whoever asked over a socket may have left while the question waited.
    if (event.type === 'answer.start' && this.#absence === null) this.noteAbsence(SOCKET_GRACE_MS)
    for (const [listenerId, listener] of [...this.#listeners]) {
      if (listener.questionId !== questionId) continue
      this.#tell(listenerId, event)
      if (isLastEvent(event)) this.#end(listenerId)
    }
  }

  /** Stops what nobody hears, after a moment in which its readers may come back. */
  noteAbsence(graceMs: number): void {
    if (this.#absence !== null) clearTimeout(this.#absence)
    this.#absence = null
    const id = this.#desk.currentId
    if (id === undefined || this.#isHeard(id)) return
    this.#absence = setTimeout(() => {
      this.#absence = null
      this.#desk.withdraw((asked) => !this.#isHeard(asked))
      const { currentId } = this.#desk
      if (currentId !== undefined && !this.#isHeard(currentId)) this.#desk.cancel()
    }, graceMs)
  }

  #isHeard(questionId: string): boolean {
    const isHeardOverHttp = [...this.#listeners.values()].some((one) => one.questionId === questionId)
    return isHeardOverHttp || this.#hasSockets()
  }

  #tell(listenerId: string, event: RoomEvent): void {
    if (this.#listeners.get(listenerId)?.lines.write(event) === false) this.leave(listenerId)
  }

  #forget(listenerId: string): void {
    const left = this.#listeners.get(listenerId)
    this.#listeners.delete(listenerId)
    if (!left) return
    if (this.#desk.currentId === left.questionId) this.noteAbsence(left.isResumable ? RESUME_GRACE_MS : 0)
    else if (!this.#isHeard(left.questionId)) this.#desk.withdraw((asked) => asked === left.questionId)
  }

  #end(listenerId: string): void {
    const listener = this.#listeners.get(listenerId)
    this.#listeners.delete(listenerId)
    listener?.lines.close()
  }

  #beat(): void {
    for (const { lines } of this.#listeners.values()) lines.keepAlive()
    if (this.#listeners.size > 0 || this.#keepAlive === null) return
    clearInterval(this.#keepAlive)
    this.#keepAlive = null
  }
}
