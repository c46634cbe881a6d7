import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Admission } from '../../../worker/durable/admission.ts'

/** `calls` of one caller, who has the name of its calls' first letter. */
const enterAll = (admission: Admission, ...calls: string[]) =>
  calls.map((callId) => admission.enter(callId, callId[0]))

describe('Admission', () => {
  it('runs as many as there are slots, queues as many as the limit allows, and calls the rest busy', () => {
    const admission = new Admission(2, 3)
    const places = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => admission.enter(id))
    expect(places).toEqual(['running', 'running', 'queued', 'queued', 'queued', 'busy', 'busy'])
    expect([admission.active, admission.queued]).toEqual([2, 3])
  })

  it('starts who has waited longest when a slot becomes free', () => {
    const admission = new Admission(1, 8)
    for (const id of ['a', 'b', 'c']) admission.enter(id)
    expect(admission.leave('a')).toEqual(['b'])
    expect(admission.leave('b')).toEqual(['c'])
    expect(admission.leave('c')).toEqual([])
    expect([admission.active, admission.queued]).toEqual([0, 0])
  })

  it('lets one who waits leave without starting anybody', () => {
    const admission = new Admission(1, 8)
    for (const id of ['a', 'b', 'c']) admission.enter(id)
    expect(admission.leave('b')).toEqual([])
    expect(admission.leave('a')).toEqual(['c'])
  })

  it('does not care about a call that it never let in', () => {
    const admission = new Admission(1, 0)
    admission.enter('a')
    expect(admission.leave('nobody')).toEqual([])
    expect([admission.active, admission.queued]).toEqual([1, 0])
  })

  it('starts those that wait when the node has more slots, in order', () => {
    const admission = new Admission(1, 8)
    for (const id of ['a', 'b', 'c', 'd']) admission.enter(id)
    expect(admission.resize(3)).toEqual(['b', 'c'])
  })

  it('starts nobody while more run than there are slots left', () => {
    const admission = new Admission(3, 8)
    for (const id of ['a', 'b', 'c', 'd']) admission.enter(id)
    expect(admission.resize(1)).toEqual([])
    expect(admission.leave('a')).toEqual([])
    expect(admission.leave('b')).toEqual([])
    expect(admission.leave('c')).toEqual(['d'])
  })

  it('has no place for a call that may not wait when no slot is free', () => {
    const admission = new Admission(1, 8)
    expect(admission.enter('a', 'a', { mayWait: false })).toBe('running')
    expect(admission.enter('b', 'b', { mayWait: false })).toBe('busy')
    expect(admission.queued).toBe(0)
  })

  it('lets callers take turns, each with its oldest call', () => {
    const admission = new Admission(1, 16)
    enterAll(admission, 'x', 'a1', 'a2', 'a3', 'b1', 'c1', 'b2')
    const started: string[] = []
    for (let [last] = admission.leave('x'); last; [last] = admission.leave(last)) started.push(last)
    expect(started).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  })

  it('leaves a newcomer a place beside one with many calls', () => {
    const admission = new Admission(1, 64)
    admission.enter('x')
    const places = Array.from({ length: 60 }, (_, index) => admission.enter(`a${index}`, 'a'))
    expect(places.filter((place) => place === 'queued')).toHaveLength(32)
    expect(admission.enter('b1', 'b')).toBe('queued')
    expect(admission.position('b1')).toBe(2)
  })

  it.each([
    [0, 0],
    [1, 1],
    [2, 1],
    [3, 2],
    [64, 32],
  ])('of %i places gives one caller %i', (limit, expected) => {
    const admission = new Admission(0, limit)
    for (let index = 0; index <= limit; index += 1) admission.enter(`a${index}`, 'a')
    expect(admission.queued).toBe(expected)
  })

  it('tells nobody a position who does not wait', () => {
    const admission = new Admission(1, 8)
    admission.enter('a')
    expect([admission.position('a'), admission.position('nobody')]).toEqual([undefined, undefined])
  })
})

const CALLERS = ['a', 'b', 'c', 'd']
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('enter' as const), caller: fc.constantFrom(...CALLERS) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), pick: fc.nat(60) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('resize' as const), slots: fc.integer({ min: 0, max: 5 }) }),
  },
)
const steps = fc.array(step, { maxLength: 120 })
const limits = { slots: fc.integer({ min: 1, max: 4 }), limit: fc.nat(12) }

/** An admission beside lists of what it must hold. */
class Watched {
  readonly admission: Admission
  readonly running = new Set<string>()
  readonly waiting = new Map(CALLERS.map((caller) => [caller, [] as string[]]))
  /** Callers in the order in which they were given slots that others had waited for. */
  readonly started: string[] = []
  #count = 0

