import { batch } from '@preact/signals'
import { change, type Turn } from './turn.ts'

/** Texts that have grown since the screen was drawn last: drawn once for each picture, however fast the tokens come. */
export class Growth {
  readonly #grown = new Map<Turn, string>()
  #drawing = 0

  textOf(turn: Turn): string {
    return this.#grown.get(turn) ?? turn.content.peek().text
  }

  /** A piece that begins at `from`; what is known of it is not taken twice. False where there is a gap before it. */
  add(turn: Turn, piece: string, from: number): boolean {
    const before = this.textOf(turn)
    if (from > before.length) return false
    this.#grown.set(turn, before.slice(0, from) + piece)
    this.#drawing ||= requestAnimationFrame(() => this.drawNow())
    return true
  }

  drawNow(): void {
    cancelAnimationFrame(this.#drawing)
    this.#drawing = 0
    batch(() => {
      for (const [turn, text] of this.#grown) change(turn, { text, state: 'streaming' })
    })
    this.#grown.clear()
  }

  forget(): void {
    this.#grown.clear()
    this.drawNow()
  }
}
