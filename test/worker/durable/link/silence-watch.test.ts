import { describe, expect, it } from 'vitest'
import { BUSY_SILENCE_LIMIT_MS, SUSPECT_AFTER_MS } from '../../../../shared/wire.ts'
import { type Silence, SilenceWatch } from '../../../../worker/durable/link/silence-watch.ts'

const START = 1_000_000
const silentFor = (milliseconds: number, over: Partial<Silence> = {}): Silence => ({
  heardAt: START,
  busySince: START,
  now: START + milliseconds,
  ...over,
})

describe('a busy link', () => {
  it('is well until its silence reaches the first limit, and suspect from then on', () => {
    const watch = new SilenceWatch()
    expect(watch.look(silentFor(SUSPECT_AFTER_MS - 1))).toBe('well')
    expect(watch.look(silentFor(SUSPECT_AFTER_MS))).toBe('suspect')
  })

  it('has stalled when its silence has reached the second limit at two looks in a row, and not before', () => {
    const watch = new SilenceWatch()
    const verdicts = [-1, 0, 1].map((over) => watch.look(silentFor(BUSY_SILENCE_LIMIT_MS + over)))
    expect(verdicts).toEqual(['suspect', 'suspect', 'stalled'])
  })

  it('that is heard between the two looks is well: the edge itself had been frozen', () => {
    const watch = new SilenceWatch()
    expect(watch.look(silentFor(BUSY_SILENCE_LIMIT_MS * 5))).toBe('suspect')
    const heardAt = START + BUSY_SILENCE_LIMIT_MS * 5
    expect(watch.look({ heardAt, busySince: START, now: heardAt + 1 })).toBe('well')
    expect(watch.look({ heardAt, busySince: START, now: heardAt + BUSY_SILENCE_LIMIT_MS })).toBe('suspect')
  })

  it('that was idle has its time from its first call on', () => {
    const watch = new SilenceWatch()
    const busySince = START + BUSY_SILENCE_LIMIT_MS * 2
    const look = (silentMs: number) => watch.look({ heardAt: START, busySince, now: busySince + silentMs })
    expect(look(SUSPECT_AFTER_MS - 1)).toBe('well')
    expect(look(SUSPECT_AFTER_MS)).toBe('suspect')
  })
})

it('an idle link may be silent', () => {
  expect(new SilenceWatch().look(silentFor(BUSY_SILENCE_LIMIT_MS * 4, { busySince: undefined }))).toBe('well')
})
