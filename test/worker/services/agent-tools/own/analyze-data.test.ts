import { beforeAll, describe, expect, it } from 'vitest'
import { createAnalyzeData } from '../../../../../worker/services/agent-tools/own/analyze-data.ts'
import { MAX_NAME_CHARACTERS } from '../../../../../worker/services/agent-tools/own/search-documents.ts'
import { MAX_SUMMARISED_COLUMNS } from '../../../../../worker/services/agent-tools/own/table-summary.ts'
import { MAX_QUERY_ROWS } from '../../../../../worker/services/datasets/query.ts'
import { newOwner } from './own-setup.ts'

const TEMPERATURES = 'city,celsius\nSeoul,10\nSeoul,14\nBusan,18\nJeju,\n'

let owner: Awaited<ReturnType<typeof newOwner>>
beforeAll(async () => {
  owner = await newOwner()
  await owner.addDataset('temperatures.csv', TEMPERATURES)
  await owner.addDataset('sales_2026.csv', 'region,amount\nnorth,5\nsouth,7\n')
})

describe('analyze_data', () => {
  it('summarises the columns of a table', async () => {
    const { text, data } = await owner.result('analyze_data', { dataset: 'temperatures' })
    expect(text.split('\n')).toEqual([
      'temperatures.csv: 4 rows, 2 columns.',
      expect.stringMatching(
        /^- city: text, 4 values, most often "Seoul" \(2\), "(Busan|Jeju)" \(1\), "(Busan|Jeju)" \(1\)$/,
      ),
      '- celsius: numbers, 3 values, least 10, greatest 18, mean 14',
    ])
    expect(data).toMatchObject({ dataset: 'temperatures.csv', columns: [{}, { min: 10, max: 18, mean: 14 }] })
  })

  it('asks its rows', async () => {
    const query = {
      group_by: ['city'],
      select: [{ column: 'city' }, { aggregate: 'avg', column: 'celsius' }],
      where: [{ column: 'celsius', operator: 'is not empty' }],
      order_by: [{ item: 1, direction: 'desc' }],
    }
    const { text, data } = await owner.result('analyze_data', { dataset: 'temperatures.csv', query })
    expect(text).toContain('| Busan | 18 |\n| Seoul | 12 |')
    expect(data).toMatchObject({
      result: {
        type: 'table',
        data: [
          ['Busan', 18],
          ['Seoul', 12],
        ],
      },
    })
  })

  it.each([
    ['analyze the uploaded temperature data', 'temperatures.csv'],
    ['what were our sales?', 'sales_2026.csv'],
    ['look at my data', 'sales_2026.csv'],
  ])('takes, for “%s”, the table that this is about, or the newest', async (userWords, name) => {
    expect((await owner.result('analyze_data', {}, { userWords })).text).toContain(name)
  })

  it('says what is wrong with a query, and which columns there are', async () => {
    const query = { select: [{ aggregate: 'sum', column: 'city' }] }
    expect(await owner.call('analyze_data', { dataset: 'temperatures', query })).toMatchObject({
      ok: false,
      code: 'failed',
      message:
        'The query cannot be run: "sum" needs a column of numbers, and "city" holds text. The columns are "city", "celsius".',
    })
  })

  it('says so where there is no such table, none at all, or a key may not', async () => {
    const unknown = await owner.call('analyze_data', { dataset: 'zygotes' })
    expect(unknown).toMatchObject({ ok: false, message: 'There is no dataset "zygotes".' })
    const stranger = await newOwner()
    expect(await stranger.whyNot('analyze_data')).toBe('No datasets have been uploaded.')
    expect(await owner.whyNot('analyze_data', { mayReadFiles: false })).toBe(
      'This key may not read datasets.',
    )
    await stranger.addDataset('own.csv', 'a\n1\n')
    const strange = await stranger.call('analyze_data', { dataset: 'temperatures.csv' })
    expect(strange).toMatchObject({ ok: false, message: 'There is no dataset "temperatures.csv".' })
  })

  it('tells of the most columns, and of more that there are more', async () => {
    const wide = async (columns: number) => {
      const names = Array.from({ length: columns }, (_, at) => `c${at}`)
      await owner.addDataset(`wide${columns}.csv`, `${names.join(',')}\n${names.map(() => 1).join(',')}\n`)
      return (await owner.result('analyze_data', { dataset: `wide${columns}` })).text.split('\n')
    }
    expect(await wide(MAX_SUMMARISED_COLUMNS)).toHaveLength(MAX_SUMMARISED_COLUMNS + 1)
    const more = await wide(MAX_SUMMARISED_COLUMNS + 1)
    expect(more).toHaveLength(MAX_SUMMARISED_COLUMNS + 2)
    expect(more.at(-1)).toBe('(1 more columns)')
  })

  it('takes names and rows at their limits, and neither past them nor statements of SQL', () => {
    const nothing = () => Promise.reject(new Error('Nothing is asked.'))
    const { arguments: schema } = createAnalyzeData({
      find: nothing,
      list: nothing,
      count: nothing,
      query: nothing,
    })
    const takes = (args: unknown) => schema.safeParse(args).success
    const select = [{ aggregate: 'count' }]
    expect(
      takes({ dataset: 'd'.repeat(MAX_NAME_CHARACTERS), query: { select, limit: MAX_QUERY_ROWS } }),
    ).toBe(true)
    expect(takes({ dataset: 'd'.repeat(MAX_NAME_CHARACTERS + 1) })).toBe(false)
    expect(takes({ query: { select, limit: MAX_QUERY_ROWS + 1 } })).toBe(false)
    expect(takes({ query: 'drop table rows' })).toBe(false)
    expect(takes({ query: { select: [{ aggregate: 'sum(1); drop table rows' }] } })).toBe(false)
  })
})
