/** The meaning of a call id that names no open call. See shared/PROTOCOL.md §5. */
export type StrayId = 'ended' | 'foreign' | 'invented'

const FORM = /^([0-9a-f]{8})-([1-9][0-9]{0,14})$/

/** Gives out call ids and recognises old ones without remembering any. */
export class CallIds {
  readonly #epoch: string
  #last = 0

  constructor(epoch = crypto.randomUUID().slice(0, 8)) {
    this.#epoch = epoch
  }

  next(): string {
    this.#last += 1
    return `${this.#epoch}-${this.#last}`
  }

  classify(callId: string): StrayId {
    const [, epoch, number] = FORM.exec(callId) ?? []
    if (epoch === undefined) return 'invented'
    if (epoch !== this.#epoch) return 'foreign'
    return Number(number) <= this.#last ? 'ended' : 'invented'
  }
}
