/** A text as it stands in a field, with what is selected of it. */
export interface Written {
  text: string
  start: number
  end: number
}

interface Paste {
  before: Written
  after: Written
}

/** Each of them holds two long texts. */
export const MAX_KEPT_PASTES = 4

/**
 * Pastes that we have put into a field, to be taken back and put in again: the browser's own history does not know them. What is
 * written before and behind them stays that history's.
 */
export class Pastes {
  #done: Paste[] = []
  #undone: Paste[] = []

  add(before: Written, after: Written): void {
    this.#done = [...this.#done, { before, after }].slice(-MAX_KEPT_PASTES)
    this.#undone = []
  }

  /** As it was before the last paste, if the field stands as that has left it. */
  back(text: string): Written | undefined {
    const last = this.#done.at(-1)
    if (last?.after.text !== text) return undefined
    this.#done.pop()
    this.#undone.push(last)
    return last.before
  }

  /** As the paste left it that was taken back last, if nothing was written since. */
  again(text: string): Written | undefined {
    const last = this.#undone.at(-1)
    if (last?.before.text !== text) return undefined
    this.#undone.pop()
    this.#done.push(last)
    return last.after
  }

  /** The field is another's. */
  forget(): void {
    this.#done = []
    this.#undone = []
  }
}
