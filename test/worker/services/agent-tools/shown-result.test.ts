import { describe, expect, it } from 'vitest'
import {
  LEAST_SHOWN_CHARACTERS,
  shownCharacters,
  shownResult,
} from '../../../../worker/services/agent-tools/shown-result.ts'

const step = { contextTokens: 1_000, step: 3 }
const most = shownCharacters(step.contextTokens)

describe('the shown part of a result', () => {
  it('is all of one that takes a quarter of the context', () => {
    expect(most).toBe(750)
    const whole = 'a'.repeat(most)
    expect(shownResult(whole, step)).toBe(whole)
  })

  it('is the beginning and the end of one that takes a character more, and says what is left out', () => {
    const text = `begin${'x'.repeat(most - 7)}end`
    const shown = shownResult(text, step)
    const [, head = '', left, from, tail = ''] =
      /^(begin.*)\n\[(\d+) of 751 characters are left out here: read_document with step 3 reads on from (\d+)\]\n(.*end)$/s.exec(
        shown,
      ) ?? []
    expect(shown.length).toBeLessThanOrEqual(most)
    expect(head.length + Number(left) + tail.length).toBe(text.length)
    expect(Number(from)).toBe(head.length)
    expect(head.length).toBeGreaterThan(2 * tail.length)
  })

  it('is a quarter of ten million characters at most', () => {
    const shown = shownResult('y'.repeat(10_000_000), step)
    expect(shown.length).toBeLessThanOrEqual(most)
    expect(shown).toContain('of 10000000 characters are left out')
  })

  it('tears no character apart', () => {
    for (const before of ['', 'a', 'aa', 'aaa'])
      expect(shownResult(before + '😀'.repeat(2_000), step).isWellFormed()).toBe(true)
  })

  it('is something in the smallest context', () => {
    expect(shownCharacters(1)).toBe(LEAST_SHOWN_CHARACTERS)
    const shown = shownResult('z'.repeat(1_000), { contextTokens: 1, step: 1 })
    expect(shown.length).toBeLessThanOrEqual(LEAST_SHOWN_CHARACTERS)
    expect(shown).toMatch(/^z+\n\[/)
  })
})
