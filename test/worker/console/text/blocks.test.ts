import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GrowingText } from '../../../../worker/console/text/blocks.ts'

const PARTS = [
  'A paragraph\nof two lines',
  '- one\n- two\n\n  goes on',
  '```js\nlet a = 1\n\nlet b = 2\n```',
  '~~~\nplain\n~~~',
  '$$\nx^2\n$$',
  '| a | b |\n|---|---|\n| 1 | 2 |',
  '# A heading',
  '> quoted',
]

const whole = (text: string) => new GrowingText().blocksOf(text, true)

describe('a text that grows', () => {
  it('has the same blocks as one that was there at once, wherever its pieces were cut', () => {
    const parts = fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 6 })
    const cuts = fc.array(fc.nat(400), { maxLength: 12 })
    fc.assert(
      fc.property(parts, cuts, (chosen, at) => {
        const text = chosen.join('\n\n')
        const growing = new GrowingText()
        for (const end of at.map((cut) => cut % text.length).toSorted((a, b) => a - b))
          growing.blocksOf(text.slice(0, end), false)
        expect(growing.blocksOf(text, true)).toEqual(whole(text))
      }),
      { numRuns: 60 },
    )
  })

  it('keeps the blocks before the last one as they are', () => {
    const growing = new GrowingText()
    const [first] = growing.blocksOf('One.\n\nTw', false)
    expect(growing.blocksOf('One.\n\nTwo.\n\nThree', false)[0]).toBe(first)
  })

  it('shows code that is not closed as code, and says that more may come', () => {
    expect(new GrowingText().blocksOf('So:\n\n```py\nprint(1)', false)).toEqual([
      { kind: 'text', text: 'So:', language: '', isOpen: false },
      { kind: 'code', text: 'print(1)', language: 'py', isOpen: true },
    ])
  })

  it('closes no fence with a shorter or another one', () => {
    const [block] = whole('````\n```\n~~~~\ncode\n````')
    expect(block).toMatchObject({ kind: 'code', text: '```\n~~~~\ncode' })
  })

  it('begins anew with a text that is another', () => {
    const growing = new GrowingText()
    growing.blocksOf('One.\n\nTwo.\n\nThree.', true)
    expect(growing.blocksOf('Four.', true)).toEqual(whole('Four.'))
  })
})
