import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_PREVIEW_BYTES } from '../../worker/services/datasets/preview.ts'
import { MAX_TABLE_COLUMNS, MAX_TABLE_ROWS } from '../../worker/services/datasets/query.ts'
import { datasetKey } from '../../worker/services/files/file-writer.ts'
import { MAX_PAGE_LENGTH } from '../../worker/surfaces/dualquery/schemas.ts'
import { utf16, windows1252 } from '../worker/csv-file.ts'
import { contractClient, newAccount, read } from './contract-client.ts'
import { csv, uploaded as kept, keptFiles, upload as send } from './dualquery-uploader.ts'

const { call } = contractClient('dualquery')
const SALES = 'date,sales\n2025-01-01,1000\n'

let token: string
beforeAll(async () => {
  ;({ token } = await newAccount())
})
const upload = (file: File) => send(file, token)
const uploaded = (file: File) => kept(file, token)
const get = (path: string) => call(path, { token })

describe('a file', () => {
  it.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('finds its columns between %s, and answers from them', async (_case, delimiter) => {
    const body = await uploaded(csv(SALES.replaceAll(',', delimiter)))
    expect(body).toMatchObject({
      column_count: 2,
      row_count: 1,
      preview_data: { headers: ['date', 'sales'] },
    })
  })

  it.each<[string, Uint8Array<ArrayBuffer>, string]>([
    ['UTF-16', utf16('date,sales\n2025-01-01,5 €\n'), 'utf-16le'],
    ['UTF-16 of the other order', utf16('date,sales\n2025-01-01,5 €\n', false), 'utf-16be'],
    ['Windows-1252', windows1252('date,sales\n2025-01-01,5 €\n'), 'windows-1252'],
  ])('reads %s, and says so', async (_case, content, encoding) => {
    const body = await uploaded(csv(content))
    expect(body).toMatchObject({
      encoding,
      file_size: content.length,
      preview_data: { headers: ['date', 'sales'], rows: [['2025-01-01', '5 €']] },
    })
    expect(await read(await get(`/api/datasets/${body._id}`))).toEqual([200, body])
    expect(await (await env.FILES.get(datasetKey(body._id)))?.bytes()).toEqual(content)
  })

  it.each([
    ['by its name', 'sales.tsv', 'application/octet-stream'],
    ['by its name in capitals', 'SALES.TSV', ''],
    ['by its type', 'sales', 'text/tab-separated-values'],
  ])('takes a file of tabs %s', async (_case, name, type) => {
    expect(await uploaded(csv('a, b, c\td\n1\t2\n', name, type))).toMatchObject({
      delimiter: '\t',
      preview_data: { headers: ['a, b, c', 'd'], rows: [['1', '2']] },
    })
  })

  const INVALID = 'File must be a valid CSV file'
  it.each<[string, File, number | null, string]>([
    ['rows of different lengths', csv('a,b\n1,2\n3\n'), 3, 'the row has 1 cell, and the header 2'],
    ['a quote that never ends', csv('a\n1\n"x\n'), 3, 'a quote is opened and never closed'],
    [
      'bytes that are no text',
      csv(new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0x00, 0xff])),
      1,
      'it holds zero bytes, as UTF-16 without its byte order mark does',
    ],
    [
      'text in another encoding',
      csv(new Uint8Array([0x61, 0x0a, 0xe9, 0x81, 0x0a])),
      2,
      'it is neither UTF-8 nor Windows-1252 text',
    ],
    [
      'another kind of file',
      csv('{"a": 1}', 'data.json', 'application/json'),
      null,
      'its name ends neither in .csv nor in .tsv, and its type says neither',
    ],
    [
      'a spreadsheet by its name',
      csv(SALES, 'sales.xlsx', 'application/vnd.ms-excel'),
      null,
      'its name ends neither in .csv nor in .tsv, and its type says neither',
    ],
  ])(
    'refuses %s in the page’s words, and says line and cause beside them',
    async (_case, file, line, cause) => {
      expect(await read(await upload(file))).toEqual([400, { detail: INVALID, reason: { line, cause } }])
    },
  )
})

describe('a dataset that is too large', () => {
  it(`has more than ${MAX_TABLE_ROWS} rows, and leaves nothing`, async () => {
    const files = await keptFiles()
    const response = await upload(csv(`n\n${'1\n'.repeat(MAX_TABLE_ROWS + 1)}`))
    expect(await read(response)).toEqual([
      413,
      {
        detail: `A dataset has at most ${MAX_TABLE_ROWS} rows`,
        reason: { line: null, cause: 'the file has more rows' },
      },
    ])
    expect(await keptFiles()).toBe(files)
  })

  it.each([MAX_TABLE_COLUMNS + 1, 20_000_000])('has %i columns', async (columns) => {
    const response = await upload(csv(`${','.repeat(columns - 1)}a\n`))
    expect(await read(response)).toEqual([
      413,
      {
        detail: `A dataset has at most ${MAX_TABLE_COLUMNS} columns`,
        reason: { line: 1, cause: `the row has more than ${MAX_TABLE_COLUMNS} cells` },
      },
    ])
  })
})

describe('a preview', () => {
  it('is bounded in bytes: long cells are cut in a preview', async () => {
    const { token: own } = await newAccount()
    const row = `${'x'.repeat(100_000)},${'é'.repeat(100_000)}\n`
    for (const name of ['a.csv', 'b.csv']) await kept(csv(`${row}${row.repeat(9)}`, name), own)
    const text = await (await call(`/api/datasets?limit=${MAX_PAGE_LENGTH}`, { token: own })).text()
    expect(JSON.parse(text)).toHaveLength(2)
    expect(text.length).toBeLessThan(2 * (MAX_PREVIEW_BYTES + 1_000))
  })

  it('shows no rows of a preview that was kept before it was bounded', async () => {
    const { _id: id } = await uploaded(csv(SALES))
    const preview = { headers: ['date', 'x'.repeat(9_000)], rows: [['1', '2']] }
    const migration = env.TEST_MIGRATIONS.flatMap(({ queries }) => queries).find((query) =>
      query.includes('UPDATE `datasets`'),
    )
    await env.DB.prepare('UPDATE datasets SET preview = ? WHERE id = ?')
      .bind(JSON.stringify(preview), id)
      .run()
    await env.DB.prepare(migration ?? '').run()
    expect(await (await get(`/api/datasets/${id}`)).json()).toMatchObject({
      preview_data: { headers: ['date', 'sales'], rows: [] },
    })
  })
})
