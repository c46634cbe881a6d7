import type { LinkAttachment } from './link-attachment.ts'
import { SilenceWatch, type Verdict } from './silence-watch.ts'

export interface TrustOptions {
  /** The link as it is remembered; undefined when there is none. */
  link: () => Pick<LinkAttachment, 'openedAt' | 'busyHeartbeat' | 'suspectSince'> | undefined
  /** When its socket last answered a ping, which wakes nobody; 0 for never. */
  pingedAt: () => number
  remember: (change: Pick<LinkAttachment, 'suspectSince'>) => void
  /** The node is too silent to be given calls. */
  onSuspect: () => void
  /** It was heard again, after so long. */
  onTrust: (silentMs: number) => void
  now?: () => number
}

/**
 * Whether a link may be given calls, judged by when its node was last heard (shared/PROTOCOL.md §6). A suspicion is
 * remembered with the link. Knows nothing of sockets, calls and the directory.
 */
export class Trust {
  readonly #options: TrustOptions
  readonly #now: () => number
  #framedAt = 0
  #silence = new SilenceWatch()

  constructor(options: TrustOptions) {
    this.#options = options
    this.#now = options.now ?? (() => Date.now())
  }

  /** When the node was last heard, by a frame or by a ping. */
  get heardAt(): number {
    return Math.max(this.#framedAt, this.#options.pingedAt(), this.#options.link()?.openedAt ?? 0)
  }

  /** Whether it may be given calls now. */
  get isGiven(): boolean {
    this.renew()
    return this.#suspectSince === null
  }

  /** Another link: no frame of it has come. */
  begin(): void {
    this.#framedAt = 0
    this.#silence = new SilenceWatch()
  }

  /** A frame has come. */
  hear(): void {
    this.#framedAt = this.#now()
    this.renew()
  }

  /** Takes a suspicion back when the node was heard since. */
  renew(): void {
    const suspectSince = this.#suspectSince
    if (suspectSince === null || this.heardAt < suspectSince) return
    this.#options.remember({ suspectSince: null })
    this.#options.onTrust(this.#now() - suspectSince)
  }

  /** The verdict on a node that has had calls to run since `busySince`; an honest one promised to be heard then. */
  look(busySince: number | undefined): Verdict {
    this.renew()
    if (!this.#options.link()?.busyHeartbeat) return 'well'
    const verdict = this.#silence.look({ heardAt: this.heardAt, busySince, now: this.#now() })
    if (verdict !== 'well') this.#suspect()
    return verdict
  }

  get #suspectSince(): number | null {
    return this.#options.link()?.suspectSince ?? null
  }

  #suspect(): void {
    if (this.#suspectSince !== null) return
    this.#options.remember({ suspectSince: this.#now() })
    this.#options.onSuspect()
  }
}
