/** The character that a decoder writes for bytes that are not (yet) one. */
const REPLACEMENT = '\ufffd'

/** A character has at most four bytes: more tokens than this that end inside one are not text, and are let go. */
const MAX_PENDING_TOKENS = 16

/**
 * Turns tokens into text, one by one. A token may end inside a character (its bytes then decode to U+FFFD), so that
 * character is held until the tokens that complete it are there. Joined, the pieces are the text of all the tokens.
 */
export class TokenText {
  readonly #textOf: (tokens: readonly number[]) => string
  #pending: number[] = []
  /** How much of the pending tokens' text was given out already. */
  #sent = 0

  /** `textOf` gives the text of consecutive tokens, leading spaces included. */
  constructor(textOf: (tokens: readonly number[]) => string) {
    this.#textOf = textOf
  }

  /** Whether the last token ended inside a character. */
  get isOpen(): boolean {
    return this.#pending.length > 0
  }

  take(token: number): string {
    this.#pending.push(token)
    const text = this.#textOf(this.#pending)
    const isOpen = text.endsWith(REPLACEMENT) && this.#pending.length < MAX_PENDING_TOKENS
    if (!isOpen) return this.#close(text)
    // Only the last mark can be the beginning of a character; those before it are settled.
    const settled = text.length - REPLACEMENT.length
    const piece = text.slice(this.#sent, settled)
    this.#sent = Math.max(this.#sent, settled)
    return piece
  }

  /** The text that is still held, when no more tokens will come. */
  flush(): string {
    return this.#pending.length === 0 ? '' : this.#close(this.#textOf(this.#pending))
  }

  #close(text: string): string {
    const piece = text.slice(this.#sent)
    this.#pending = []
    this.#sent = 0
    return piece
  }
}
