import type { Piece } from '../../services/agents/run-events.ts'

/** Characters of one row: a row holds 2 MB, and a character is up to 3 bytes. */
const PART_LENGTH = 500_000

/**
 * The answer of a run as far as it was said. Writing down each piece would cost a stream more than all else, so it is done from
 * time to time; what was heard since brings a listener back that heard it.
 */
export class SaidAnswer {
  readonly #sql: SqlStorage
  #text: string
  #tokens: number[]
  /** So much of it is written down. */
  #written: { text: number; tokens: number }
  #isTaken = false

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(
      'create table if not exists said (part integer primary key, text text not null, tokens text not null)',
    )
    const rows = [...sql.exec('select text, tokens from said order by part')]
    this.#text = rows.map(({ text }) => String(text)).join('')
    this.#tokens = rows.flatMap(({ tokens }) => JSON.parse(String(tokens)) as number[]) // written by `write`
    this.#written = { text: this.#text.length, tokens: this.#tokens.length }
  }

  get text(): string {
    return this.#text
  }

  get tokens(): readonly number[] {
    return this.#tokens
  }

  /** All that an earlier life of the object has said. From now on it grows by `say` alone. */
  take(): Piece {
    this.#isTaken = true
    return { text: this.#text, tokens: [...this.#tokens] }
  }

  /** A piece that begins at `from`; at 0, nothing was said before. */
  say(from: number, { text, tokens }: Piece): void {
    if (from === 0 && this.#text !== '') {
      this.#sql.exec('delete from said')
      this.#written = { text: 0, tokens: 0 }
      this.#text = ''
      this.#tokens = []
    }
    this.#text += text
    this.#tokens.push(...tokens)
  }

  /** A listener says what it has heard: that may be more than was written down. */
  learn({ text, tokens }: Piece): void {
    const isMore = text.length > this.#text.length && text.startsWith(this.#text)
    if (this.#isTaken || !isMore) return
    this.#text = text
    this.#tokens = [...tokens]
    this.write()
  }

  write(): void {
    const text = this.#text.slice(this.#written.text)
    const tokens = this.#tokens.slice(this.#written.tokens)
    this.#written = { text: this.#text.length, tokens: this.#tokens.length }
    for (let from = 0; from < text.length; from += PART_LENGTH) {
      const isLast = from + PART_LENGTH >= text.length
      const part = [text.slice(from, from + PART_LENGTH), JSON.stringify(isLast ? tokens : [])]
      this.#sql.exec('insert into said (text, tokens) values (?, ?)', ...part)
    }
  }
}
