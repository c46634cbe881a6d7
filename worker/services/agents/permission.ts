/** How old a look may be by which a tool is called, or an answer is begun. */
export const LOOK_GOOD_MS = 1_000

/** Throws where a run may not go on that has read these documents. */
export type Look = (documentIds: readonly string[]) => Promise<void>

/**
 * Whether a run may go on. It is asked anew for each decision, while the model makes it: so nobody waits for the answer, and a
 * decision of one who may no longer is never heard.
 */
export class Permission {
  readonly #look: Look
  readonly #now: () => number
  readonly #documentIds = new Set<string>()
  #last: { at: number; answer: Promise<void> } | undefined

  constructor(look: Look, now: () => number) {
    this.#look = look
    this.#now = now
  }

  /** The run has read this: it goes on only for as long as that is there. */
  hasRead(documentId: string): void {
    this.#documentIds.add(documentId)
  }

  /** Looks now. Throws where the run may not go on. */
  anew(): Promise<void> {
    const answer = this.#look([...this.#documentIds])
    this.#last = { at: this.#now(), answer }
    return answer
  }

  /** As `anew`, by the last look where that is not old. */
  async recent(): Promise<void> {
    const { at, answer } = this.#last ?? { at: Number.NEGATIVE_INFINITY }
    const isGood = this.#now() - at < LOOK_GOOD_MS
    await (isGood ? answer : this.anew())
  }

  /** Does work that is stopped, and whose end is not heard, where the run may not go on. */
  async during<Done>(work: (refused: AbortSignal) => Promise<Done>): Promise<Done> {
    const refused = new AbortController()
    const allowed = this.anew()
    allowed.catch(() => refused.abort())
    const [done] = await Promise.all([work(refused.signal), allowed])
    return done
  }
}
