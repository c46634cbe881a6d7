import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Admission } from '../../../../worker/durable/link/admission.ts'

/** `calls` of one caller, who has the name of its calls' first letter. */
const enterAll = (admission: Admission, ...calls: string[]) =>
  calls.map((callId) => admission.enter(callId, { caller: callId.charAt(0) }))

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
    expect(admission.enter('a', { mayWait: false })).toBe('running')
    expect(admission.enter('b', { mayWait: false })).toBe('busy')
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
    const places = Array.from({ length: 60 }, (_, index) => admission.enter(`a${index}`, { caller: 'a' }))
    expect(places.filter((place) => place === 'queued')).toHaveLength(32)
    expect(admission.enter('b1', { caller: 'b' })).toBe('queued')
    expect(admission.order.indexOf('b1')).toBe(1)
  })

  it.each([
    [0, 0],
    [1, 1],
    [2, 1],
    [3, 2],
    [64, 32],
  ])('of %i places gives one caller %i', (limit, expected) => {
    const admission = new Admission(0, limit)
    for (let index = 0; index <= limit; index += 1) admission.enter(`a${index}`, { caller: 'a' })
    expect(admission.queued).toBe(expected)
  })

  it('has nobody in its order who runs, left or was turned away', () => {
    const admission = new Admission(1, 2)
    for (const id of ['a', 'b', 'c', 'd']) admission.enter(id)
    admission.leave('b')
    expect(admission.order).toEqual(['c'])
  })
})

const move = (admission: Admission, callId: string, caller = callId.charAt(0)) =>
  admission.enter(callId, { caller, isMoved: true })

describe('Admission of a call that was moved in the middle of its answer', () => {
  it('gives it the next free slot, before all calls that have not begun', () => {
    const admission = new Admission(1, 8)
    enterAll(admission, 'x', 'a1', 'b1')
    expect(move(admission, 'c1')).toBe('queued')
    expect(admission.order).toEqual(['c1', 'a1', 'b1'])
    expect(admission.leave('x')).toEqual(['c1'])
    expect(admission.leave('c1')).toEqual(['a1'])
  })

  it('serves the first of several first, whosever they are', () => {
    const admission = new Admission(1, 8)
    enterAll(admission, 'x')
    for (const callId of ['a1', 'a2', 'b1']) move(admission, callId)
    expect(admission.resize(4)).toEqual(['a1', 'a2', 'b1'])
  })

  it('costs its caller no turn', () => {
    const admission = new Admission(1, 8)
    enterAll(admission, 'x', 'a1', 'b1', 'a2')
    move(admission, 'a3')
    expect(admission.resize(5)).toEqual(['a3', 'a1', 'b1', 'a2'])
  })

  it('has a place for it when the queue is full, and for others none the less or more', () => {
    const admission = new Admission(1, 2)
    enterAll(admission, 'x', 'a1', 'b1')
    expect(admission.enter('c1')).toBe('busy')
    expect(move(admission, 'd1')).toBe('queued')
    expect(admission.queued).toBe(3)
    admission.leave('b1')
    expect(admission.enter('c2')).toBe('queued')
  })

  it('has as many places as it was given, and is busy for one more', () => {
    const admission = new Admission(1, 8, 3)
    enterAll(admission, 'x')
    expect(['a1', 'a2', 'a3', 'a4'].map((callId) => move(admission, callId))).toEqual([
      'queued',
      'queued',
      'queued',
      'busy',
    ])
  })

  it('gives it a free slot or none when it may not wait', () => {
    const admission = new Admission(1, 8)
    expect(admission.enter('a1', { isMoved: true, mayWait: false })).toBe('running')
    expect(admission.enter('a2', { isMoved: true, mayWait: false })).toBe('busy')
  })

  it('lets it give up waiting', () => {
    const admission = new Admission(1, 8)
    enterAll(admission, 'x', 'a1')
    move(admission, 'b1')
    expect(admission.leave('b1')).toEqual([])
    expect(admission.leave('x')).toEqual(['a1'])
    expect(admission.queued).toBe(0)
  })
})

const CALLERS = ['a', 'b', 'c', 'd']
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('enter' as const),
      caller: fc.constantFrom(...CALLERS),
      isMoved: fc.nat(9).map((part) => part === 0),
    }),
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
  readonly moved: string[] = []
  /** Callers in the order in which they were given slots that others had waited for. */
  readonly started: string[] = []
  #count = 0

  constructor(slots: number, limit: number) {
    this.admission = new Admission(slots, limit)
  }

  get fresh(): string[] {
    return [...this.waiting.values()].flat()
  }

  get queued(): string[] {
    return [...this.moved, ...this.fresh]
  }

  enter(caller: string, isMoved: boolean) {
    const callId = `${caller}${this.#count++}`
    const place = this.admission.enter(callId, { caller, isMoved })
    if (place === 'running') this.running.add(callId)
    if (place === 'queued') (isMoved ? this.moved : this.waiting.get(caller))?.push(callId)
    return place
  }

  leave(pick: number): void {
    const inside = [...this.running, ...this.queued]
    const leaver = inside[pick % Math.max(1, inside.length)]
    if (leaver === undefined) return
    this.running.delete(leaver)
    if (this.moved.includes(leaver)) this.moved.splice(this.moved.indexOf(leaver), 1)
    for (const [caller, calls] of this.waiting)
      this.waiting.set(
        caller,
        calls.filter((id) => id !== leaver),
      )
    this.take(this.admission.leave(leaver))
  }

  take(promoted: readonly string[]): void {
    for (const callId of promoted) {
      this.running.add(callId)
      // Moved calls before all others, in order of arrival.
      const moved = this.moved.shift()
      if (moved !== undefined) {
        expect(moved).toBe(callId)
        continue
      }
      const caller = callId[0] ?? ''
      // First come, first served, among the calls of one caller.
      expect(this.waiting.get(caller)?.shift()).toBe(callId)
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
            const [total, own] = [watched.fresh.length, watched.waiting.get(one.caller)?.length ?? 0]
            const hasPlace = one.isMoved ? watched.moved.length < limit : own < limit - total
            const expected = before < size ? 'running' : hasPlace ? 'queued' : 'busy'
            expect(watched.enter(one.caller, one.isMoved)).toBe(expected)
          } else if (one.kind === 'leave') watched.leave(one.pick)
          else {
            size = one.slots
            watched.take(watched.admission.resize(size))
          }
          expect(watched.running.size).toBeLessThanOrEqual(Math.max(size, before))
          expect(watched.fresh.length).toBeLessThanOrEqual(limit)
          expect(watched.moved.length).toBeLessThanOrEqual(limit)
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
          if (one.kind === 'enter') watched.enter(one.caller, one.isMoved)
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

  it('runs those that wait in the order that it tells', () => {
    fc.assert(
      fc.property(limits.slots, fc.nat(30), steps, (slots, limit, all) => {
        const watched = new Watched(slots, limit)
        for (const one of all) {
          if (one.kind === 'enter') watched.enter(one.caller, one.isMoved)
          if (one.kind === 'leave') watched.leave(one.pick)
        }
        const told = watched.admission.order
        expect(told.toSorted()).toEqual(watched.queued.toSorted())
        const order: string[] = []
        for (const _ of told) order.push(...watched.admission.resize(watched.admission.active + 1))
        expect(order).toEqual(told)
      }),
    )
  })
})
