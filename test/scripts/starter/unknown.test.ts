import { describe, expect, it } from 'vitest'
import { MADE_UP_TRAITS } from '../../../scripts/starter/families/made-up.ts'
import { UNSAID, UNTOLD, withoutValue } from '../../../scripts/starter/families/unknown.ts'
import { RECORD_KINDS } from '../../../scripts/starter/world/records/records.ts'
import { TRAITS } from '../../../scripts/starter/world/traits/traits.ts'

/** The words of an answer before its value. */
const beginning = (answer: string): string => answer.slice(0, answer.indexOf('{v}'))

describe('an answer', () => {
  it.each(RECORD_KINDS.map(({ attributes }) => attributes.map(({ answer }) => answer)))(
    'from a passage says what was asked for before it says what that is: %s',
    (...answers) => {
      const begun = answers.map(beginning)
      expect(new Set(begun).size).toBe(answers.length)
      for (const each of begun) expect(each.split(' ').length).toBeGreaterThan(2)
    },
  )

  it('from what was told says so too, each trait its own', () => {
    const begun = [...Object.values(TRAITS), ...MADE_UP_TRAITS.values()].map(({ answer }) =>
      beginning(answer),
    )
    expect(new Set(begun).size).toBe(begun.length)
    for (const each of begun) expect(each.split(' ').length).toBeGreaterThan(2)
  })

  it.each([
    ['It costs {v}.', `It costs ${UNSAID}.`],
    ['She works as a {v}.', `She works as ${UNSAID}.`],
    ['It sells {v}s.', `It sells ${UNSAID}.`],
    ['The law of {v} applies.', `The law of ${UNSAID} applies.`],
  ])('that knows no value has words for that in its place: %s', (answer, without) => {
    expect(withoutValue(answer, UNSAID)).toBe(without)
  })

  it('that knows no value is told by the same words wherever it is judged', () => {
    expect(UNSAID).toContain('does not say')
    expect(UNTOLD).toContain('have not told')
  })
})
