import { expect, it } from 'vitest'
import { MAX_KEPT_PASTES, Pastes, type Written } from '../../../../../worker/console/pages/chat/pastes.ts'

const at = (text: string): Written => ({ text, start: text.length, end: text.length })
const [none, one, two] = [at('a'), at('a long'), at('a long long')]

function pasted(): Pastes {
  const pastes = new Pastes()
  pastes.add(none, one)
  pastes.add(one, two)
  return pastes
}

it('takes pastes back one after the other, and puts them in again', () => {
  const pastes = pasted()
  expect([pastes.back('a long long'), pastes.back('a long'), pastes.back('a')]).toEqual([
    one,
    none,
    undefined,
  ])
  expect([pastes.again('a'), pastes.again('a long'), pastes.again('a long long')]).toEqual([
    one,
    two,
    undefined,
  ])
})

it('takes nothing back where more was written since: that is the browser’s to take back first', () => {
  const pastes = pasted()
  expect(pastes.back('a long long, and more')).toBeUndefined()
  expect(pastes.back('a long long')).toEqual(one)
  expect(pastes.again('a long, and more')).toBeUndefined()
})

it('puts nothing in again once something else was pasted, or the field is another’s', () => {
  const pastes = pasted()
  pastes.back('a long long')
  pastes.add(one, at('a long other'))
  expect(pastes.again('a long')).toBeUndefined()
  pastes.forget()
  expect(pastes.back('a long other')).toBeUndefined()
})

it(`remembers the last ${MAX_KEPT_PASTES}`, () => {
  const pastes = new Pastes()
  const texts = Array.from({ length: MAX_KEPT_PASTES + 2 }, (_, length) => at('x'.repeat(length)))
  for (const [index, before] of texts.slice(0, -1).entries()) pastes.add(before, texts[index + 1] ?? before)
  for (const { text } of texts.slice(2).toReversed()) expect(pastes.back(text)).toBeDefined()
  expect(pastes.back('x')).toBeUndefined()
})