  constructor(slots: number, limit: number) {
    this.admission = new Admission(slots, limit)
  }

  get queued(): string[] {
    return [...this.waiting.values()].flat()
  }

  enter(caller: string) {
    const callId = `${caller}${this.#count++}`
    const place = this.admission.enter(callId, caller)
    if (place === 'running') this.running.add(callId)
    if (place === 'queued') this.waiting.get(caller)?.push(callId)
    return place
  }

  leave(pick: number): void {
    const inside = [...this.running, ...this.queued]
    const leaver = inside[pick % Math.max(1, inside.length)]
    if (leaver === undefined) return
    this.running.delete(leaver)
    for (const [caller, calls] of this.waiting)
      this.waiting.set(
        caller,
        calls.filter((id) => id !== leaver),
      )
    this.take(this.admission.leave(leaver))
  }

  take(promoted: readonly string[]): void {
    for (const callId of promoted) {
      const caller = callId[0] ?? ''
      // First come, first served, among the calls of one caller.
      expect(this.waiting.get(caller)?.shift()).toBe(callId)
      this.running.add(callId)
      this.started.push(caller)
    }
  }
}

describe('Admission, whatever happens', () => {
  it('never runs more than the slots, never queues more than the limit, and never lets a slot idle', () => {
    fc.assert(
      fc.property(limits.slots, limits.limit, steps, (slots, limit, all) => {
        const watched = new Watched(slots, limit)
        let size = slots
        for (const one of all) {
          const before = watched.running.size
          if (one.kind === 'enter') {
            const [total, own] = [watched.queued.length, watched.waiting.get(one.caller)?.length ?? 0]
            const expected = before < size ? 'running' : own < limit - total ? 'queued' : 'busy'
            expect(watched.enter(one.caller)).toBe(expected)
          } else if (one.kind === 'leave') watched.leave(one.pick)
          else {
            size = one.slots
            watched.take(watched.admission.resize(size))
          }
          expect(watched.running.size).toBeLessThanOrEqual(Math.max(size, before))
          expect(watched.queued.length).toBeLessThanOrEqual(limit)
          expect(watched.queued.length === 0 || watched.running.size >= size).toBe(true)
          expect(watched.admission.active).toBe(watched.running.size)
          expect(watched.admission.queued).toBe(watched.queued.length)
        }
      }),
    )
  })

  it('gives two callers who both wait equally many slots, to within one, over any stretch of time', () => {
    fc.assert(
      fc.property(limits.slots, fc.integer({ min: 4, max: 40 }), steps, (slots, limit, all) => {
        const watched = new Watched(slots, limit)
        /** For each two callers: by how much the first is ahead since both wait, at the least and at the most. */
        const leads = new Map<string, { now: number; least: number; most: number }>()
        for (const one of all) {
          const from = watched.started.length
          const bothWaited = new Map<string, boolean>()
          const waits = (caller: string) => (watched.waiting.get(caller)?.length ?? 0) > 0
          for (const a of CALLERS) for (const b of CALLERS) bothWaited.set(a + b, waits(a) && waits(b))
          if (one.kind === 'enter') watched.enter(one.caller)
          else if (one.kind === 'leave') watched.leave(one.pick)
          else {
            // One at a time, so that both wait at each step.
            watched.take(watched.admission.resize(watched.running.size + 1))
            watched.admission.resize(slots)
          }
          for (const [pair, both] of bothWaited) {
            const [a = '', b = ''] = pair
            if (a === b) continue
            const lead = (both && leads.get(pair)) || { now: 0, least: 0, most: 0 }
            for (const caller of both ? watched.started.slice(from) : []) {
              lead.now += Number(caller === a) - Number(caller === b)
              lead.least = Math.min(lead.least, lead.now)
              lead.most = Math.max(lead.most, lead.now)
            }
            leads.set(pair, lead)
            expect(lead.most - lead.least).toBeLessThanOrEqual(1)
          }
        }
      }),
    )
  })

  it('tells each that waits how many slots must become free before it runs', () => {
    fc.assert(
      fc.property(limits.slots, fc.nat(30), steps, (slots, limit, all) => {
        const watched = new Watched(slots, limit)
        for (const one of all) {
          if (one.kind === 'enter') watched.enter(one.caller)
          if (one.kind === 'leave') watched.leave(one.pick)
        }
        const expected = watched.queued
          .map((callId) => [watched.admission.position(callId), callId] as const)
          .toSorted(([a = 0], [b = 0]) => a - b)
        expect(expected.map(([position]) => position)).toEqual(expected.map((_, index) => index + 1))
        const order: string[] = []
        for (const _ of expected) order.push(...watched.admission.resize(watched.admission.active + 1))
        expect(order).toEqual(expected.map(([, callId]) => callId))
      }),
    )
  })
})
