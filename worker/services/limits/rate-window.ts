import { DAY_MS } from '../../../shared/units.ts'

/** At most `limit` requests within any `seconds`. */
export interface RateWindow {
  name: string
  limit: number
  seconds: number
}

/** At most `limit` units in one UTC day. What a request uses is known only when it is over, so the last one may go beyond. */
export interface DailyBudget {
  name: string
  limit: number
}

/** How fine a window slides: a request is forgotten at most this part of a window too late, and never too early. */
export const SLOTS_PER_WINDOW = 60

/** Windows and budgets that one subject may have. All surfaces together use a dozen. */
export const MAX_NAMES_PER_SUBJECT = 32

/** Requests by slot, oldest first. Slots are counted from the epoch; none is empty. */
type Counts = readonly (readonly [slot: number, count: number])[]

/** The memory of one subject. Limits are no part of it: they may change from one request to the next. */
export interface LimitMemory {
  readonly windows: Readonly<Record<string, { readonly seconds: number; readonly counts: Counts }>>
  /** Units spent in a UTC day, which is counted from the epoch. */
  readonly budgets: Readonly<Record<string, { readonly day: number; readonly spent: number }>>
}

export const NOTHING_REMEMBERED: LimitMemory = { windows: {}, budgets: {} }

/** How a window or a budget stands. */
export interface LimitReading {
  name: string
  limit: number
  seconds: number
  remaining: number
  /** Until everything is free again. */
  resetMs: number
  /** Until it lets the next request in; 0 when it would do so now. */
  waitMs: number
}

export interface TakeRequest {
  windows: readonly RateWindow[]
  budget?: DailyBudget | undefined
  /** The request spends nothing: its answer tells how the budget stands, and a spent one does not refuse it. */
  isFree?: boolean | undefined
}

export interface TakeAnswer {
  /** Of all that refuse, the one with the longest wait. A refused request is counted nowhere. */
  refusedBy?: LimitReading
  /** In the order of the request. */
  windows: LimitReading[]
  budget?: LimitReading
}

const slotOf = (now: number, seconds: number): number =>
  Math.floor((now * SLOTS_PER_WINDOW) / (seconds * 1_000))

/** When the last moment of a slot has left the window, epoch ms. */
const endOf = (slot: number, seconds: number): number =>
  Math.ceil(((slot + SLOTS_PER_WINDOW + 1) * seconds * 1_000) / SLOTS_PER_WINDOW)

const dayOf = (now: number): number => Math.floor(now / DAY_MS)

const totalOf = (counts: Counts): number => counts.reduce((sum, [, count]) => sum + count, 0)

/**
 * The requests that still count at `now`. When the clock has gone back, requests of the future become requests of now: none
 * is lost, and none is remembered for longer than a window.
 */
function countsAt(memory: LimitMemory, { name, seconds }: RateWindow, now: number): Counts {
  const known = memory.windows[name]
  // A name that means another length of time now begins anew.
  if (known?.seconds !== seconds) return []
  const current = slotOf(now, seconds)
  const live = known.counts.filter(([slot]) => slot >= current - SLOTS_PER_WINDOW)
  const ahead = live.filter(([slot]) => slot > current)
  return ahead.length === 0 ? live : addTo(live.slice(0, -ahead.length), current, totalOf(ahead))
}

/** `slot` is the newest there is. */
function addTo(counts: Counts, slot: number, amount: number): Counts {
  const last = counts.at(-1)
  return last?.[0] === slot ? [...counts.slice(0, -1), [slot, last[1] + amount]] : [...counts, [slot, amount]]
}

function waitOf(counts: Counts, { limit, seconds }: RateWindow, now: number): number {
  let total = totalOf(counts)
  if (total < limit) return 0
  for (const [slot, count] of counts) {
    total -= count
    if (total < limit) return endOf(slot, seconds) - now
  }
  return seconds * 1_000 // a limit of 0 never lets anybody in
}

const readWindow = (counts: Counts, window: RateWindow, now: number): LimitReading => {
  const newest = counts.at(-1)
  return {
    ...window,
    remaining: Math.max(0, window.limit - totalOf(counts)),
    resetMs: newest ? endOf(newest[0], window.seconds) - now : 0,
    waitMs: waitOf(counts, window, now),
  }
}

/** The units spent of the day at `now`; a day of the future (the clock has gone back) counts as this one. */
function spentAt(memory: LimitMemory, name: string, now: number): number {
  const known = memory.budgets[name]
  return known && known.day >= dayOf(now) ? known.spent : 0
}

