import { describe, expect, it } from 'vitest'
import { Slots, WORTH_A_GAP_TOKENS } from '../../../../gpu-node/engine/decode/slots.ts'

/** Slots of which these are in use. */
function slotsWith(count: number, used: readonly number[]): Slots {
  const slots = new Slots(count)
  for (let slot = 0; slot < count; slot += 1) slots.take()
  for (let slot = 0; slot < count; slot += 1) if (!used.includes(slot)) slots.release(slot)
  return slots
}
const matches =
  (bySlot: Record<number, [matched: number, lost: number]>) =>
  (slot: number): { matched: number; lost: number } => ({
    matched: bySlot[slot]?.[0] ?? 0,
    lost: bySlot[slot]?.[1] ?? 0,
  })

describe('Slots', () => {
  it('gives out the lowest of those that were never used', () => {
    const slots = new Slots(3)
    expect([slots.take(), slots.take(), slots.take(), slots.take()]).toEqual([0, 1, 2, undefined])
    slots.release(2)
    slots.release(0)
    expect(slots.freeCount).toBe(2)
  })

  it('gives out the one that was left longest ago', () => {
    const slots = new Slots(3)
    for (const _ of [0, 1, 2]) slots.take()
    for (const slot of [1, 2, 0]) slots.release(slot)
    expect(slots.take()).toBe(1)
  })

  it('keeps the used ones together, whatever was left longest ago', () => {
    expect(slotsWith(4, [2]).take()).toBe(1)
    expect(slotsWith(4, [0, 1]).take()).toBe(2)
    expect(slotsWith(5, [0, 2]).take()).toBe(1)
  })

  it('gives a prompt the slot that remembers most of it', () => {
    expect(slotsWith(4, []).take(matches({ 1: [40, 0], 3: [50, 0] }))).toBe(3)
  })

  it('takes no slot that would lose more than is saved', () => {
    expect(slotsWith(2, []).take(matches({ 1: [40, 41] }))).toBe(0)
    expect(slotsWith(2, []).take(matches({ 1: [40, 40] }))).toBe(1)
  })

  it('makes a gap for much, and not for a little less', () => {
    expect(slotsWith(4, [0]).take(matches({ 3: [WORTH_A_GAP_TOKENS, 0] }))).toBe(3)
    expect(slotsWith(4, [0]).take(matches({ 3: [WORTH_A_GAP_TOKENS - 1, 0] }))).toBe(1)
  })
})
