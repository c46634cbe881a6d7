import { DurableObject } from 'cloudflare:workers'
import type { RateLimiterStub } from '../services/limits/limiter.ts'
import {
  forgottenAt,
  giveBack,
  type LimitMemory,
  NOTHING_REMEMBERED,
  spend,
  type TakeAnswer,
  type TakeRequest,
  take,
  withoutThePast,
} from '../services/limits/rate-window.ts'
import type { Serves } from '../services/stubs.ts'

/** The time whose requests an object that ends without warning may forget. */
export const SAVE_INTERVAL_MS = 1_000

/** Objects whose day is over are woken to forget it within this time, not all at midnight. */
const FORGET_SPREAD_MS = 10 * 60 * 1_000

const KEY = 'memory'

/**
 * The counts of one subject's latest requests. Keyed by the subject, an account or an address.
 *
 * Requests are counted in memory and saved behind the answers, at most once in `SAVE_INTERVAL_MS`: no request waits for
 * storage, and a thousand requests a second are one write. What was saved survives eviction; an idle object is evicted
 * after ten seconds at the earliest, long after it has saved. When nothing is left that counts, it deletes its storage.
 */
export class RateLimiter extends DurableObject<Cloudflare.Env> implements Serves<RateLimiterStub> {
  #memory: LimitMemory
  #isSaveDue = false
  #savedAt = 0
  #isAlarmSet = false

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env)
    this.#memory = ctx.storage.kv.get<LimitMemory>(KEY) ?? NOTHING_REMEMBERED
  }

  take(request: TakeRequest): TakeAnswer & { takenAt: number } {
    const takenAt = Date.now()
    const { memory, answer } = take(this.#memory, request, takenAt)
    this.#change(memory)
    return { ...answer, takenAt }
  }

  giveBack(windows: string[], takenAt: number): void {
    this.#change(giveBack(this.#memory, windows, takenAt))
  }

  spend(budget: string, amount: number): void {
    this.#change(spend(this.#memory, budget, amount, Date.now()))
  }

  override async alarm(): Promise<void> {
    this.#isAlarmSet = false
    this.#memory = withoutThePast(this.#memory, Date.now())
    if (forgottenAt(this.#memory) === undefined) await this.ctx.storage.deleteAll()
    else this.#save()
  }

  #change(memory: LimitMemory): void {
    if (memory === this.#memory) return // refused
    this.#memory = memory
    if (this.#isSaveDue) return
    this.#isSaveDue = true
    const sinceLastMs = Math.abs(Date.now() - this.#savedAt)
    // By a timer even when it is due at once: an alarm cannot be set but confirmed, and no answer is to wait for that.
    setTimeout(() => this.#save(), Math.max(0, SAVE_INTERVAL_MS - sinceLastMs))
  }

  #save(): void {
    this.#isSaveDue = false
    this.#savedAt = Date.now()
    const end = forgottenAt(this.#memory)
    // Unconfirmed: answers that leave meanwhile do not wait for the disk. `storage.kv` cannot be told so.
    const options = { allowUnconfirmed: true }
    if (end === undefined) return void this.ctx.storage.delete(KEY, options) // all was given back
    void this.ctx.storage.put(KEY, this.#memory, options)
    if (this.#isAlarmSet) return
    this.#isAlarmSet = true
    void this.ctx.storage.setAlarm(end + Math.random() * FORGET_SPREAD_MS)
  }
}
