import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../../../shared/units.ts'
import {
  forgottenAt,
  giveBack,
  type LimitMemory,
  MAX_NAMES_PER_SUBJECT,
  NOTHING_REMEMBERED,
  type RateWindow,
  SLOTS_PER_WINDOW,
  spend,
  type TakeAnswer,
  type TakeRequest,
  take,
  withoutThePast,
} from '../../../../worker/services/limits/rate-window.ts'

const NOON = Date.UTC(2100, 0, 1, 12)

const toMs = ({ seconds }: RateWindow) => seconds * 1_000
const slotMs = (window: RateWindow) => toMs(window) / SLOTS_PER_WINDOW

/** A subject beside the times of what it was let in for. */
class Subject {
  memory: LimitMemory = NOTHING_REMEMBERED
  readonly admitted: number[] = []

  take(request: TakeRequest, now: number, trueTime = now): TakeAnswer {
    const { memory, answer } = take(this.memory, request, now)
    this.memory = memory
    if (!answer.refusedBy) this.admitted.push(trueTime)
    return answer
  }

  /** How many were let in during the `lastMs` before and at `now`. */
  within(lastMs: number, now: number): number {
    return this.admitted.filter((time) => time > now - lastMs && time <= now).length
  }
}

const seconds = fc.constantFrom(1, 7, 60, 3_600, 86_400)
const window = fc
  .record({ limit: fc.integer({ min: 1, max: 9 }), seconds })
  .map((some): RateWindow => ({ name: 'w', ...some }))
const start = fc.integer({ min: 0, max: 4_000_000_000_000 })
/** Waits between requests, in parts of a window: many short ones, some about as long as one. */
const waits = fc.array(
  fc.oneof(
    fc.double({ min: 0, max: 0.3, noNaN: true }),
    fc.double({ min: 0.9, max: 1.1, noNaN: true }),
    fc.constantFrom(0, 1 / SLOTS_PER_WINDOW, 1, 1 + 1 / SLOTS_PER_WINDOW),
  ),
  { maxLength: 80 },
)

/** Each time of a walk. */
function* timesOf(from: number, steps: readonly number[], length: number) {
  let now = from
  for (const step of steps) {
    now += Math.round(step * length)
    yield now
  }
}

