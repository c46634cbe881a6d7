import { describe, expect, it } from 'vitest'
import { compileJsonSchema } from '../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import {
  DatasetQuery,
  MAX_TABLE_COLUMNS,
  queryMistake,
  querySchema,
} from '../../../../worker/services/datasets/query.ts'
import { COUNT_QUERY } from '../../../support/dataset-query.ts'
import { readGrammar } from './gbnf/gbnf-reader.ts'
import { randomFrom, sampleText } from './gbnf/gbnf-sampler.ts'
import { llamaGrammar } from './llama-grammar.ts'

type Columns = Parameters<typeof querySchema>[0]

const tables: [name: string, columns: Columns][] = [
  [
    'numbers and text',
    [
      { name: 'region', type: 'text' },
      { name: 'sales', type: 'integer' },
      { name: 'share, "real" | \\', type: 'real' },
    ],
  ],
  ['text alone', [{ name: 'a', type: 'text' }]],
  ['numbers alone', [{ name: 'n', type: 'real' }]],
  [
    'as many columns as a table may have',
    Array.from({ length: MAX_TABLE_COLUMNS }, (_, index) => ({
      name: `${'long name '.repeat(9)}${index}`,
      type: index % 2 === 0 ? ('text' as const) : ('integer' as const),
    })),
  ],
]

describe.each(tables)('the grammar of queries to a table of %s', (_name, columns) => {
  const { grammar } = compileJsonSchema(querySchema(columns))

  it('writes only queries that can be run, but for what a grammar cannot know', () => {
    const rules = readGrammar(grammar)
    const random = randomFrom(7)
    // Which columns stand beside which, and how many there are.
    const unknowable = /is selected beside an aggregate|"order_by" names item/
    let runnable = 0
    for (let count = 0; count < 300; count += 1) {
      const text = sampleText(rules, random)
      const query = DatasetQuery.parse(JSON.parse(text))
      const mistake = queryMistake(query, columns)
      if (mistake === undefined) runnable += 1
      else expect(mistake).toMatch(unknowable)
    }
    expect(runnable).toBeGreaterThan(10)
  })

  it('is taken by llama.cpp', async () => {
    const { matches } = await llamaGrammar(grammar)
    const query = { ...COUNT_QUERY, limit: 1 }
    expect(matches(JSON.stringify(query))).toBe(true)
    expect(matches(JSON.stringify({ ...query, select: [{ column: 'c0; DROP TABLE cells' }] }))).toBe(false)
    expect(matches('SELECT 1')).toBe(false)
  })
})
