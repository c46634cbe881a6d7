import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StopMatcher } from '../../../../gpu-node/engine/text/stop-matcher.ts'

interface Run {
  text: string
  stopped: boolean
}

function run(stops: readonly string[], pieces: readonly string[]): Run {
  const matcher = new StopMatcher(stops)
  let text = ''
  for (const piece of pieces) {
    const matched = matcher.feed(piece)
    text += matched.text
    if (matched.stopped) return { text, stopped: true }
  }
  return { text: text + matcher.flush(), stopped: false }
}

/** The rule in its plainest form: the first end of a stop string, and of those that end there the longest. */
function expected(stops: readonly string[], text: string): Run {
  for (let end = 1; end <= text.length; end++) {
    const ending = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map((stop) => stop.length)
    if (ending.length > 0) return { text: text.slice(0, end - Math.max(...ending)), stopped: true }
  }
  return { text, stopped: false }
}

/** Few letters, so that stop strings really occur and overlap. */
const fewLetters = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength })

function cut(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [...places, text.length].map((end, index) => text.slice(places[index - 1] ?? 0, end))
}

describe('StopMatcher', () => {
  it('gives the text before the first stop string, however the text was cut', () => {
    fc.assert(
      fc.property(
        fc.array(fewLetters(4).filter(Boolean), { maxLength: 4 }),
        fewLetters(30),
        fc.array(fc.nat(), { maxLength: 12 }),
        (stops, text, cuts) => {
          expect(run(stops, cut(text, cuts))).toEqual(expected(stops, text))
        },
      ),
    )
  })

  it('sends text at once when no stop string begins in it', () => {
    expect(new StopMatcher(['###']).feed('Hello')).toEqual({ text: 'Hello', stopped: false })
  })

  it('holds only the part that may become a stop string', () => {
    expect(new StopMatcher(['###']).feed('Hello #')).toEqual({ text: 'Hello ', stopped: false })
  })

  it('gives back what was held when it was no stop string after all', () => {
    const matcher = new StopMatcher(['###'])
    matcher.feed('##')
    expect(matcher.feed('!')).toEqual({ text: '##!', stopped: false })
  })

  it('drops what follows the stop string in the same piece', () => {
    expect(new StopMatcher(['\n']).feed('one\ntwo')).toEqual({ text: 'one', stopped: true })
  })

  it('takes the stop string that is complete first, not the one that began first', () => {
    expect(new StopMatcher(['abcd', 'bc']).feed('abcd')).toEqual({ text: 'a', stopped: true })
  })

  it('passes everything through without stop strings', () => {
    expect(new StopMatcher([]).feed('#')).toEqual({ text: '#', stopped: false })
  })
})
