import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSpecialText, unusedMark } from '../../../../gpu-node/engine/text/special-text.ts'

const SPECIALS = ['<|im_start|>', '<|im_end|>', '<s>', '</s>', '[INST]']
const MARK = '\ue000'

describe('createSpecialText', () => {
  it('leaves no special text whole in any piece between marks', () => {
    const words = fc.constantFrom(...SPECIALS, '<', '|', 'im_end', '|>', '[', 'INST', ']', 'hello', '😀')
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
        const guarded = createSpecialText(SPECIALS).guard(parts.join(''), MARK)
        for (const piece of guarded.split(MARK)) {
          for (const special of SPECIALS) expect(piece).not.toContain(special)
        }
        expect(guarded.replaceAll(MARK, '')).toBe(parts.join(''))
      }),
    )
  })

  it('breaks special texts that overlap', () => {
    const guarded = createSpecialText(['<a><', '><b>']).guard('<a><b>', MARK)
    expect(guarded).toBe(`<${MARK}a>${MARK}<b>`)
  })

  it('leaves ordinary text as it is', () => {
    expect(createSpecialText(SPECIALS).guard('a < b and [x]', MARK)).toBe('a < b and [x]')
  })

  it('has nothing to do for a model without special texts', () => {
    expect(createSpecialText([]).guard('<s>', MARK)).toBe('<s>')
  })
})

describe('unusedMark', () => {
  it('is a character that no text holds', () => {
    expect(unusedMark(['\ue000\ue001', '\ue003'])).toBe('\ue002')
  })
})
