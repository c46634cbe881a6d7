import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../worker/db/client.ts'
import { MAX_CELL_LENGTH, MAX_RESULT_LENGTH } from '../../../worker/durable/dataset-table.ts'
import { createDatasets } from '../../../worker/services/datasets/datasets.ts'
import {
  type DatasetQuery,
  MAX_QUERY_ROWS,
  MAX_TABLE_COLUMNS,
} from '../../../worker/services/datasets/query.ts'
import { summarize } from '../../../worker/services/datasets/summary.ts'
import { datasetKey } from '../../../worker/services/files/file-writer.ts'
import { createStubs } from '../../../worker/services/stubs.ts'
import { COUNT_QUERY } from '../../support/dataset-query.ts'
import { csvOf } from '../csv-file.ts'
import { freshAccounts } from '../world.ts'

const { datasetTable } = createStubs(env)
const datasets = createDatasets({ db: createDb(env.DB), bucket: env.FILES, datasetTable })

const query = (over: Partial<DatasetQuery> = {}): DatasetQuery => ({ ...COUNT_QUERY, limit: 1_000, ...over })

async function* bytesOf(text: string) {
  yield new TextEncoder().encode(text)
}

/** A dataset that is kept, without its row in the database. */
async function dataset(content: string) {
  const id = newId()
  await env.FILES.put(datasetKey(id), content)
  const summary = await summarize(csvOf(content))
  return {
    id,
    accountId: newId(),
    fileName: 'a.csv',
    sizeBytes: content.length,
    createdAt: 0,
    ...summary,
  }
}
const tableOf = ({ id }: { id: string }) => env.DATASET_TABLE.getByName(id)

describe('a dataset’s table', () => {
  it('holds every row as its columns hold them', async () => {
    const rows = Array.from({ length: 30_000 }, (_, index) => `${index},${index / 2},"name ${index}",`)
    const given = await dataset(`n,half,name,empty\n${rows.join('\n')}`)
    const select: DatasetQuery['select'] = [
      { aggregate: 'count' },
      { aggregate: 'sum', column: 'n' },
      { aggregate: 'max', column: 'half' },
      { aggregate: 'min', column: 'name' },
      { aggregate: 'count', column: 'empty' },
    ]
    expect(await datasets.query(given, query({ select }))).toEqual({
      rows: [[30_000, (30_000 * 29_999) / 2, 14_999.5, 'name 0', 0]],
      isCut: false,
    })
    const types = await runInDurableObject(tableOf(given), (_object, state) =>
      state.storage.sql
        .exec('SELECT typeof(c0), typeof(c1), typeof(c2), typeof(c3) FROM cells LIMIT 1')
        .raw()
        .next(),
    )
    expect(types.value).toEqual(['integer', 'real', 'text', 'null'])
  })

  it(`has up to ${MAX_TABLE_COLUMNS} columns`, async () => {
    const names = Array.from({ length: MAX_TABLE_COLUMNS }, (_, index) => `name ${index}`)
    const given = await dataset(`${names.join(',')}\n${names.map((_, index) => index).join(',')}`)
    expect(
      await datasets.query(given, query({ select: [{ column: `name ${MAX_TABLE_COLUMNS - 1}` }] })),
    ).toMatchObject({
      rows: [[MAX_TABLE_COLUMNS - 1]],
    })
  })

  it('reads its file once, whoever asks at the same time', async () => {
    const given = await dataset('n\n1\n2')
    const answers = await Promise.all(Array.from({ length: 5 }, () => datasets.query(given, query())))
    expect(answers).toEqual(Array(5).fill({ rows: [[2]], isCut: false }))
    await env.FILES.delete(datasetKey(given.id))
    expect(await datasets.query(given, query())).toMatchObject({ rows: [[2]] })
  })

  it('begins again what an earlier life of it left half done', async () => {
    const given = await dataset('n\n1\n2')
    await runInDurableObject(tableOf(given), (_object, state) => {
      state.storage.sql.exec('CREATE TABLE cells (c0 INTEGER)')
      state.storage.sql.exec('INSERT INTO cells VALUES (1)')
    })
    expect(await datasets.query(given, query())).toMatchObject({ rows: [[2]] })
  })

  it('says that its file is gone, and reads it when it is back', async () => {
    const given = await dataset('n\n1\n2')
    await env.FILES.delete(datasetKey(given.id))
    await expect(datasets.query(given, query())).rejects.toMatchObject({ code: 'not_found' })
    await env.FILES.put(datasetKey(given.id), 'n\n1\n2')
    expect(await datasets.query(given, query())).toMatchObject({ rows: [[2]] })
  })

  it('forgets all when its dataset is deleted', async () => {
    const { accounts } = freshAccounts()
    const username = `u-${crypto.randomUUID()}`
    const account = await accounts.create({ email: null, username, password: 'a password', roles: [] })
    const given = await datasets.create(account.id, { name: 'a.csv', bytes: bytesOf('n\n1\n2') })
    await datasets.query(given, query())
    expect(await datasets.delete(account.id, given.id)).toBe(true)
    const tables = await runInDurableObject(
      tableOf(given),
      (_object, state) =>
        state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'cells'").toArray().length,
    )
    expect(tables).toBe(0)
    await expect(datasets.query(given, query())).rejects.toMatchObject({ code: 'not_found' })
  })

  it.each([
    ['as many rows as a query asks for', 3, 4, 3, false],
    ['all rows where there are no more', MAX_QUERY_ROWS, MAX_QUERY_ROWS, MAX_QUERY_ROWS, false],
    [
      'as many rows as an answer may hold, and says so',
      MAX_QUERY_ROWS,
      MAX_QUERY_ROWS + 1,
      MAX_QUERY_ROWS,
      true,
    ],
  ])('gives %s', async (_case, limit, rows, given, isCut) => {
    const many = await dataset(`n\n${'1\n'.repeat(rows)}`)
    const answer = await datasets.query(many, query({ select: [{ column: 'n' }], limit }))
    expect(answer).toEqual({ rows: Array(given).fill([1]), isCut })
  })

  it('shortens long texts in a result', async () => {
    const given = await dataset(`a\n${'x'.repeat(MAX_CELL_LENGTH)}\n${'y'.repeat(MAX_CELL_LENGTH + 1)}`)
    expect(await datasets.query(given, query({ select: [{ column: 'a' }] }))).toMatchObject({
      rows: [['x'.repeat(MAX_CELL_LENGTH)], [`${'y'.repeat(MAX_CELL_LENGTH - 1)}…`]],
    })
  })

  it('cuts a result that is too long, and says so', async () => {
    const rows = Array.from({ length: 1_000 }, () => `${'x'.repeat(250)}`)
    const given = await dataset(`a\n${rows.join('\n')}`)
    const answer = await datasets.query(given, query({ select: [{ column: 'a' }] }))
    expect(answer).toMatchObject({ isCut: true })
    // As JSON a row is its text, two quotes and two brackets.
    if ('rows' in answer) expect(answer.rows).toHaveLength(Math.floor(MAX_RESULT_LENGTH / 254))
  })

  it('says what SQLite refuses in place of failing', async () => {
    const given = await dataset(`n\n${Array(2_000).fill(Number.MAX_SAFE_INTEGER).join('\n')}`)
    expect(await datasets.query(given, query({ select: [{ aggregate: 'sum', column: 'n' }] }))).toEqual({
      mistake: 'a sum is too large',
    })
  })
})
