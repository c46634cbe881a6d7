import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import type { DailyBudget, LimitReading, RateWindow, TakeAnswer, TakeRequest } from './rate-window.ts'

export type { DailyBudget, RateWindow } from './rate-window.ts'

/** The count of one request, and the subject that it is held against: `account:<id>` or `ip:<address>`. */
export interface LimitCheck {
  subject: string
  windows: readonly RateWindow[]
  budget?: DailyBudget
  /** The request spends nothing of the budget, and is not refused for it. */
  isFree?: boolean
}

/** How a window or a budget stands. Seconds are whole, rounded up. */
export interface LimitState {
  name: string
  limit: number
  remaining: number
  /** Seconds until everything is free again. */
  resetSeconds: number
  seconds: number
}

export interface LimitAnswer {
  /** Of all that refuse, the one with the longest wait. */
  refusedBy?: LimitState
  /**
   * 0 when the request is let in; otherwise waiting that long lets it in, if nobody else asks meanwhile. Never more than the
   * window: after a burst it may have to wait for one slot more, but clients take a longer word for no word.
   */
  retryAfterSeconds: number
  /** In the order of the checks. */
  windows: readonly LimitState[]
  budget?: LimitState
}

/** A request that was counted, or refused, and may turn out to be none that counts. */
export interface LimitAttempt {
  /** As of `check`. */
  answer: LimitAnswer | undefined
  /** Takes back what was counted, after the answer. Nothing where it was refused. */
  giveBack(): void
}

export interface Limiter {
  /**
   * Counts a request against all its windows, or refuses it and counts it nowhere. The checks are made side by side.
   * Undefined when no limiter could be asked: the request passes. Never throws.
   */
  check(checks: readonly LimitCheck[]): Promise<LimitAnswer | undefined>
  /** As `check`, for what is counted only when it fails. Never throws. */
  attempt(checks: readonly LimitCheck[]): Promise<LimitAttempt>
  /** Adds to a budget what a request has used. Never throws. */
  spend(subject: string, budget: string, amount: number): Promise<void>
}

/** A limiter that has not answered within this time is taken for one that cannot be reached. */
export const LIMITER_TIMEOUT_MS = 250

/** An isolate logs failures of limiters at most this often, with their number. */
export const FAILURE_LOG_INTERVAL_MS = 10_000

/** One subject's limiter, as the services ask it. */
export interface RateLimiterStub {
  /** Counts a request, or refuses it. `takenAt` is for `giveBack`. */
  take(request: TakeRequest): Promise<TakeAnswer & { takenAt: number }>
  /** Takes a request back that another subject's limiter has refused. */
  giveBack(windows: string[], takenAt: number): Promise<void>
  spend(budget: string, amount: number): Promise<void>
}

interface LimiterOptions {
  /** The limiter of a subject. */
  rateLimiter: (subject: string) => RateLimiterStub
  /** Lets work go on after the response. */
  later: (work: Promise<unknown>) => void
  log: Logger
  now?: () => number
}

type Taken = TakeAnswer & { takenAt: number }

/** Rejects when `work` takes longer than a limiter may. */
async function inTime<Value>(work: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('No answer in time.')), LIMITER_TIMEOUT_MS)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

const toState = ({ name, limit, seconds, remaining, resetMs }: LimitReading): LimitState => ({
  name,
  limit,
  remaining,
  resetSeconds: Math.ceil(resetMs / 1_000),
  seconds,
})

/** One answer of several. */
function merge(answers: readonly TakeAnswer[]): LimitAnswer {
  const refusals = answers.flatMap(({ refusedBy }) => refusedBy ?? [])
  const [longest] = refusals.toSorted((a, b) => b.waitMs - a.waitMs)
  const budget = answers.find((answer) => answer.budget)?.budget
  return {
    ...(longest ? { refusedBy: toState(longest) } : {}),
    retryAfterSeconds: longest ? Math.min(longest.seconds, Math.ceil(longest.waitMs / 1_000)) : 0,
    windows: answers.flatMap(({ windows }) => windows.map(toState)),
    ...(budget ? { budget: toState(budget) } : {}),
  }
}

/** Counts of failures that become a log line now and then. */
function createFailures(log: Logger, now: () => number) {
  let [count, loggedAt] = [0, Number.NEGATIVE_INFINITY]
  return (thrown: unknown) => {
    count += 1
    if (now() - loggedAt < FAILURE_LOG_INTERVAL_MS) return
    log.error('limiter.failed', { count, reason: causeOf(thrown) })
    count = 0
    loggedAt = now()
  }
}

/** The limits of all subjects, each kept by its own `RateLimiter` object. */
export function createLimiter({ rateLimiter, later, log, now = Date.now }: LimiterOptions): Limiter {
  const fail = createFailures(log, now)

  async function takeFrom({ subject, windows, budget, isFree }: LimitCheck): Promise<Taken | undefined> {
    try {
      return await inTime(rateLimiter(subject).take({ windows, budget, isFree }))
    } catch (thrown) {
      fail(thrown)
      return undefined
    }
  }

  /**
   * Takes a count back: a request that one subject refuses must not count for another, since people behind one address do
   * not pay for each other's haste.
   */
  function giveBack({ subject, windows }: LimitCheck, { takenAt }: Taken): void {
    const names = windows.map(({ name }) => name)
    later(rateLimiter(subject).giveBack(names, takenAt).catch(fail))
  }

  async function attempt(checks: readonly LimitCheck[]): Promise<LimitAttempt> {
    const results = await Promise.all(checks.map(async (check) => ({ check, taken: await takeFrom(check) })))
    const answered = results.flatMap(({ check, taken }) => (taken ? [{ check, taken }] : []))
    if (answered.length === 0 && checks.length > 0) return { answer: undefined, giveBack: () => {} }
    const answer = merge(answered.map(({ taken }) => taken))
    const undo = () => {
      for (const { check, taken } of answered) if (!taken.refusedBy) giveBack(check, taken)
    }
    if (!answer.refusedBy) return { answer, giveBack: undo }
    undo()
    return { answer, giveBack: () => {} }
  }

  return {
    attempt,

    check: async (checks) => (await attempt(checks)).answer,

    async spend(subject, budget, amount) {
      try {
        if (amount > 0) await rateLimiter(subject).spend(budget, amount)
      } catch (thrown) {
        fail(thrown)
      }
    },
  }
}
