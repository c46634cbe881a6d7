import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError, type ErrorCode } from '../../../../shared/errors.ts'
import {
  COMES_BACK_WITHIN_MS,
  LOOK_AGAIN_MS,
  patientModel,
} from '../../../../worker/services/agents/patient-model.ts'
import { NO_USAGE } from '../../../../worker/services/agents/run-events.ts'
import type { Generated, RunModel, Wanted } from '../../../../worker/services/agents/run-model.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const DONE: Generated = { text: 'yes', finishReason: 'stop', usage: NO_USAGE }

/** A model that says one piece, and is lost so many times: before it, or after. */
function lostModel(times: number, { code = 'node_failed', after = false } = {} as Lost): Lossy {
  const seen = { calls: 0 }
  return {
    seen,
    async *generate() {
      seen.calls += 1
      const isLost = seen.calls <= times
      if (isLost && !after) throw new AppError(code, 'gone')
      yield { text: 'y', tokens: [1] }
      if (isLost) throw new AppError(code, 'gone')
      return DONE
    },
  }
}
interface Lost {
  code?: ErrorCode
  after?: boolean
}
type Lossy = RunModel & { seen: { calls: number } }

async function asked(model: RunModel, wanted: Wanted, signal = new AbortController().signal) {
  const pieces = model.generate([], wanted, signal)
  for (let piece = await pieces.next(); ; piece = await pieces.next()) if (piece.done) return piece.value
}

const DECISION: Wanted = { schema: {} }

describe('the model of a run', () => {
  it.each(['node_failed', 'no_capacity', 'model_not_found'] as const)(
    'that was there is waited for where it is refused with %s',
    async (code) => {
      const model = lostModel(3, { code })
      const answer = asked(patientModel(model, true), DECISION)
      await vi.advanceTimersByTimeAsync(3 * LOOK_AGAIN_MS)
      expect(await answer).toEqual(DONE)
      expect(model.seen.calls).toBe(4)
    },
  )

  it('that was not there when the run began is refused at once', async () => {
    const model = lostModel(1, { code: 'model_not_found' })
    await expect(asked(patientModel(model, false), DECISION)).rejects.toMatchObject({
      code: 'model_not_found',
    })
    expect(model.seen.calls).toBe(1)
  })

  it('makes a decision again that was cut off in its middle, and no answer of which a piece was heard', async () => {
    const decision = asked(patientModel(lostModel(1, { after: true }), false), DECISION)
    await vi.advanceTimersByTimeAsync(LOOK_AGAIN_MS)
    expect(await decision).toEqual(DONE)
    await expect(asked(patientModel(lostModel(1, { after: true }), true), {})).rejects.toMatchObject({
      code: 'node_failed',
    })
  })

  it('is not asked again for what it has refused for another reason', async () => {
    const model = lostModel(1, { code: 'invalid_request' })
    await expect(asked(patientModel(model, true), DECISION)).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  it(`that stays away is waited for ${COMES_BACK_WITHIN_MS / 1_000} seconds, and no longer than the run goes on`, async () => {
    const times = COMES_BACK_WITHIN_MS / LOOK_AGAIN_MS
    const back = asked(patientModel(lostModel(times), true), DECISION)
    await vi.advanceTimersByTimeAsync(COMES_BACK_WITHIN_MS)
    expect(await back).toEqual(DONE)
    const away = expect(asked(patientModel(lostModel(times + 1), true), DECISION)).rejects.toMatchObject({
      code: 'node_failed',
    })
    await vi.advanceTimersByTimeAsync(COMES_BACK_WITHIN_MS)
    await away
    const stop = new AbortController()
    const stopped = expect(asked(patientModel(lostModel(9), true), DECISION, stop.signal)).rejects.toThrow(
      'stop',
    )
    await vi.advanceTimersByTimeAsync(LOOK_AGAIN_MS)
    stop.abort(new Error('stop'))
    await stopped
  })
})
