import { beforeEach, describe, expect, it } from 'vitest'
import {
  createTrimming,
  TRIM_AFTER_MS,
  TRIM_OVERDUE_MS,
} from '../../../../worker/services/responses/trimming.ts'

/** One isolate whose waits end when the test says so; `broken` makes its trims fail. */
function setUp() {
  const state = { now: 1_000_000, broken: false }
  const trimmed: string[] = []
  const lines: string[] = []
  const waits: (() => void)[] = []
  const work: Promise<unknown>[] = []
  const kept = createTrimming({
    store: {
      trim: async (accountId) => {
        if (state.broken) throw new Error('D1 is away')
        trimmed.push(accountId)
      },
    },
    later: (promise) => void work.push(promise),
    log: { error: (event) => void lines.push(event) },
    now: () => state.now,
    wait: (milliseconds) => {
      expect(milliseconds).toBe(TRIM_AFTER_MS)
      return new Promise((end) => waits.push(end))
    },
  })
  /** Lets the waiting trims run, to their end. */
  const pass = async () => {
    for (const end of waits.splice(0)) end()
    await Promise.all(work.splice(0))
  }
  return { kept, lines, pass, state, trimmed, waits, work }
}

describe('an account that keeps responses', () => {
  let isolate: ReturnType<typeof setUp>
  beforeEach(() => {
    isolate = setUp()
  })

  it('is trimmed once for all that are kept until then', async () => {
    const { kept, pass, trimmed } = isolate
    for (let count = 0; count < 100; count += 1) kept('one')
    kept('other')
    expect(trimmed).toEqual([])
    await pass()
    expect(trimmed).toEqual(['one', 'other'])
  })

  it('is trimmed again for what is kept while it is trimmed', async () => {
    const { kept, pass, trimmed, waits, work } = isolate
    kept('one')
    waits.splice(0)[0]?.()
    await Promise.resolve()
    kept('one')
    expect(work).toHaveLength(2)
    await pass()
    expect(trimmed).toEqual(['one', 'one'])
  })

  it('is trimmed by the next one where a trim has died with its request', async () => {
    const { kept, pass, state, trimmed, waits, work } = isolate
    kept('one')
    // Neither comes ever.
    waits.splice(0)
    work.splice(0)
    state.now += TRIM_OVERDUE_MS - 1
    kept('one')
    await pass()
    expect(trimmed).toEqual([])
    state.now += 1
    kept('one')
    await pass()
    expect(trimmed).toEqual(['one'])
  })

  it('is trimmed by the next one where a trim has failed, which is logged', async () => {
    const { kept, lines, pass, state, trimmed } = isolate
    state.broken = true
    kept('one')
    await pass()
    expect(lines).toEqual(['responses.not_trimmed'])
    state.broken = false
    kept('one')
    await pass()
    expect(trimmed).toEqual(['one'])
  })
})
