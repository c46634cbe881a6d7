import type { EdgeCommand } from '../../shared/wire.ts'

export interface HeartbeatOptions {
  /** The pace that the edge asks for. */
  pace: Pick<
    Extract<EdgeCommand, { type: 'welcome' }>,
    'heartbeatMs' | 'silenceMs' | 'busyHeartbeatMs' | 'busySilenceMs'
  >
  ping: () => void
  /** Whether calls run. */
  isBusy: () => boolean
  /** The edge said nothing for so long: the link is of no use. */
  onSilence: (silentMs: number) => void
}

/** The pings of a link, and its ear for silence: see shared/PROTOCOL.md §6. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #idle: NodeJS.Timeout
  readonly #silence: NodeJS.Timeout
  readonly #busy: NodeJS.Timeout | undefined
  /** Beats of a busy link since the edge was last heard. */
  #quietBeats = 0
  /** Whether anything was sent since the last beat. */
  #hasSpoken = false

  constructor(options: HeartbeatOptions) {
    this.#options = options
    const { heartbeatMs, silenceMs, busyHeartbeatMs } = options.pace
    this.#idle = setInterval(options.ping, heartbeatMs)
    this.#silence = setTimeout(() => options.onSilence(silenceMs), silenceMs)
    if (busyHeartbeatMs !== undefined) {
      this.#busy = setInterval(() => this.#beat(busyHeartbeatMs), busyHeartbeatMs)
    }
  }

  /** The edge sent a frame, whatever it says. */
  hear(): void {
    this.#silence.refresh()
    this.#quietBeats = 0
  }

  /** A frame was sent. Whether it arrived is known when a later ping is answered. */
  speak(): void {
    this.#hasSpoken = true
  }

  stop(): void {
    clearInterval(this.#idle)
    clearTimeout(this.#silence)
    clearInterval(this.#busy)
  }

  /** Each ping is answered. Counted in own turns: when this very process froze, what the edge said meanwhile is not heard yet. */
  #beat(busyHeartbeatMs: number): void {
    const { pace, ping, isBusy, onSilence } = this.#options
    if (!isBusy() && !this.#hasSpoken && this.#quietBeats === 0) return
    this.#hasSpoken = false
    this.#quietBeats += 1
    const silentMs = this.#quietBeats * busyHeartbeatMs
    if (pace.busySilenceMs !== undefined && silentMs > pace.busySilenceMs) onSilence(pace.busySilenceMs)
    else ping()
  }
}
