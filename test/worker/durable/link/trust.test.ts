import { describe, expect, it } from 'vitest'
import { BUSY_SILENCE_LIMIT_MS, SUSPECT_AFTER_MS } from '../../../../shared/wire.ts'
import { Trust } from '../../../../worker/durable/link/trust.ts'

const START = 1_000_000

/** A link that was opened at `START` and has had calls to run since; what is remembered of it, and what its trust says. */
function setUp({ busyHeartbeat = true } = {}) {
  const link = { openedAt: START, busyHeartbeat, suspectSince: null as number | null }
  const clock = { now: START, pingedAt: 0 }
  const said: string[] = []
  const trust = new Trust({
    link: () => link,
    pingedAt: () => clock.pingedAt,
    remember: ({ suspectSince }) => {
      link.suspectSince = suspectSince
    },
    onSuspect: () => said.push('suspect'),
    onTrust: (silentMs) => said.push(`well after ${silentMs}`),
    now: () => clock.now,
  })
  const lookAfter = (milliseconds: number) => {
    clock.now = START + milliseconds
    return trust.look(START)
  }
  return { trust, link, clock, said, lookAfter }
}

describe('the trust in a node', () => {
  it('is given until its silence is long enough for suspicion, which is said once', () => {
    const { trust, link, said, lookAfter } = setUp()
    expect(lookAfter(SUSPECT_AFTER_MS - 1)).toBe('well')
    expect(trust.isGiven).toBe(true)
    expect([lookAfter(SUSPECT_AFTER_MS), lookAfter(SUSPECT_AFTER_MS + 1)]).toEqual(['suspect', 'suspect'])
    expect(trust.isGiven).toBe(false)
    expect(link.suspectSince).toBe(START + SUSPECT_AFTER_MS)
    expect(said).toEqual(['suspect'])
  })

  it('returns with a frame, and says how long it was gone', () => {
    const { trust, link, clock, said, lookAfter } = setUp()
    lookAfter(SUSPECT_AFTER_MS)
    clock.now += 700
    trust.hear()
    expect([trust.isGiven, link.suspectSince, trust.heardAt]).toEqual([true, null, clock.now])
    expect(said).toEqual(['suspect', 'well after 700'])
  })

  it('returns with a ping, which wakes nobody, when it is asked for; an older ping is none', () => {
    const { trust, clock, said, lookAfter } = setUp()
    lookAfter(SUSPECT_AFTER_MS)
    clock.pingedAt = START + SUSPECT_AFTER_MS - 1
    expect(trust.isGiven).toBe(false)
    clock.pingedAt = START + SUSPECT_AFTER_MS
    expect(trust.isGiven).toBe(true)
    expect(said).toEqual(['suspect', 'well after 0'])
  })

  it('is not withheld from one that never promised to be heard while it computes', () => {
    const { trust, said, lookAfter } = setUp({ busyHeartbeat: false })
    expect(lookAfter(BUSY_SILENCE_LIMIT_MS * 2)).toBe('well')
    expect(lookAfter(BUSY_SILENCE_LIMIT_MS * 3)).toBe('well')
    expect([trust.isGiven, said]).toEqual([true, []])
  })

  it('begins anew with each link', () => {
    const { trust, clock, link, lookAfter } = setUp()
    expect([lookAfter(BUSY_SILENCE_LIMIT_MS), trust.heardAt]).toEqual(['suspect', START])
    Object.assign(link, { openedAt: clock.now, suspectSince: null })
    trust.begin()
    // The look at the link before was the first of two that find it overdue; it counts for no other.
    expect(trust.look(START)).toBe('well')
    expect(lookAfter(BUSY_SILENCE_LIMIT_MS * 2)).toBe('suspect')
    expect(lookAfter(BUSY_SILENCE_LIMIT_MS * 2 + 1)).toBe('stalled')
  })
})
