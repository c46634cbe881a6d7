import type { AnswerPlace, RoomEvent } from '../../services/conversations/room-events.ts'

/** One answer as far as it has come. Whoever joins late, or comes back, is given what is missing as one piece. */
export class AnswerText {
  readonly messageId: string
  readonly position: number
  readonly model: string
  #text = ''

  constructor({ messageId, position, model }: { messageId: string; position: number; model: string }) {
    this.messageId = messageId
    this.position = position
    this.model = model
  }

  get text(): string {
    return this.#text
  }

  get start(): RoomEvent {
    return { type: 'answer.start', messageId: this.messageId, position: this.position, model: this.model }
  }

  /** The event of a new piece. */
  add(text: string): RoomEvent {
    this.#text += text
    return { type: 'answer.delta', position: this.position, text, offset: this.#text.length }
  }

  /** The piece that a reader at `place` has not heard; a place in another answer is the beginning of this one. */
  missed(place: AnswerPlace | undefined): RoomEvent | undefined {
    const from = place?.position === this.position ? Math.min(place.offset, this.#text.length) : 0
    if (from === this.#text.length) return undefined
    return {
      type: 'answer.delta',
      position: this.position,
      text: this.#text.slice(from),
      offset: this.#text.length,
    }
  }
}
