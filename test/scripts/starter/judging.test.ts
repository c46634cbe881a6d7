import { describe, expect, it } from 'vitest'
import { isRight, saidTurn } from '../../../scripts/starter/judging.ts'
import type { SpokenTurn } from '../../../scripts/starter/talk.ts'

const said = (text: string) => ({ text, calls: [] })
const called = (name: string, input: string) => ({ text: '', calls: [{ name, arguments: input }] })
const turn = (over: Partial<SpokenTurn>): SpokenTurn => ({ role: 'assistant', content: '', ...over })

describe('an answer', () => {
  it('is what was said, to the letter, unless something else is expected', () => {
    expect(isRight(said('2 + 2 = 4.'), turn({ content: '2 + 2 = 4.' }))).toBe(true)
    expect(isRight(said('2 + 2 = 5.'), turn({ content: '2 + 2 = 4.' }))).toBe(false)
  })

  it('holds every part that is expected of it', () => {
    const expected = { kind: 'contains', texts: ['Paris', '30 days'] } as const
    expect(isRight(said('In paris, within 30 days.'), turn({ expected }))).toBe(true)
    expect(isRight(said('In Paris.'), turn({ expected }))).toBe(false)
  })

  it('is the one call with the same arguments in any order', () => {
    const call = { name: 'send_email', input: { to: 'Ada', subject: 'apple' } }
    expect(isRight(called('send_email', '{"subject":"apple","to":"Ada"}'), turn({ call }))).toBe(true)
    expect(isRight(called('send_email', '{"subject":"apple"}'), turn({ call }))).toBe(false)
    expect(isRight(called('send_mail', '{"subject":"apple","to":"Ada"}'), turn({ call }))).toBe(false)
    expect(isRight(said('{"tool":"send_email"}'), turn({ call }))).toBe(false)
    expect(isRight(called('send_email', '{broken'), turn({ call }))).toBe(false)
  })

  it('is no call where words are wanted', () => {
    expect(isRight(called('web_search', '{}'), turn({ content: '' }))).toBe(false)
  })

  it('is the same JSON, however it is written', () => {
    const expected = { kind: 'json', value: { where: [], limit: 1 } } as const
    expect(isRight(said('{ "limit": 1, "where": [] }'), turn({ expected }))).toBe(true)
    expect(isRight(said('{"limit":2,"where":[]}'), turn({ expected }))).toBe(false)
    expect(isRight(said('no JSON'), turn({ expected }))).toBe(false)
  })

  it('that breaks off in the arguments of a call is wrong, and the talk goes on behind it', () => {
    const broken = called('web_search', '{"query":"tra')
    const call = { name: 'web_search', input: { query: 'trains' } }
    expect(isRight(broken, turn({ call }))).toBe(false)
    expect(saidTurn(broken)).toMatchObject({ role: 'assistant', call: { name: 'web_search', input: {} } })
  })
})
