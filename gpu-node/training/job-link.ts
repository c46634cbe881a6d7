import type { z } from 'zod'
import {
  LAST_REPORTS,
  PROGRESS_INTERVAL_MS,
  TRAINING_ALIVE_MS,
  type TrainingReport,
  type trainingEvents,
} from '../../shared/training.ts'

/** A frame of a job to the edge. */
export type TrainingEvent = z.infer<(typeof trainingEvents)[number]>
export type SignWish = Extract<TrainingEvent, { type: 'train.sign' }>['wish']

/** Which try at which job. */
export interface JobKey {
  readonly jobId: string
  readonly attempt: number
}

/** Something is said this long after the last word, so that it arrives within `TRAINING_ALIVE_MS`. */
const ALIVE_MS = TRAINING_ALIVE_MS - 5_000

/** Words that are neither acknowledged nor answered after so long are said again: the edge may have failed over them. */
export const SAY_AGAIN_MS = 30_000

/** Reports that wait to be acknowledged. Beyond that the oldest warnings and validations are forgotten: the rest matters. */
export const MAX_KEPT_REPORTS = 1_000

/** Reports that tell of a moment: with the next one they are worth nothing. */
const MOMENTARY: ReadonlySet<TrainingReport['kind']> = new Set(['alive', 'progress'])
const DISPENSABLE: ReadonlySet<TrainingReport['kind']> = new Set(['warning', 'validation'])

/** The edge gives no address for a part, and says why. */
export class SignRefused extends Error {}

/** Words of an attempt: the last one's number, and those that the edge may not have written down. */
export interface Said {
  seq: number
  reports: { seq: number; report: TrainingReport }[]
}

interface Kept {
  seq: number
  report: TrainingReport
  saidAt: number
}

interface Asked {
  wish: SignWish
  saidAt: number
  resolve: (tokens: string[]) => void
  reject: (refusal: SignRefused) => void
}

type Send = (event: TrainingEvent) => void

/**
 * The words of one attempt at a job to the edge. They outlive the link: what was not acknowledged is said again on the next
 * one, once the edge has said that the job goes on, and what was asked is asked again.
 */
