import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  MAX_QUERY_ROWS,
  MAX_TABLE_CELLS,
  MAX_TABLE_COLUMNS,
  MAX_TABLE_ROWS,
} from '../../worker/services/datasets/query.ts'
import { MAX_SHOWN_ROWS } from '../../worker/services/datasets/result.ts'
import { COUNT_QUERY } from '../support/dataset-query.ts'
import { eventsOf, usage } from '../worker/samples.ts'
import { read } from './contract-client.ts'
import { type Chatter, createChatter } from './dualquery-chatter.ts'

const SALES = [
  'day,product,sales,region',
  '2025-01-01,A,1000,North',
  '2025-01-02,B,1500,South',
  '2025-01-03,A,800,North',
  '2025-01-04,B,,South',
].join('\n')

let ada: Chatter
let node: Chatter['node']
beforeAll(async () => {
  ada = await createChatter()
  ;({ node } = ada)
})
const reply = (chatId: string, body?: object) => ada.reply(chatId, body)

/** A query as the model is made to write it. */
const query = (over: object = {}) => ({
  ...COUNT_QUERY,
  select: [{ aggregate: 'avg', column: 'sales' }],
  ...over,
})
const byRegion = query({
  group_by: ['region'],
  select: [{ column: 'region' }, { aggregate: 'sum', column: 'sales' }],
  order_by: [{ item: 1, direction: 'desc' }],
  chart: 'bar',
})

