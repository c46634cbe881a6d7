import { describe, expect, it } from 'vitest'
import { Slots } from '../../../gpu-node/engine/slots.ts'

describe('Slots', () => {
  it('gives out the lowest free one', () => {
    const slots = new Slots(3)
    expect([slots.take(), slots.take(), slots.take(), slots.take()]).toEqual([0, 1, 2, undefined])
    slots.release(2)
    slots.release(0)
    expect(slots.freeCount).toBe(2)
    expect([slots.take(), slots.take(), slots.take()]).toEqual([0, 2, undefined])
  })
})
