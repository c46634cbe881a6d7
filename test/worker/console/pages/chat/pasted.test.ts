import { expect, it } from 'vitest'
import {
  isLong,
  LONG_PASTE,
  MANY_LINES,
  MAX_KEPT_PASTED,
  PastedTexts,
} from '../../../../../worker/console/pages/chat/pasted.ts'

it.each([
  ['as many lines as a field takes', false, '\n'.repeat(MANY_LINES)],
  ['one line more', true, `${'\n'.repeat(MANY_LINES)}x`],
  ['fewer characters than are too many', false, 'x'.repeat(LONG_PASTE - 1)],
  ['as many characters as are too many', true, 'x'.repeat(LONG_PASTE)],
])('takes %s by a mark: %s', (_what, expected, text) => {
  expect(isLong(text)).toBe(expected)
})

it('names a text by its lines, or where it is one by its characters', () => {
  const texts = new PastedTexts()
  expect(texts.add('line\n'.repeat(20_000), '')).toBe('[Pasted text 1: 20,000 lines]')
  expect(texts.add('line\nline', '')).toBe('[Pasted text 2: 2 lines]')
  expect(texts.add('x'.repeat(100_000), '')).toBe('[Pasted text 3: 100,000 characters]')
})

it('puts each text in the place of its mark, however often it stands there, and leaves other words alone', () => {
  const texts = new PastedTexts()
  const mark = texts.add('a $& long text', '')
  const written = `of ${mark} and ${mark}, not of [Pasted text 9: 2 lines]`
  const whole = 'of a $& long text and a $& long text, not of [Pasted text 9: 2 lines]'
  expect(texts.wholeOf(written)).toBe(whole)
  expect(texts.lengthOf(written)).toBe(whole.length)
})

it('does not look for marks within pasted texts', () => {
  const texts = new PastedTexts()
  const first = texts.add('one', '')
  const second = texts.add(`of ${first}`, first)
  expect(texts.wholeOf(`${first} ${second}`)).toBe(`one of ${first}`)
})

it('makes no mark that is written already', () => {
  expect(new PastedTexts().add('one', 'so: [Pasted text 1: 3 characters]')).toBe(
    '[Pasted text 2: 3 characters]',
  )
})

it(`remembers texts whose marks are not there for as long as there are no more than ${MAX_KEPT_PASTED}, and those that are`, () => {
  const texts = new PastedTexts()
  const first = texts.add('the first', '')
  const second = texts.add('the second', first)
  for (let more = 2; more < MAX_KEPT_PASTED; more += 1) texts.add(`text ${more}`, first)
  expect(texts.standingIn(`${second}${first}`).map(({ text }) => text)).toEqual(['the first', 'the second'])
  texts.add('one more', first)
  expect(texts.standingIn(`${second}${first}`)).toEqual([{ mark: first, text: 'the first' }])
})

it('takes up the texts of another draft in the place of those before', () => {
  const [one, other] = [new PastedTexts(), new PastedTexts()]
  const mark = one.add('kept', '')
  other.add('left', '')
  other.replace(JSON.parse(JSON.stringify(one.standingIn(mark))))
  expect(other.wholeOf(mark)).toBe('kept')
  // Two texts never have one mark.
  expect(other.add('anew', mark)).not.toBe(mark)
})
