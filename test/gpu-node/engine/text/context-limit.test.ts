import { describe, expect, it } from 'vitest'
import { answerRoom, refuseLength } from '../../../../gpu-node/engine/text/context-limit.ts'

describe('answerRoom', () => {
  it.each([
    ['gives what is left when nothing was asked for', { prompt: 90 }, 10],
    ['gives what was asked for', { prompt: 90, completion: 4 }, 4],
    ['gives the last token', { prompt: 90, completion: 10 }, 10],
  ])('%s', (_rule, need, room) => {
    expect(answerRoom(100, need, 'prompt')).toBe(room)
  })

  it("refuses one token more in OpenAI's words", () => {
    expect(() => answerRoom(100, { prompt: 90, completion: 11 }, 'messages')).toThrow(
      expect.objectContaining({
        code: 'context_length_exceeded',
        param: 'messages',
        message:
          "This model's maximum context length is 100 tokens. However, you requested 101 tokens (90 in the messages, 11 in the completion).",
      }),
    )
  })

  it('refuses a prompt that leaves nothing', () => {
    expect(() => answerRoom(100, { prompt: 100 }, 'prompt')).toThrow(
      expect.objectContaining({ code: 'context_length_exceeded', param: 'prompt' }),
    )
  })
})

describe('refuseLength', () => {
  it('says how long the input is at least', () => {
    expect(() => refuseLength(100, 250, 'input')).toThrow(/at least 250 tokens/)
  })
})
