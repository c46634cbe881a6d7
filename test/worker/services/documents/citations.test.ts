import { describe, expect, it } from 'vitest'
import { citationsOf, MAX_QUOTE_CHARACTERS } from '../../../../worker/services/documents/citations.ts'
import { isNamed, MAX_NAMING_CHARACTERS, namedIn } from '../../../../worker/services/documents/grounding.ts'

const passage = (text: string, over: object = {}) => ({
  ...{ documentId: 'd', fileId: 'f', name: 'lease.pdf', page: 3, from: 100, to: 100 + text.length },
  ...{ headings: [], text },
  ...over,
})
const LEASE = passage('The rent is due in May. Notice takes three months. Pets are let in.')

describe('the citations of an answer', () => {
  it('are its markers with the sentence that they stand behind, page and place', () => {
    const answer = 'First words. Notice has to be given three months before [1]. Pets are welcome. [1]'
    expect(citationsOf(answer, [LEASE])).toMatchObject([
      { marker: '[1]', at: 56, page: 3, quote: 'Notice takes three months.', from: 124, to: 150 },
      { quote: 'Pets are let in.' },
    ])
  })

  it('are those of passages that were shown, several in one marker too, and no others', () => {
    const other = passage('Deposits are paid back.', { documentId: 'e', page: null })
    const found = citationsOf('Both [1, 2; 2] and [0] [3] [1000] [a] [1 2].', [LEASE, other])
    expect(found.map(({ marker, documentId }) => [marker, documentId])).toEqual([
      ['[1, 2; 2]', 'd'],
      ['[1, 2; 2]', 'e'],
    ])
  })

  it('quote no more than may be, and break no character', () => {
    const [one] = citationsOf('x [1]', [passage(`${'x'.repeat(MAX_QUOTE_CHARACTERS - 1)}😀`)])
    expect(one?.quote.length).toBe(MAX_QUOTE_CHARACTERS)
    expect(one?.quote.isWellFormed()).toBe(true)
  })

  it('are told of an answer of any length in a time that grows as it does', () => {
    // Were each sentence looked for from the beginning, this answer would take minutes.
    const answer =
      `${'a list without an end, '.repeat(4_000)}! ${'. '.repeat(40_000)}${'pets, '.repeat(20)}[1] `.repeat(3)
    expect(citationsOf(`${answer}${'pets [1] '.repeat(1_000)}`, [LEASE])).toHaveLength(1_003)
  })
})

describe('a question', () => {
  it('names a file with its end or without it, however its words are parted, and not within other words', () => {
    expect(isNamed('What does My-Lease say?', 'my_lease.pdf')).toBe(true)
    expect(isNamed('What is in my lease.pdf?', 'my_lease.pdf')).toBe(true)
    expect(isNamed('What is a release?', 'lease.pdf')).toBe(false)
    expect(isNamed('ab', 'a.txt')).toBe(false)
  })

  it('of megabytes is looked at once for a thousand names, its end alone', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => ({
      documentId: `${index}`,
      name: `report ${index}.pdf`,
    }))
    const before = 'What about it? '.repeat(250_000)
    expect(namedIn(`report 7 ${before} report 5`, names)).toEqual(['5'])
    const namedBefore = (characters: number) => namedIn(`Of report 9 ${'x'.repeat(characters)}`, names)
    expect(namedBefore(MAX_NAMING_CHARACTERS - ' report 9 '.length)).toEqual(['9'])
    expect(namedBefore(MAX_NAMING_CHARACTERS - 'report 9 '.length + 1)).toEqual([])
  })
})
