import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_STAY_MS, SHARED_STAY_MS, STAY_PER_LOAD } from '../../../../gpu-node/engine/residency/room.ts'
import { LOAD_WAIT_LIMIT_MS, MAX_LOAD_WAITERS } from '../../../../gpu-node/engine/residency/waiting-calls.ts'
import { createWorld, type FakeRunner } from './residency-world.ts'

/** Long enough for the longest stay. */
const LOAD_MS = MAX_STAY_MS / STAY_PER_LOAD
const LONGEST_CALL_MS = 3_000
const IDS = ['a', 'b', 'c', 'd', 'e'] as const
const modelsOf = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, 10]))

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

describe('models of which not all fit', () => {
  it('are all served, each in the order of arrival, whoever calls when', async () => {
    const arrival = fc.record({
      afterMs: fc.nat(2_000),
      id: fc.constantFrom(...IDS),
      runMs: fc.integer({ min: 1, max: LONGEST_CALL_MS }),
    })
    const arrivals = fc.array(arrival, { minLength: 1, maxLength: MAX_LOAD_WAITERS, size: 'max' })
    await fc.assert(
      fc.asyncProperty(
        arrivals,
        fc.integer({ min: 1, max: IDS.length }),
        fc.nat(2 * LOAD_MS),
        async (calls, room, loadMs) => {
          const order: string[] = []
          const took = (runner: FakeRunner, callId: string) => {
            order.push(callId)
            setTimeout(() => runner.finish(callId), calls[Number(callId)]?.runMs)
          }
          const world = await createWorld({ models: modelsOf(IDS), memoryMiB: 10 * room, loadMs, took })
          for (const [callId, { afterMs, id }] of calls.entries()) {
            await vi.advanceTimersByTimeAsync(afterMs)
            world.start(`${callId}`, id)
          }
          await vi.advanceTimersByTimeAsync(LOAD_WAIT_LIMIT_MS + LONGEST_CALL_MS)
          expect(world.events.filter(({ type }) => type === 'call.error')).toEqual([])
          expect(order).toHaveLength(calls.length)
          for (const id of IDS) {
            const own = order.map(Number).filter((callId) => calls[callId]?.id === id)
            expect(own).toEqual(own.toSorted((a, b) => a - b))
          }
          expect(world.runners.length - room).toBeLessThanOrEqual(calls.length)
          expect(world.residency.waitingCalls).toBe(0)
          await world.residency.close()
        },
      ),
      { numRuns: 60 },
    )
  })

  it('that always have calls take turns: no call is refused, and no load comes before a stay is over', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: IDS.length - 1 }),
        fc.integer({ min: LOAD_MS, max: 2 * LOAD_MS }),
        fc.array(fc.integer({ min: 200, max: LONGEST_CALL_MS }), { minLength: 2, maxLength: 12 }),
        async (room, loadMs, runs) => {
          const served = new Map<string, number>()
          let calls = 0
          // Each client has its model, and calls again when its call has ended.
          const took = (runner: FakeRunner, callId: string) => {
            const runMs = runs[Number(callId) % runs.length]
            setTimeout(() => {
              served.set(runner.id, (served.get(runner.id) ?? 0) + 1)
              world.start(`${calls++}`, runner.id)
              runner.finish(callId)
            }, runMs)
          }
          const world = await createWorld({ models: modelsOf(IDS), memoryMiB: 10 * room, loadMs, took })
          for (const id of IDS) for (let client = 0; client < 2; client += 1) world.start(`${calls++}`, id)
          const minutes = 3
          await vi.advanceTimersByTimeAsync(minutes * 60_000)
          expect(world.events.filter(({ type }) => type === 'call.error')).toEqual([])
          for (const id of IDS) expect(served.get(id)).toBeGreaterThan(minutes)
          const turnMs = loadMs + Math.min(MAX_STAY_MS, SHARED_STAY_MS / IDS.length)
          const turns = Math.ceil((minutes * 60_000) / turnMs) + 1
          expect(world.runners.length).toBeLessThanOrEqual(room * turns)
          vi.clearAllTimers()
        },
      ),
      { numRuns: 20 },
    )
  })
})
