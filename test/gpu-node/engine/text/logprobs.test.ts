import { describe, expect, it } from 'vitest'
import type { Likelihood } from '../../../../gpu-node/engine/decode/sequence.ts'
import { Answer } from '../../../../gpu-node/engine/text/answer.ts'
import { Logprobs } from '../../../../gpu-node/engine/text/logprobs.ts'
import { CallFinder } from '../../../../gpu-node/engine/tools/call-finder.ts'
import { GENERIC_FORMAT } from '../../../../gpu-node/engine/tools/tool-formats.ts'
import { ToolParser } from '../../../../gpu-node/engine/tools/tool-parser.ts'

const END = 99
/** The tokens of a text that it is cut into; 0 and 1 are the halves of a character. */
const WORDS = [
  '\ufffd',
  '\ufffd',
  'Hello',
  ' wor',
  'ld',
  '\n',
  '{"to',
  'ol":"',
  'time',
  '","input":',
  '{',
  '}',
  '}',
  '!',
]
const textOf = (tokens: readonly number[]): string =>
  tokens
    .map((token) => WORDS[token] ?? '')
    .join('')
    .replace('\ufffd\ufffd', 'é')
const rated = (token: number): Likelihood => ({ token, logprob: -token, top: [] })

function createAnswer({ stop = [] as string[], hasTools = false } = {}) {
  const finder = new CallFinder(GENERIC_FORMAT, ['time'])
  const logprobs = new Logprobs((token) => ({ token: WORDS[token] ?? '', bytes: [] }))
  const answer = new Answer({
    textOf,
    isEnd: (token) => token === END,
    stop,
    maxTokens: 100,
    logprobs,
    toolParser: hasTools
      ? new ToolParser({ format: GENERIC_FORMAT, finder, names: new Set(['time']) })
      : undefined,
  })
  const take = (...tokens: number[]) =>
    tokens.map((token) => {
      const { text, extra } = answer.take(token, token === END ? [] : [rated(token)])
      return [text, ...(extra?.logprobs ?? []).map(({ logprob }) => -logprob)]
    })
  return { answer, logprobs, take }
}

describe('log probabilities', () => {
  it('go out with the text of their tokens', () => {
    expect(createAnswer().take(2, 3, END)).toEqual([['Hello', 2], [' wor', 3], ['']])
  })

  it('wait for a character, and for what may be a stop string', () => {
    expect(createAnswer().take(2, 0, 1)).toEqual([['Hello', 2], [''], ['é', 0, 1]])
    expect(createAnswer({ stop: ['world?'] }).take(3, 4, 13)).toEqual([[' ', 3], [''], ['world!', 4, 13]])
  })

  it('are not those of a stop string, nor of a call', () => {
    expect(createAnswer({ stop: ['ld'] }).take(2, 3, 4)).toEqual([['Hello', 2], [' wor', 3], ['']])
    const { take } = createAnswer({ hasTools: true })
    expect(take(2, 5, 6, 7, 8, 9, 10, 11, 12, END)).toEqual([
      ['Hello', 2],
      ['\n', 5],
      ...Array.from({ length: 8 }, () => ['']),
    ])
  })

  it('are those of what was no call after all', () => {
    const { take } = createAnswer({ hasTools: true })
    expect(take(6, 7, 13)).toEqual([[''], [''], ['{"tool":"!', 6, 7, 13]])
  })

  it('are missing of resumed tokens until they are told', () => {
    const { answer, logprobs } = createAnswer({ hasTools: true })
    for (const token of [2, 5, 6, 7]) answer.take(token)
    expect(logprobs.unrated).toBe(2)
    const { text, extra } = answer.take(13, [rated(6), rated(7), rated(13)])
    expect(text).toBe('{"tool":"!')
    expect(extra?.logprobs?.map(({ logprob }) => -logprob)).toEqual([6, 7, 13])
  })
})

describe('an answer with tools', () => {
  it('ends with `tool_calls` when calls were made, and with the stop string that came before', () => {
    const called = createAnswer({ hasTools: true }).answer
    const end = [6, 7, 8, 9, 10, 11, 12, END].map((token) => called.take(token)).at(-1)
    expect(end).toMatchObject({ finishReason: 'tool_calls', tokens: [] })
    const stopped = createAnswer({ hasTools: true, stop: ['Hello'] }).answer
    expect(stopped.take(2)).toMatchObject({ text: '', finishReason: 'stop' })
  })
})
