import { count } from '../../kit/format.ts'

/** A long text that was pasted, and the mark that stands for it in the field. */
export interface Pasted {
  mark: string
  text: string
}

/** From here on a browser needs longer to lay a field out than somebody waits for a key, and that at each of them. */
export const LONG_PASTE = 100_000
export const MANY_LINES = 5_000

/** Those are kept that do not stand in the field, but would again if its writer undid something. */
export const MAX_KEPT_PASTED = 8

const MARK = /\[Pasted text [\d,]+: [\d,]+ (?:lines|characters)\]/g

const linesOf = (text: string): number => {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1
  return text.endsWith('\n') ? lines - 1 : lines
}

/** Whether a text is put into the field by a mark. */
export const isLong = (text: string): boolean => text.length >= LONG_PASTE || linesOf(text) > MANY_LINES

/** Long texts that were pasted into a field. It holds their marks, which are moved, doubled, taken out and undone like other words. */
export class PastedTexts {
  #texts = new Map<string, string>()
  #made = 0

  /** The mark for a text that is put into a field that holds `written`. */
  add(text: string, written: string): string {
    const lines = linesOf(text)
    const size = lines > 1 ? `${count(lines)} lines` : `${count(text.length)} characters`
    let mark: string
    do {
      this.#made += 1
      mark = `[Pasted text ${count(this.#made)}: ${size}]`
    } while (this.#texts.has(mark) || written.includes(mark))
    this.#texts.set(mark, text)
    const gone = [...this.#texts.keys()].filter((one) => one !== mark && !written.includes(one))
    for (const one of gone.slice(0, Math.max(0, this.#texts.size - MAX_KEPT_PASTED))) this.#texts.delete(one)
    return mark
  }

  /** Those whose marks stand in what is written. */
  standingIn(written: string): readonly Pasted[] {
    return [...this.#texts].flatMap(([mark, text]) => (written.includes(mark) ? [{ mark, text }] : []))
  }

  /** The characters of `wholeOf`. */
  lengthOf(written: string): number {
    let length = written.length
    for (const [mark] of this.#marksIn(written)) length += (this.#texts.get(mark)?.length ?? 0) - mark.length
    return length
  }

  /** The written words, with each text in the place of its mark. */
  wholeOf(written: string): string {
    return this.#texts.size === 0
      ? written
      : written.replaceAll(MARK, (mark) => this.#texts.get(mark) ?? mark)
  }

  /** Takes up those of another draft. */
  replace(pasted: readonly Pasted[]): void {
    this.#texts = new Map(pasted.map(({ mark, text }) => [mark, text]))
  }

  #marksIn(written: string) {
    return this.#texts.size === 0 ? [] : [...written.matchAll(MARK)].filter(([mark]) => this.#texts.has(mark))
  }
}