function readBudget(memory: LimitMemory, { name, limit }: DailyBudget, now: number): LimitReading {
  const spent = spentAt(memory, name, now)
  const untilMidnight = (dayOf(now) + 1) * DAY_MS - now
  return {
    name,
    limit,
    seconds: DAY_MS / 1_000,
    remaining: Math.max(0, limit - spent),
    resetMs: spent > 0 ? untilMidnight : 0,
    waitMs: spent >= limit ? untilMidnight : 0,
  }
}

const longestWait = (readings: readonly LimitReading[]): LimitReading | undefined =>
  readings.reduce<LimitReading | undefined>(
    (longest, reading) => (reading.waitMs > (longest?.waitMs ?? 0) ? reading : longest),
    undefined,
  )

const countNames = ({ windows, budgets }: LimitMemory): number =>
  Object.keys(windows).length + Object.keys(budgets).length

/** Throws a `RangeError` for more names than a subject may have, so that a mistake in a policy cannot fill the storage. */
function bounded(memory: LimitMemory, now: number): LimitMemory {
  if (countNames(memory) <= MAX_NAMES_PER_SUBJECT) return memory
  const kept = withoutThePast(memory, now)
  if (countNames(kept) > MAX_NAMES_PER_SUBJECT) {
    throw new RangeError(`A subject has at most ${MAX_NAMES_PER_SUBJECT} windows and budgets.`)
  }
  return kept
}

/**
 * Lets a request in, and counts it in every window, or refuses it and counts it in none. Within any `seconds` at most
 * `limit` are let in; a request is refused only when `limit` others were let in within the last `seconds` and one slot.
 */
export function take(
  memory: LimitMemory,
  { windows, budget, isFree = false }: TakeRequest,
  now: number,
): { memory: LimitMemory; answer: TakeAnswer } {
  const before = windows.map((window) => ({ window, counts: countsAt(memory, window, now) }))
  const budgetReading = budget && readBudget(memory, budget, now)
  const toAnswer = (readings: LimitReading[]): TakeAnswer => ({
    windows: readings,
    ...(budgetReading ? { budget: budgetReading } : {}),
  })

  const readings = before.map(({ window, counts }) => readWindow(counts, window, now))
  const refusedBy = longestWait(budgetReading && !isFree ? [...readings, budgetReading] : readings)
  if (refusedBy) return { memory, answer: { refusedBy, ...toAnswer(readings) } }

  const after = before.map(({ window, counts }) => ({
    window,
    counts: addTo(counts, slotOf(now, window.seconds), 1),
  }))
  const changed = after.map(({ window: { name, seconds }, counts }) => [name, { seconds, counts }] as const)
  return {
    memory: bounded({ ...memory, windows: { ...memory.windows, ...Object.fromEntries(changed) } }, now),
    answer: toAnswer(after.map(({ window, counts }) => readWindow(counts, window, now))),
  }
}

/** Takes back what `take` counted at `takenAt`, because another subject of the same request has refused it. */
export function giveBack(memory: LimitMemory, names: readonly string[], takenAt: number): LimitMemory {
  const windows = { ...memory.windows }
  for (const name of names) {
    const known = windows[name]
    if (!known) continue
    const taken = slotOf(takenAt, known.seconds)
    const counts = known.counts
      .map(([slot, count]) => [slot, slot === taken ? count - 1 : count] as const)
      .filter(([, count]) => count > 0)
    windows[name] = { ...known, counts }
  }
  return { ...memory, windows }
}

/** Adds what a request has used, at its end. */
export function spend(memory: LimitMemory, name: string, amount: number, now: number): LimitMemory {
  const spent = spentAt(memory, name, now) + amount
  return bounded({ ...memory, budgets: { ...memory.budgets, [name]: { day: dayOf(now), spent } } }, now)
}

/** Without what no longer counts at `now`. */
export function withoutThePast(memory: LimitMemory, now: number): LimitMemory {
  const windows = Object.entries(memory.windows).filter(([, { seconds, counts }]) => {
    const newest = counts.at(-1)
    return newest !== undefined && endOf(newest[0], seconds) > now
  })
  const budgets = Object.entries(memory.budgets).filter(([, { day }]) => day >= dayOf(now))
  return { windows: Object.fromEntries(windows), budgets: Object.fromEntries(budgets) }
}

/** When nothing of it counts any more, epoch ms; undefined when there is nothing to forget. */
export function forgottenAt(memory: LimitMemory): number | undefined {
  const ends = [
    ...Object.values(memory.windows).flatMap(({ seconds, counts }) =>
      counts.slice(-1).map(([slot]) => endOf(slot, seconds)),
    ),
    ...Object.values(memory.budgets).map(({ day }) => (day + 1) * DAY_MS),
  ]
  return ends.length === 0 ? undefined : Math.max(...ends)
}