describe('a sliding window', () => {
  it('never lets in more than its limit within any stretch of its length', () => {
    fc.assert(
      fc.property(window, start, waits, (one, from, steps) => {
        const subject = new Subject()
        for (const now of timesOf(from, steps, toMs(one))) {
          subject.take({ windows: [one] }, now)
          expect(subject.within(toMs(one), now)).toBeLessThanOrEqual(one.limit)
        }
      }),
    )
  })

  it('refuses only when as many as its limit, or more, were let in within its length and one slot', () => {
    fc.assert(
      fc.property(window, start, waits, (one, from, steps) => {
        const subject = new Subject()
        for (const now of timesOf(from, steps, toMs(one))) {
          const recent = subject.within(toMs(one) + slotMs(one), now)
          const { refusedBy } = subject.take({ windows: [one] }, now)
          if (refusedBy) expect(recent).toBeGreaterThanOrEqual(one.limit)
        }
      }),
    )
  })

  it('tells exactly how many more it would let in now', () => {
    fc.assert(
      fc.property(window, start, waits, (one, from, steps) => {
        const subject = new Subject()
        let last = { now: from, remaining: one.limit }
        for (const now of timesOf(from, steps, toMs(one))) {
          const [reading] = subject.take({ windows: [one] }, now).windows
          last = { now, remaining: reading?.remaining ?? Number.NaN }
        }
        for (let more = 0; more < last.remaining; more += 1) {
          expect(subject.take({ windows: [one] }, last.now).refusedBy).toBeUndefined()
        }
        expect(subject.take({ windows: [one] }, last.now).refusedBy).toMatchObject({ remaining: 0 })
      }),
    )
  })

  it('lets in who waited as long as it said, and nobody who waited one millisecond less', () => {
    fc.assert(
      fc.property(window, start, waits, (one, from, steps) => {
        const subject = new Subject()
        for (const now of timesOf(from, steps, toMs(one))) {
          const { refusedBy } = subject.take({ windows: [one] }, now)
          if (!refusedBy) continue
          expect(refusedBy.waitMs).toBeLessThanOrEqual(toMs(one) + slotMs(one) + 1)
          const at = (time: number) => take(subject.memory, { windows: [one] }, time).answer.refusedBy
          expect(at(now + refusedBy.waitMs)).toBeUndefined()
          expect(at(now + refusedBy.waitMs - 1)).toBeDefined()
        }
      }),
    )
  })

  it('tells when everything is free again, to the millisecond', () => {
    fc.assert(
      fc.property(window, start, waits, (one, from, steps) => {
        const subject = new Subject()
        for (const now of timesOf(from, steps, toMs(one))) {
          const resetMs = subject.take({ windows: [one] }, now).windows[0]?.resetMs ?? Number.NaN
          const remainingAt = (time: number) =>
            take(subject.memory, { windows: [one] }, time).answer.windows[0]?.remaining
          expect(remainingAt(now + resetMs)).toBe(one.limit - 1)
          expect(remainingAt(now + resetMs - 1)).toBeLessThan(Math.max(1, one.limit - 1))
        }
      }),
    )
  })

  it('keeps its count when its limit changes, up or down', () => {
    fc.assert(
      fc.property(seconds, start, waits, fc.infiniteStream(fc.nat(9)), (length, from, steps, limits) => {
        const subject = new Subject()
        const slotOf = (time: number) => Math.floor((time * SLOTS_PER_WINDOW) / (length * 1_000))
        for (const now of timesOf(from, steps, length * 1_000)) {
          const one = { name: 'w', limit: limits.next().value ?? 0, seconds: length }
          const live = subject.admitted.filter((time) => slotOf(time) >= slotOf(now) - SLOTS_PER_WINDOW)
          const { refusedBy, windows } = subject.take({ windows: [one] }, now)
          expect(refusedBy === undefined).toBe(live.length < one.limit)
          const counted = live.length + (refusedBy ? 0 : 1)
          expect(windows[0]?.remaining).toBe(Math.max(0, one.limit - counted))
        }
      }),
    )
  })

  it('suffers a clock that goes back: no request too many, and no wait longer than one from full', () => {
    const setBack = fc.array(fc.tuple(waits, fc.double({ min: 0, max: 3, noNaN: true })), { maxLength: 4 })
    fc.assert(
      fc.property(window, start, setBack, (one, from, parts) => {
        const subject = new Subject()
        let [trueTime, behind] = [from + 4 * 3 * toMs(one), 0]
        for (const [steps, jump] of parts) {
          behind += Math.round(jump * toMs(one))
          for (const time of timesOf(trueTime, steps, toMs(one))) {
            trueTime = time
            const { refusedBy } = subject.take({ windows: [one] }, time - behind, time)
            expect(subject.within(toMs(one), time)).toBeLessThanOrEqual(one.limit)
            expect(refusedBy?.waitMs ?? 0).toBeLessThanOrEqual(toMs(one) + slotMs(one) + 1)
          }
        }
      }),
    )
  })

  it('remembers no more than its slots, whatever happens', () => {
    const one = { name: 'w', limit: 1_000_000, seconds: 60 }
    const subject = new Subject()
    for (let now = NOON; now < NOON + 10 * 60_000; now += 500) subject.take({ windows: [one] }, now)
    expect(subject.memory.windows.w?.counts).toHaveLength(SLOTS_PER_WINDOW + 1)
  })

  it.each([0, -1])('of limit %i lets nobody in and still names a wait', (limit) => {
    const { refusedBy } = new Subject().take({ windows: [{ name: 'w', limit, seconds: 60 }] }, NOON)
    expect(refusedBy).toMatchObject({ remaining: 0, waitMs: 60_000 })
  })

  it('begins anew when its name comes to mean another length of time', () => {
    const subject = new Subject()
    subject.take({ windows: [{ name: 'w', limit: 1, seconds: 60 }] }, NOON)
    expect(
      subject.take({ windows: [{ name: 'w', limit: 1, seconds: 3_600 }] }, NOON).refusedBy,
    ).toBeUndefined()
  })
})

describe('several windows', () => {
  const short = { name: 'short', limit: 2, seconds: 1 }
  const long = { name: 'long', limit: 3, seconds: 60 }

  it('count a request in all of them, or in none when one refuses it', () => {
    const subject = new Subject()
    const remaining = (now: number) =>
      subject.take({ windows: [short, long] }, now).windows.map((reading) => reading.remaining)
    expect(remaining(NOON)).toEqual([1, 2])
    expect(remaining(NOON)).toEqual([0, 1])
    expect(remaining(NOON)).toEqual([0, 1])
    expect(remaining(NOON + 2_000)).toEqual([1, 0])
    expect(remaining(NOON + 2_000)).toEqual([1, 0])
  })

  it('are refused by the one with the longest wait', () => {
    const subject = new Subject()
    subject.take({ windows: [short, long] }, NOON)
    subject.take({ windows: [short, long] }, NOON)
    const tight = { ...long, limit: 2 }
    expect(subject.take({ windows: [short, tight] }, NOON).refusedBy?.name).toBe('long')
    expect(subject.take({ windows: [tight, short] }, NOON).refusedBy?.name).toBe('long')
    expect(subject.take({ windows: [short, long] }, NOON).refusedBy?.name).toBe('short')
  })

  it('forget a request that is given back, and only that one', () => {
    fc.assert(
      fc.property(window, start, waits, (one, from, steps) => {
        const subject = new Subject()
        for (const now of timesOf(from, steps, toMs(one))) {
          const before = subject.memory
          const { memory, answer } = take(before, { windows: [one] }, now)
          if (answer.refusedBy) continue
          const after = giveBack(memory, [one.name, 'never heard of'], now)
          const later = now + toMs(one) / 2
          const read = (some: LimitMemory) => take(some, { windows: [one] }, later).answer
          expect(read(after)).toEqual(read(before))
          subject.memory = memory
        }
      }),
    )
  })
})

