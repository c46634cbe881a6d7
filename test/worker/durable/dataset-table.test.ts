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
import { createQuota } from '../../../worker/services/files/quota.ts'
import { createStubs } from '../../../worker/services/stubs.ts'
import { COUNT_QUERY } from '../../support/dataset-query.ts'
import { csvOf, utf16, windows1252 } from '../csv-file.ts'
import { freshAccounts } from '../world.ts'

const { datasetTable } = createStubs(env)
const db = createDb(env.DB)
const quota = createQuota({ db, limitsOf: async () => ({ bytes: null, files: null }) })
const datasets = createDatasets({ db, bucket: env.FILES, quota, datasetTable })

const query = (over: Partial<DatasetQuery> = {}): DatasetQuery => ({ ...COUNT_QUERY, limit: 1_000, ...over })

async function* bytesOf(text: string) {
  yield new TextEncoder().encode(text)
}

/** A dataset that is kept, without its row in the database. */
async function dataset(content: string | Uint8Array<ArrayBuffer>) {
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

  it('shows and never computes what is no number in a column of numbers', async () => {
    const rows = ['a,"1,000"', 'b,900', 'a,unknown', 'b,"2,500"', 'a,1.5 kg', 'b,NA', 'a,7', 'b,8', 'a,9']
    const given = await dataset(`shop,sales\n${rows.join('\n')}`)
    const sums = query({
      select: [
        { aggregate: 'count' },
        { aggregate: 'count', column: 'sales' },
        { aggregate: 'sum', column: 'sales' },
        { aggregate: 'min', column: 'sales' },
        { aggregate: 'max', column: 'sales' },
      ],
    })
    expect(await datasets.query(given, sums)).toEqual({
      rows: [[9, 6, 4_424, 7, 2_500]],
      isCut: false,
      leftOut: [{ column: 'sales', cells: 2 }],
    })
    const ofA = query({ ...sums, where: [{ column: 'shop', operator: '=', value: 'b' }] })
    expect(await datasets.query(given, ofA)).toEqual({ rows: [[4, 3, 3_408, 8, 2_500]], isCut: false })
    const most = { select: [{ column: 'shop' }, { column: 'sales' }], limit: 2 }
    const inOrder = (direction: 'asc' | 'desc') => query({ ...most, order_by: [{ item: 1, direction }] })
    const leftOut = [{ column: 'sales', cells: 2 }]
    expect(await datasets.query(given, inOrder('desc'))).toEqual({
      rows: [
        ['b', 2_500],
        ['a', 1_000],
      ],
      isCut: false,
      leftOut,
    })
    expect(await datasets.query(given, inOrder('asc'))).toEqual({
      rows: [
        ['a', 7],
        ['b', 8],
      ],
      isCut: false,
      leftOut,
    })
    const below = query({ ...most, where: [{ column: 'sales', operator: '<', value: 8 }] })
    expect(await datasets.query(given, below)).toEqual({ rows: [['a', 7]], isCut: false, leftOut })
    const all = await datasets.query(given, query({ select: [{ column: 'sales' }] }))
    expect(all).toEqual({
      rows: [1_000, 900, 'unknown', 2_500, '1.5 kg', null, 7, 8, 9].map((cell) => [cell]),
      isCut: false,
    })
  })

  it('puts what is empty last, in either order', async () => {
    const given = await dataset('n,m\n2,x\nNA,y\n1,z')
    const inOrder = (direction: 'asc' | 'desc') =>
      datasets.query(given, query({ select: [{ column: 'n' }], order_by: [{ item: 0, direction }] }))
    expect(await inOrder('asc')).toMatchObject({ rows: [[1], [2], [null]] })
    expect(await inOrder('desc')).toMatchObject({ rows: [[2], [1], [null]] })
  })

  it('looks for what it leaves out in as many columns as a query may name', async () => {
    const names = Array.from({ length: 16 }, (_, index) => `n${index}`)
    const row = (cell: string) => names.map(() => cell).join(',')
    const given = await dataset([names.join(','), row('1'), row('2'), row('3'), row('x')].join('\n'))
    const answer = await datasets.query(
      given,
      query({
        select: names.slice(0, 8).map((column) => ({ aggregate: 'sum', column })),
        where: names.slice(8).map((column) => ({ column, operator: '>', value: 1 })),
      }),
    )
    expect(answer).toMatchObject({
      // The row of the others is kept by no comparison.
      rows: [Array(8).fill(5)],
    })
    expect(answer).not.toHaveProperty('leftOut')
  })

  it('reads the file of a dataset that is older than encodings, separators and notations', async () => {
    const given = await dataset('n;r\n1;1e3\n2;+5')
    const columns = [
      { name: 'n', type: 'integer' as const },
      { name: 'r', type: 'real' as const },
    ]
    const older = { ...given, columns, encoding: 'utf-8' as const, delimiter: null }
    const sums = query({
      select: [
        { aggregate: 'sum', column: 'n' },
        { aggregate: 'sum', column: 'r' },
      ],
    })
    expect(await datasets.query(older, sums)).toEqual({ rows: [[3, 1_005]], isCut: false })
  })

  it.each([
    ['UTF-16', utf16('ort;preis\nKöln;1,5 €\nBonn;2,5 €\n')],
    ['Windows-1252', windows1252('ort;preis\nKöln;1,5 €\nBonn;2,5 €\n')],
    ['another line end', 'ort;preis\rKöln;1,5 €\rBonn;2,5 €\r'],
    ['Excel’s line', 'sep=;\r\nort;preis\r\nKöln;1,5 €\r\nBonn;2,5 €\r\n'],
  ])('reads the file again as it was read: %s', async (_case, content) => {
    const given = await dataset(content)
    const named = query({
      where: [{ column: 'ort', operator: '=', value: 'Köln' }],
      select: [{ column: 'preis' }],
    })
    expect(await datasets.query(given, named)).toEqual({ rows: [[1.5]], isCut: false })
  })
})