export class JobLink {
  readonly key: JobKey
  readonly #onSettled: () => void
  readonly #asked = new Map<string, Asked>()
  #kept: Kept[] = []
  #send: Send | undefined
  #seq = 0
  #requests = 0
  #hasEnded = false
  #isClosed = false
  #alive: NodeJS.Timeout | undefined
  #again: NodeJS.Timeout | undefined
  #progress: { last: number; held?: TrainingReport; timer?: NodeJS.Timeout } = {
    last: Number.NEGATIVE_INFINITY,
  }

  /**
   * `onSettled`: the last report is written down, and nothing is left to be said. `send`: on the link that is open now. `said`:
   * by the node's last life.
   */
  constructor(
    key: JobKey,
    send: Send | undefined,
    onSettled: () => void,
    said: Said = { seq: 0, reports: [] },
  ) {
    this.key = key
    this.#onSettled = onSettled
    this.#send = send
    this.#seq = said.seq
    this.#kept = said.reports.map((one) => ({ ...one, saidAt: 0 }))
    this.#hasEnded = said.reports.some(({ report }) => LAST_REPORTS.has(report.kind))
    this.#wait()
  }

  /** Whether the last report was made. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** As much as another life of the node needs to go on with it. */
  get said(): Said {
    return { seq: this.#seq, reports: this.#kept.map(({ seq, report }) => ({ seq, report })) }
  }

  /** Whether nothing more is said. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whether there is no link on which it is said. */
  get isMuted(): boolean {
    return this.#send === undefined
  }

  tell(report: TrainingReport): void {
    if (this.#hasEnded || this.#isClosed) return
    if (report.kind === 'progress') {
      this.#tellProgress(report)
      return
    }
    this.#flushProgress()
    this.#say(report)
  }

  /** Addresses for parts of a file, in the order of the wish. Rejects with `SignRefused`. */
  sign(wish: SignWish): Promise<string[]> {
    this.#requests += 1
    const requestId = String(this.#requests)
    return new Promise((resolve, reject) => {
      const asked = { wish, resolve, reject, saidAt: 0 }
      this.#asked.set(requestId, asked)
      this.#ask(requestId, asked)
    })
  }

  /** The edge's answer to what was asked. */
  signed(requestId: string, tokens: string[], message?: string): void {
    const asked = this.#asked.get(requestId)
    this.#asked.delete(requestId)
    if (asked === undefined) return
    if (tokens.length === asked.wish.parts.length) asked.resolve(tokens)
    else asked.reject(new SignRefused(message ?? 'The edge gave no address for a part of a file.'))
  }

  acknowledge(seq: number): void {
    this.#kept = this.#kept.filter((kept) => kept.seq > seq)
    if (this.#hasEnded && this.#kept.length === 0) this.#onSettled()
  }

  /** The job goes on, on this link: what the edge has not written down is said again, and what was asked is asked again. */
  goOn(send: Send, seq: number): void {
    this.#send = send
    this.acknowledge(seq)
    this.#sayAgain(0)
    this.#wait()
  }

  /** The link is lost. */
  mute(): void {
    this.#send = undefined
    clearTimeout(this.#alive)
    clearInterval(this.#again)
    this.#again = undefined
  }

  /** Nothing more is said. */
  close(): void {
    this.#isClosed = true
    this.mute()
    clearTimeout(this.#progress.timer)
    for (const { reject } of this.#asked.values()) reject(new SignRefused('The job is over.'))
    this.#asked.clear()
  }

  #tellProgress(report: TrainingReport): void {
    const waitMs = this.#progress.last + PROGRESS_INTERVAL_MS - performance.now()
    if (waitMs <= 0) {
      this.#progress.last = performance.now()
      this.#say(report)
      return
    }
    this.#progress.held = report
    this.#progress.timer ??= setTimeout(() => this.#flushProgress(), waitMs)
  }

  #flushProgress(): void {
    const { held, timer } = this.#progress
    clearTimeout(timer)
    if (held === undefined) return
    this.#progress = { last: performance.now() }
    this.#say(held)
  }

  #say(report: TrainingReport): void {
    this.#seq += 1
    this.#hasEnded = LAST_REPORTS.has(report.kind)
    const said = { seq: this.#seq, report, saidAt: 0 }
    if (!MOMENTARY.has(report.kind)) this.#keep(said)
    this.#sendReport(said)
    this.#wait()
  }

  #keep(kept: Kept): void {
    this.#kept.push(kept)
    if (this.#kept.length <= MAX_KEPT_REPORTS) return
    const oldest = this.#kept.findIndex(({ report }) => DISPENSABLE.has(report.kind))
    if (oldest >= 0) this.#kept.splice(oldest, 1)
  }

  /** Says what was said for the last time at least so long ago, in its order. */
  #sayAgain(afterMs: number): void {
    const before = performance.now() - afterMs
    for (const kept of this.#kept) if (kept.saidAt <= before) this.#sendReport(kept)
    for (const [requestId, asked] of this.#asked) if (asked.saidAt <= before) this.#ask(requestId, asked)
  }

  #sendReport(kept: Kept): void {
    kept.saidAt = performance.now()
    this.#send?.({ type: 'train.report', ...this.key, seq: kept.seq, report: kept.report })
  }

  #ask(requestId: string, asked: Asked): void {
    asked.saidAt = performance.now()
    this.#send?.({ type: 'train.sign', ...this.key, requestId, wish: asked.wish })
  }

  #wait(): void {
    clearTimeout(this.#alive)
    if (this.#send === undefined) return
    this.#again ??= setInterval(() => this.#sayAgain(SAY_AGAIN_MS), SAY_AGAIN_MS)
    if (this.#hasEnded) return
    this.#alive = setTimeout(() => this.tell({ kind: 'alive' }), ALIVE_MS)
  }
}