describe('a daily budget', () => {
  const budget = { name: 'tokens', limit: 100 }
  const midnight = (Math.floor(NOON / DAY_MS) + 1) * DAY_MS
  const one = { name: 'w', limit: 10, seconds: 60 }
  const afterSpending = (amount: number, now = NOON) => spend(NOTHING_REMEMBERED, 'tokens', amount, now)
  const refusedAt = (memory: LimitMemory, now: number) =>
    take(memory, { windows: [one], budget }, now).answer.refusedBy

  it('refuses from the moment on at which all of it is spent', () => {
    expect(refusedAt(afterSpending(99), NOON)).toBeUndefined()
    expect(refusedAt(afterSpending(100), NOON)).toMatchObject({ name: 'tokens', limit: 100, remaining: 0 })
    expect(refusedAt(afterSpending(250), NOON)).toMatchObject({ remaining: 0 })
  })

  it('is whole again at midnight UTC, and tells how long that is', () => {
    const memory = afterSpending(100)
    expect(refusedAt(memory, NOON)?.waitMs).toBe(midnight - NOON)
    expect(refusedAt(memory, midnight - 1)?.waitMs).toBe(1)
    expect(refusedAt(memory, midnight)).toBeUndefined()
    expect(take(memory, { windows: [], budget }, midnight).answer.budget?.remaining).toBe(100)
  })

  it('adds up what is spent in one day and drops what was spent the day before', () => {
    let memory = afterSpending(30, midnight - 1)
    memory = spend(memory, 'tokens', 30, midnight)
    memory = spend(memory, 'tokens', 30, midnight + DAY_MS - 1)
    expect(take(memory, { windows: [], budget }, midnight + DAY_MS - 1).answer.budget?.remaining).toBe(40)
  })

  it('loses nothing when the clock goes back over midnight', () => {
    const memory = spend(afterSpending(60, midnight), 'tokens', 40, midnight - 1)
    expect(refusedAt(memory, midnight - 1)?.waitMs).toBe(1)
    expect(refusedAt(memory, midnight)).toBeUndefined()
  })

  it('that refuses leaves the windows uncounted', () => {
    const { memory } = take(afterSpending(100), { windows: [one], budget }, NOON)
    expect(take(memory, { windows: [one] }, NOON).answer.windows[0]?.remaining).toBe(9)
  })

  it('does not come between a window and a longer wait', () => {
    const day = { name: 'day', limit: 1, seconds: 86_400 }
    const { memory } = take(afterSpending(100), { windows: [day] }, NOON)
    expect(take(memory, { windows: [day], budget }, NOON).answer.refusedBy?.name).toBe('day')
  })
})

describe('what is remembered', () => {
  const many = (count: number): RateWindow[] =>
    Array.from({ length: count }, (_, index) => ({ name: `w${index}`, limit: 1, seconds: 60 }))

  it(`has room for ${MAX_NAMES_PER_SUBJECT} names and for no more`, () => {
    const { memory } = take(NOTHING_REMEMBERED, { windows: many(MAX_NAMES_PER_SUBJECT) }, NOON)
    expect(Object.keys(memory.windows)).toHaveLength(MAX_NAMES_PER_SUBJECT)
    expect(() => take(NOTHING_REMEMBERED, { windows: many(MAX_NAMES_PER_SUBJECT + 1) }, NOON)).toThrow(
      RangeError,
    )
    expect(() => spend(memory, 'tokens', 1, NOON)).toThrow(RangeError)
  })

  it('makes room by forgetting names that count no more', () => {
    const { memory } = take(NOTHING_REMEMBERED, { windows: many(MAX_NAMES_PER_SUBJECT) }, NOON)
    expect(spend(memory, 'tokens', 1, NOON + 120_000).windows).toEqual({})
  })

  it('can be forgotten when it counts no more, and not one millisecond before', () => {
    fc.assert(
      fc.property(window, start, waits, fc.boolean(), (one, from, steps, spends) => {
        const subject = new Subject()
        for (const now of timesOf(from, steps, toMs(one))) {
          subject.take({ windows: [one] }, now)
          if (spends) subject.memory = spend(subject.memory, 'tokens', 1, now)
        }
        const end = forgottenAt(subject.memory)
        if (end === undefined) {
          expect(subject.memory).toEqual(NOTHING_REMEMBERED)
          return
        }
        expect(withoutThePast(subject.memory, end)).toEqual(NOTHING_REMEMBERED)
        expect(withoutThePast(subject.memory, end - 1)).not.toEqual(NOTHING_REMEMBERED)
      }),
    )
  })
})
