import { describe, expect, it } from 'vitest'
import { Answer } from '../../../../gpu-node/engine/text/answer.ts'

const END = 99
/** Token 1 is `a`, 2 is `b` and so on; 50 is half a character. */
const textOf = (tokens: readonly number[]): string =>
  tokens.map((token) => (token === 50 ? '\ufffd' : String.fromCharCode(96 + token))).join('')
const answer = (stop: string[] = [], maxTokens = 10): Answer =>
  new Answer({ textOf, isEnd: (token) => token === END, stop, maxTokens })

describe('Answer', () => {
  it('counts the token that ends a generation, and does not report it alone', () => {
    const growing = answer()
    growing.take(1)
    expect(growing.take(END)).toEqual({ text: '', tokens: [], finishReason: 'stop' })
    expect(growing.completionTokens).toBe(2)
  })

  it('ends with `length` at the last token that may be sampled', () => {
    const growing = answer([], 2)
    expect(growing.take(1).finishReason).toBeUndefined()
    expect(growing.take(2)).toEqual({ text: 'b', tokens: [2], finishReason: 'length' })
  })

  it('ends with `stop` when the last token completes a stop string', () => {
    const growing = answer(['ab'], 2)
    growing.take(1)
    expect(growing.take(2)).toEqual({ text: '', tokens: [2], finishReason: 'stop' })
  })

  it('ends with `stop` when the model ends with its last token', () => {
    expect(answer([], 1).take(END).finishReason).toBe('stop')
  })

  it('gives held text when the answer ends, with the token that ended it', () => {
    const growing = answer(['abc'])
    expect(growing.take(1)).toEqual({ text: '', tokens: [1], finishReason: undefined })
    expect(growing.take(END)).toEqual({ text: 'a', tokens: [END], finishReason: 'stop' })
  })

  it('gives half a character when the answer ends in it', () => {
    const growing = answer([], 2)
    growing.take(1)
    expect(growing.take(50)).toEqual({ text: '\ufffd', tokens: [50], finishReason: 'length' })
  })
})