describe('an analytical reply', () => {
  let dataset: string
  beforeAll(async () => {
    dataset = await ada.newDataset(SALES)
  })
  const ask = async (chat: string, queries: readonly unknown[], over: object = {}) => {
    const texts = queries.map((given) => (typeof given === 'string' ? given : JSON.stringify(given)))
    const asked = reply(chat, { content: 'How are the sales?', query_type: 'analytics', ...over })
    const starts = []
    for (const text of texts) starts.push(await node.answer([text.slice(0, 9), text.slice(9)]))
    return { response: await asked, starts }
  }
  const analyticsChat = (id = dataset) => ada.newChat({ dataset_id: id })

  it('is the real result of the model’s query, in words and as charts', async () => {
    const chat = await analyticsChat()
    const { response, starts } = await ask(chat, [byRegion])
    expect(await read(response)).toMatchObject([
      201,
      {
        role: 'assistant',
        query_type: 'analytics',
        content: '| region | sum(sales) |\n| --- | --- |\n| North | 1800 |\n| South | 1500 |',
        charts: { type: 'bar', labels: ['North', 'South'], data: [1800, 1500] },
      },
    ])
    const [start] = starts
    expect(start?.request).toMatchObject({
      sampling: { temperature: 0 },
      format: { schema: { properties: { select: { maxItems: 8 } } } },
      prompt: { messages: [{ role: 'system' }, { role: 'user', content: 'How are the sales?' }] },
    })
    expect(JSON.stringify(start?.request.prompt)).toContain(
      'such as \\"North\\", \\"South\\"'.replaceAll('\\"', '\\"'),
    )
    expect(await ada.messages(chat)).toMatchObject([
      { role: 'user', query_type: 'analytics' },
      { role: 'assistant' },
    ])
  })

  it('streams the same', async () => {
    const chat = await analyticsChat()
    const { response } = await ask(chat, [query()], { stream: true })
    const events = eventsOf(await response.text())
    expect(events).toMatchObject([
      { content: 'avg(sales) = 1100', done: false },
      { done: true, message: { content: 'avg(sales) = 1100', charts: { type: 'table', data: [[1100]] } } },
    ])
  })

  it('answers a stored question of this kind', async () => {
    const chat = await analyticsChat()
    await ada.create('/api/messages', {
      chat_id: chat,
      role: 'user',
      content: 'How many?',
      query_type: 'analytics',
    })
    const asked = reply(chat)
    await node.answer([JSON.stringify(query({ select: [{ aggregate: 'count' }] }))])
    expect(await read(await asked)).toMatchObject([201, { content: 'count = 4' }])
  })

  it('says which rows it looked at, and finds text in any case', async () => {
    const chat = await analyticsChat()
    const where = [{ column: 'region', operator: '=', value: 'north' }]
    const { response } = await ask(chat, [query({ where, select: [{ aggregate: 'max', column: 'sales' }] })])
    expect(await response.json()).toMatchObject({ content: 'max(sales) = 1000 where region = "north"' })
  })

  it('says that there are no rows where there are none', async () => {
    const where = [{ column: 'region', operator: '=', value: 'West' }]
    const { response } = await ask(await analyticsChat(), [query({ where, select: [{ column: 'day' }] })])
    expect(await response.json()).toMatchObject({
      content: 'day where region = "West": no rows.',
      charts: { type: 'table', labels: ['day'], data: [] },
    })
  })

  it('shows the model what was wrong with its query, and takes the second', async () => {
    const before = await ada.count('SELECT count(*) AS n FROM calls WHERE account_id = ?')
    const chat = await analyticsChat()
    const bad = query({ select: [{ aggregate: 'sum', column: 'region' }] })
    const { response, starts } = await ask(chat, [bad, byRegion])
    expect(await read(response)).toMatchObject([201, { charts: { type: 'bar' } }])
    expect(starts[1]?.request.prompt).toMatchObject({
      messages: [
        { role: 'system' },
        { role: 'user', content: 'How are the sales?' },
        { role: 'assistant', content: JSON.stringify(bad) },
        {
          role: 'user',
          content: expect.stringContaining('"sum" needs a column of numbers, and "region" holds text'),
        },
      ],
    })
    await expect
      .poll(() => ada.count('SELECT count(*) AS n FROM calls WHERE account_id = ?'))
      .toBe(before + 2)
    const row = await env.DB.prepare(
      "SELECT prompt_tokens, completion_tokens FROM messages WHERE conversation_id = ? AND role = 'assistant'",
    )
      .bind(chat)
      .first()
    expect(row).toEqual({ prompt_tokens: 2 * usage().promptTokens, completion_tokens: 4 })
  })

  it.each([
    ['SQL in place of a query', 'SELECT * FROM cells; DROP TABLE cells; --', 'it is not complete JSON'],
    ['JSON that is cut off', JSON.stringify(byRegion).slice(0, 40), 'it is not complete JSON'],
    [
      'SQL as a column',
      query({ select: [{ column: 'c0 FROM cells; --' }] }),
      'there is no column "c0 FROM cells; --"',
    ],
    [
      'a table of SQLite',
      query({ select: [{ column: 'sqlite_master' }] }),
      'there is no column "sqlite_master"',
    ],
    ['the table’s own names', query({ select: [{ column: 'c0' }] }), 'there is no column "c0"'],
    [
      'SQL as an operator',
      query({ where: [{ column: 'day', operator: '= 1 OR 1 =', value: 1 }] }),
      '"where.0" is not as it must be',
    ],
    [
      'SQL as an aggregate',
      query({ select: [{ aggregate: 'load_extension', column: 'day' }] }),
      '"select.0" is not as it must be',
    ],
    [
      'SQL as a direction',
      query({ order_by: [{ item: 0, direction: 'asc; DROP TABLE cells' }] }),
      '"order_by.0.direction" is not as it must be',
    ],
    ['more rows than are given', query({ limit: MAX_QUERY_ROWS + 1 }), '"limit" is not as it must be'],
    ['another field', { ...query(), sql: 'DROP TABLE cells' }, 'it is not a query'],
    [
      'an order by what is not selected',
      query({ order_by: [{ item: 3, direction: 'asc' }] }),
      '"order_by" names item 3, and "select" has 1, counted from 0',
    ],
    [
      'a column beside an aggregate',
      query({ select: [{ column: 'day' }, { aggregate: 'count' }] }),
      '"day" is selected beside an aggregate and is not in "group_by"',
    ],
    [
      'text for a number',
      query({ where: [{ column: 'sales', operator: '>', value: '1; --' }] }),
      '"sales" holds numbers, and "1; --" is none',
    ],
  ])('says plainly that %s cannot be run, twice', async (_case, hostile, reason) => {
    const { response } = await ask(await analyticsChat(), [hostile, hostile])
    expect(await read(response)).toMatchObject([
      201,
      {
        content: `The question could not be answered from the dataset: the query that was made of it cannot be run, because ${reason}.`,
        charts: null,
      },
    ])
    const { response: still } = await ask(await analyticsChat(), [
      query({ select: [{ aggregate: 'count' }] }),
    ])
    expect(await still.json()).toMatchObject({ content: 'count = 4' })
  })

  it('takes SQL in a value for a value, and SQL in a header and a cell for names', async () => {
    const header = 'a"); DROP TABLE cells; --'
    const id = await ada.newDataset(`"a""); DROP TABLE cells; --",n\n"'; DELETE FROM cells; --",1\nx,2\n`)
    const chat = await analyticsChat(id)
    const where = [{ column: header, operator: '=', value: "'; DELETE FROM cells; --" }]
    const { response } = await ask(chat, [query({ where, select: [{ column: header }, { column: 'n' }] })])
    expect(await response.json()).toMatchObject({
      content: `${header} = '; DELETE FROM cells; --, n = 1 where ${header} = "'; DELETE FROM cells; --"`,
    })
    const injected = [{ column: header, operator: 'contains', value: "%' OR 1=1 --" }]
    const { response: none } = await ask(chat, [query({ where: injected, select: [{ aggregate: 'count' }] })])
    expect(await none.json()).toMatchObject({ content: expect.stringMatching(/^count = 0 where/) })
  })

  it(`gives ${MAX_QUERY_ROWS} rows at most, and shows ${MAX_SHOWN_ROWS} of them in words`, async () => {
    const rows = Array.from({ length: MAX_QUERY_ROWS + 5 }, (_, index) => index)
    const chat = await analyticsChat(await ada.newDataset(`n\n${rows.join('\n')}`))
    const { response } = await ask(chat, [query({ select: [{ column: 'n' }], limit: MAX_QUERY_ROWS })])
    const { content, charts } = (await response.json()) as { content: string; charts: { data: unknown[] } }
    expect(charts.data).toEqual(rows.slice(0, MAX_QUERY_ROWS).map((row) => [row]))
    expect(content.split('\n').filter((line) => /^\| \d+ \|$/.test(line))).toHaveLength(MAX_SHOWN_ROWS)
    expect(content).toContain(`${MAX_SHOWN_ROWS} of more than ${MAX_QUERY_ROWS} rows.`)
  })

  const column = { name: 'sales', type: 'integer' }
  const most = MAX_TABLE_CELLS / MAX_TABLE_COLUMNS
  it.each([
    ['rows', MAX_TABLE_ROWS, MAX_TABLE_ROWS + 1, 1, 1],
    ['columns', 1, 1, MAX_TABLE_COLUMNS, MAX_TABLE_COLUMNS + 1],
    ['cells', most, most + 1, MAX_TABLE_COLUMNS, MAX_TABLE_COLUMNS],
  ])(
    'is refused for a dataset of too many %s, before a model is asked',
    async (_what, rows, moreRows, columns, moreColumns) => {
      const id = await ada.newDataset('sales\n1')
      const chat = await analyticsChat(id)
      const resize = (rowCount: number, columnCount: number) =>
        env.DB.prepare('UPDATE datasets SET row_count = ?, columns = ? WHERE id = ?')
          .bind(
            rowCount,
            JSON.stringify(
              Array.from({ length: columnCount }, (_, index) => ({
                ...column,
                name: index === 0 ? 'sales' : `c${index}`,
              })),
            ),
            id,
          )
          .run()
      await resize(moreRows, moreColumns)
      expect(await read(await reply(chat, { content: 'a', query_type: 'analytics' }))).toEqual([
        422,
        {
          detail: `Only datasets of at most ${MAX_TABLE_ROWS} rows, ${MAX_TABLE_COLUMNS} columns and ${MAX_TABLE_CELLS} cells can be queried.`,
        },
      ])
      await resize(rows, columns)
      expect((await ask(chat, [query()])).response.status).toBe(201)
    },
  )

  it('knows no dataset that was deleted', async () => {
    const id = await ada.newDataset(SALES)
    const chat = await analyticsChat(id)
    expect((await ask(chat, [query()])).response.status).toBe(201)
    expect((await ada.ask(`/api/datasets/${id}`, { method: 'DELETE' })).status).toBe(204)
    const response = await reply(chat, { content: 'a', query_type: 'analytics' })
    expect(await read(response)).toEqual([404, { detail: 'Dataset not found' }])
  })

  it('stops with its reader, while the query is being written', async () => {
    const chat = await analyticsChat()
    await ada.leaveReply(chat, { content: 'How many?', query_type: 'analytics' }, '{"wh')
    await expect
      .poll(() =>
        env.DB.prepare("SELECT state FROM messages WHERE conversation_id = ? AND role = 'assistant'")
          .bind(chat)
          .first('state'),
      )
      .toBe('cancelled')
  })

  it.each([
    ['has no dataset', {}, 'analytics'],
    ['is asked something else', { dataset_id: 'its own' }, 'general'],
  ])('is a plain one where the chat %s', async (_case, over, queryType) => {
    const chat = await ada.newChat('dataset_id' in over ? { dataset_id: dataset } : {})
    const [response, start] = await Promise.all([
      reply(chat, { content: 'Hello?', query_type: queryType }),
      node.answer(['Good day.']),
    ])
    expect(start.request.format).toBe('text')
    expect(await response.json()).toMatchObject({ content: 'Good day.', query_type: queryType, charts: null })
  })
})
