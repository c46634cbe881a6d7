import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Leaf } from '../../../../../worker/services/library/term-query.ts'
import {
  evaluateQuery,
  isSelected,
} from '../../../../../worker/services/search-datasets/query/evaluate-query.ts'
import {
  MAX_QUERY_CHARACTERS,
  MAX_QUERY_DEPTH,
  MAX_QUERY_LEAVES,
  parseQuery,
  type Query,
} from '../../../../../worker/services/search-datasets/query/parse-query.ts'
import { QueryMistake } from '../../../../../worker/services/search-datasets/query/query-mistake.ts'

const leaf = (text: string, kind: Leaf['kind'] = 'term', field: Leaf['field'] = 'any'): Query => ({
  kind: 'leaf',
  leaf: { kind, text, field },
})
const [a, b, c] = ['a', 'b', 'c'].map((text) => leaf(text)) as [Query, Query, Query]
const and = (...of: Query[]): Query => ({ kind: 'and', of })
const or = (...of: Query[]): Query => ({ kind: 'or', of })
const not = (of: Query): Query => ({ kind: 'not', of })

describe('a query', () => {
  it.each<[string, Query]>([
    ['a', a],
    ['  a  ', a],
    ['a AND b', and(a, b)],
    ['a b', and(a, b)],
    ['a OR b', or(a, b)],
    ['a OR b AND c', or(a, and(b, c))],
    ['a b OR c', or(and(a, b), c)],
    ['(a OR b) c', and(or(a, b), c)],
    ['a AND NOT b', and(a, not(b))],
    ['a NOT b', and(a, not(b))],
    ['NOT NOT a', not(not(a))],
    ['a OR NOT b', or(a, not(b))],
    ['a and b or not', and(a, leaf('and'), b, leaf('or'), leaf('not'))],
    ['"machine learning"', leaf('machine learning', 'phrase')],
    ['"a AND (b"', leaf('a AND (b', 'phrase')],
    ['regul*', leaf('regul', 'prefix')],
    ['title:annual', leaf('annual', 'term', 'title')],
    ['filename:"final report"', leaf('final report', 'phrase', 'filename')],
    ['title:ann*', leaf('ann', 'prefix', 'title')],
    ['10:30', leaf('10:30')],
    ['Title:a', leaf('Title:a')],
    ['a(b)"c"', and(a, b, leaf('c', 'phrase'))],
    ['compliance AND regulation', and(leaf('compliance'), leaf('regulation'))],
    ['Prüfung OR 監査', or(leaf('Prüfung'), leaf('監査'))],
  ])('%j is understood', (text, query) => {
    expect(parseQuery(text)).toEqual(query)
  })

  it.each<[string, number, RegExp]>([
    ['', 1, /a word/],
    ['   ', 4, /a word/],
    ['AND a', 1, /a word/],
    ['a AND', 6, /a word/],
    ['a OR OR b', 6, /a word/],
    ['a AND AND b', 7, /a word/],
    ['()', 2, /a word/],
    ['(a', 3, /a '\)' for the '\(' at position 1/],
    ['a)', 2, /a '\('/],
    ['a NOT', 6, /a word/],
    ['"open', 1, /quotation mark/],
    ['a ""', 3, /phrase with a letter/],
    ['a "..."', 3, /phrase with a letter/],
    ['*', 1, /a letter or a digit/],
    ['pre*fix', 4, /'\*' only at the end/],
    ['a --', 3, /a letter or a digit/],
    ['title:', 7, /behind 'title:'/],
    ['title: a', 7, /behind 'title:'/],
    ['title:(a)', 7, /behind 'title:'/],
    ['NOT a', 1, /to be there/],
    ['NOT a NOT b', 1, /to be there/],
    ['NOT (a OR b)', 1, /to be there/],
    ['NOT NOT NOT a', 1, /to be there/],
  ])('%j is refused at position %i', (text, position, expected) => {
    const refused = expect(() => parseQuery(text))
    refused.toThrow(QueryMistake)
    refused.toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        param: 'search_query',
        position,
        expected: expect.stringMatching(expected),
      }),
    )
  })

  it('has so many characters, words and levels, and no more', () => {
    const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`).join(' ')
    expect(() => parseQuery('a'.repeat(MAX_QUERY_CHARACTERS))).not.toThrow()
    expect(() => parseQuery('a'.repeat(MAX_QUERY_CHARACTERS + 1))).toThrow(/1000 characters/)
    expect(() => parseQuery(words(MAX_QUERY_LEAVES))).not.toThrow()
    expect(() => parseQuery(words(MAX_QUERY_LEAVES + 1))).toThrow(/64 words/)
    const nested = (depth: number) => `${'('.repeat(depth)}a${')'.repeat(depth)}`
    expect(() => parseQuery(nested(MAX_QUERY_DEPTH))).not.toThrow()
    expect(() => parseQuery(nested(MAX_QUERY_DEPTH + 1))).toThrow(/16 deep/)
    expect(() => parseQuery(`${'NOT '.repeat(MAX_QUERY_DEPTH + 2)}a`)).toThrow(/16 deep/)
  })
})

/** Documents of a naive world: each is the set of its words. */
const WORDS = ['ada', 'bob', 'cat', 'dog'] as const
const DOCUMENTS = Array.from({ length: 2 ** WORDS.length }, (_, bits) => ({
  id: `d${bits}`,
  words: WORDS.filter((_word, index) => (bits >> index) & 1),
}))

/** Whether a document is selected, as one reads it aloud. */
function holds(query: Query, words: readonly string[]): boolean {
  switch (query.kind) {
    case 'leaf':
      return words.some((word) => word === query.leaf.text)
    case 'not':
      return !holds(query.of, words)
    case 'and':
      return query.of.every((part) => holds(part, words))
    default:
      return query.of.some((part) => holds(part, words))
  }
}

const queries = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(...WORDS).map((word) => leaf(word)),
    tie('query').map(not),
    fc
      .tuple(
        fc.constantFrom('and' as const, 'or' as const),
        fc.array(tie('query'), { minLength: 2, maxLength: 3 }),
      )
      .map(([kind, of]): Query => ({ kind, of })),
  ),
})).query

/** A query in words: operators are written out or left out, parentheses are there where they must be, and at times where not. */
function write(query: Query, style: () => boolean): string {
  const inner = (part: Query) => {
    const text = write(part, style)
    return part.kind === 'leaf' && style() ? text : `(${text})`
  }
  switch (query.kind) {
    case 'leaf':
      return query.leaf.text
    case 'not':
      return `NOT ${inner(query.of)}`
    case 'and':
      return query.of.map(inner).join(style() ? ' AND ' : ' ')
    default:
      // AND binds first: alternatives that are ANDs need no parentheses.
      return query.of
        .map((part) => (part.kind === 'and' && style() ? write(part, style) : inner(part)))
        .join(' OR ')
  }
}

describe('the documents of a query', () => {
  it('are those for which it holds, however it is written', async () => {
    const documentsWith = async ({ text }: Leaf) =>
      DOCUMENTS.filter(({ words }) => words.some((word) => word === text)).map(({ id }) => id)
    const styles = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(queries, styles, async (query, choices) => {
        let next = 0
        const text = write(query, () => choices[next++ % choices.length] ?? true)
        let parsed: Query
        try {
          parsed = parseQuery(text)
        } catch (thrown) {
          // Too long, too deep, or nothing but negations: not of interest here.
          expect(thrown).toBeInstanceOf(QueryMistake)
          return
        }
        const selection = await evaluateQuery(parsed, documentsWith)
        const selected = DOCUMENTS.filter(({ id }) => isSelected(selection, id)).map(({ id }) => id)
        expect(selected).toEqual(DOCUMENTS.filter(({ words }) => holds(query, words)).map(({ id }) => id))
      }),
      { numRuns: 1_000 },
    )
  })

  it('are found with one look-up for each leaf', async () => {
    const asked: string[] = []
    await evaluateQuery(parseQuery('ada bob OR ada NOT "ada"'), async ({ kind, text }) => {
      asked.push(`${kind} ${text}`)
      return []
    })
    expect(asked).toEqual(['term ada', 'term bob', 'phrase ada'])
  })

  it('of any text are an answer or a mistake with a place in it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab ()"*:-', 'AND ', 'OR ', 'NOT ', 'title:') }),
        (text) => {
          try {
            parseQuery(text)
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(QueryMistake)
            const { position } = thrown as QueryMistake
            expect(position).toBeGreaterThanOrEqual(1)
            expect(position).toBeLessThanOrEqual(text.length + 1)
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
