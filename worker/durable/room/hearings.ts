import type { RoomReading } from '../../services/conversations/chat.ts'
import { isLastEvent, type RoomEvent } from '../../services/conversations/room-events.ts'
import { KEEP_ALIVE_MS } from '../../services/inference/event-lines.ts'
import type { AnswerDesk } from './answer-desk.ts'
import { Listeners } from './listeners.ts'

/** How long an answer goes on for nobody: for readers who can come back, over HTTP and over a socket. */
export const RESUME_GRACE_MS = 500
export const SOCKET_GRACE_MS = 10_000

/** A reader over HTTP, who hears the answer to one question. */
export interface Hearing {
  questionId: string
  /** The reader can come back for the rest, so its absence is borne for a moment. */
  isResumable: boolean
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
  readonly #listeners = new Listeners((id) => this.#onLeave(id))
  readonly #hearings = new Map<string, Hearing>()
  #keepAlive: number | null = null
  #absence: number | null = null

  constructor({ desk, hasSockets }: HearingsOptions) {
    this.#desk = desk
    this.#hasSockets = hasSockets
  }

  /** A reader of the answer to a question. */
  open(hearing: Hearing): RoomReading {
    const listenerId = crypto.randomUUID()
    this.#hearings.set(listenerId, hearing)
    const events = this.#listeners.open(listenerId)
    this.#keepAlive ??= setInterval(() => this.#beat(), KEEP_ALIVE_MS)
    return { listenerId, events }
  }

  /** A reader who comes back to the answer in the making, and is first told what it has missed. */
  join(questionId: string, missed: RoomEvent | undefined): RoomReading {
    const reading = this.open({ questionId, isResumable: true })
    if (missed) this.#listeners.tell(reading.listenerId, missed)
    this.noteAbsence(0)
    return reading
  }

  /** A reader of what is over. */
  replay(events: readonly RoomEvent[]): RoomReading {
    const reading = this.open({ questionId: '', isResumable: false })
    for (const event of events) this.#listeners.tell(reading.listenerId, event)
    this.#end(reading.listenerId)
    return reading
  }

  leave(listenerId: string): void {
    this.#listeners.leave(listenerId)
  }

  /** Tells an event to the readers of a question's answer; its last one ends their streams. */
  tell(questionId: string, event: RoomEvent): void {
    // Whoever asked over a socket may have left while the question waited.
    if (event.type === 'answer.start' && this.#absence === null) this.noteAbsence(SOCKET_GRACE_MS)
    for (const [listenerId, hearing] of [...this.#hearings]) {
      if (hearing.questionId !== questionId) continue
      this.#listeners.tell(listenerId, event)
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
    const isHeardOverHttp = [...this.#hearings.values()].some((hearing) => hearing.questionId === questionId)
    return isHeardOverHttp || this.#hasSockets()
  }

  #onLeave(listenerId: string): void {
    const left = this.#hearings.get(listenerId)
    this.#hearings.delete(listenerId)
    if (!left) return
    if (this.#desk.currentId === left.questionId) this.noteAbsence(left.isResumable ? RESUME_GRACE_MS : 0)
    else if (!this.#isHeard(left.questionId)) this.#desk.withdraw((asked) => asked === left.questionId)
  }

  #end(listenerId: string): void {
    this.#hearings.delete(listenerId)
    this.#listeners.end(listenerId)
  }

  #beat(): void {
    this.#listeners.keepAlive()
    if (this.#listeners.size > 0 || this.#keepAlive === null) return
    clearInterval(this.#keepAlive)
    this.#keepAlive = null
  }
}
