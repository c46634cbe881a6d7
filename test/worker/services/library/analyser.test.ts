import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { loadAnalyser, MAX_TOKEN_LENGTH } from '../../../../worker/services/library/analysis/analyser.ts'
import { foldWord } from '../../../../worker/services/library/analysis/folding.ts'
import { LANGUAGES } from '../../../../worker/services/library/analysis/language-codes.ts'
import { SEGMENT_CHARACTERS, wordsOf } from '../../../../worker/services/library/analysis/words.ts'
import { SEED, timesOf } from '../../../support/property-runs.ts'

const analyser = await loadAnalyser()
const words = (text: string) => [...wordsOf(text)].map((word) => word.text)

describe('the words of a text', () => {
  it.each([
    ['Don’t stop, e.g. at 3.5 km!', ['Don’t', 'stop', 'e', 'g', 'at', '3', '5', 'km']],
    ['foo_bar-baz@x', ['foo', 'bar', 'baz', 'x']],
    ['naïve café', ['naïve', 'café']],
    ['北京大学。', ['北京', '大学']],
    ['iPhone手机', ['iPhone', '手机']],
    ['हिन्दी में', ['हिन्दी', 'में']],
    ['', []],
  ])('%j', (text, expected) => {
    expect(words(text)).toEqual(expected)
  })

  it('stand where they are said to', () => {
    const text = 'A heron 在北京 and ทะเลสาบ.'
    for (const { text: word, from, to } of wordsOf(text)) expect(text.slice(from, to)).toBe(word)
  })

  it('are found in long texts without blanks, piece by piece of at most 1 KB', () => {
    const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment')
    const text = '北京大学'.repeat(SEGMENT_CHARACTERS)
    expect(words(text).join('')).toBe(text)
    const bytes = segment.mock.calls.map(([piece = '']) => new TextEncoder().encode(piece).length)
    segment.mockRestore()
    expect(Math.max(...bytes)).toBeGreaterThan(512)
    expect(Math.max(...bytes)).toBeLessThanOrEqual(1_024)
    expect(words('𠀀'.repeat(SEGMENT_CHARACTERS)).every((word) => word.isWellFormed())).toBe(true)
  })
})

it(`the words of a text in ASCII are those that it has beside other letters (seed ${SEED})`, () => {
  const ascii = fc.string({ unit: fc.constantFrom(..."aZ09''  .-_\n\t\"") })
  fc.assert(
    fc.property(ascii, (text) => {
      expect([...words(text), 'é']).toEqual(words(`${text} é`))
    }),
    { seed: SEED, numRuns: timesOf(200, 5_000) },
  )
})

describe('a folded word', () => {
  it.each([
    ['Straße', 'strasse'],
    ['CAFÉ', 'cafe'],
    ['ﬁne', 'fine'],
    ['ＨＥＲＯＮ', 'heron'],
    ['heron’s', 'heron'],
    ["don't", 'dont'],
    ['Чёрный', 'черный'],
    ['Ὀδυσσεύς', 'οδυσσευσ'],
    ['हिन्दी', 'हिन्दी'],
    ['مُحَمَّد', 'محمد'],
  ])('%j is %j', (word, folded) => {
    expect(foldWord(word)).toBe(folded)
  })

  it('stays as it is when it is folded again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (word) => {
        for (const one of words(word)) expect(foldWord(foldWord(one))).toBe(foldWord(one))
      }),
      { seed: SEED, numRuns: timesOf(200, 20_000) },
    )
  })
})

describe('the language of a text', () => {
  it.each([
    ['The heron stands still at the edge of the lake and waits for fish.', 'eng'],
    ['La garza está quieta a la orilla del lago y espera a los peces.', 'spa'],
    ['Der Reiher steht still am Ufer des Sees und wartet auf Fische.', 'deu'],
    ['Цапля неподвижно стоит на берегу озера и ждёт рыбу.', 'rus'],
    ['苍鹭静静地站在湖边等待鱼。它站了很久很久，什么也没有等到。', 'cmn'],
    ['नदी के किनारे बगुला मछली की प्रतीक्षा करता है।', 'hin'],
    ['', 'eng'],
  ])('%j is %s', (text, language) => {
    expect(analyser.languageOf(text)).toBe(language)
  })
})

describe('tokens', () => {
  it('are stems of the language, and the same for a query in it', () => {
    expect(analyser.tokens('The herons were computing', 'eng')).toEqual(['the', 'heron', 'were', 'comput'])
    const [word] = analyser.queryWords('computed', ['spa', 'eng'])
    expect(word?.tokens).toContain('comput')
    expect(analyser.queryWords('the', ['eng'])).toMatchObject([{ isStop: true }])
    expect(analyser.contentTokens(['the', 'heron', 'were'], 'eng')).toEqual(['heron'])
  })

  it('are of characters that the index takes for letters, whatever the text is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.constantFrom(...LANGUAGES),
        (text, language) => {
          for (const token of analyser.tokens(text, language)) {
            expect(token).toMatch(/^[a-z0-9\u0080-\u{10FFFF}]+$/u)
            expect(token.length).toBeLessThanOrEqual(MAX_TOKEN_LENGTH + 4)
          }
        },
      ),
      { seed: SEED, numRuns: timesOf(200, 20_000) },
    )
  })

  it(`are cut at ${MAX_TOKEN_LENGTH} characters`, () => {
    expect(analyser.tokens('y'.repeat(MAX_TOKEN_LENGTH + 9), 'pol')).toEqual(['y'.repeat(MAX_TOKEN_LENGTH)])
  })
})
