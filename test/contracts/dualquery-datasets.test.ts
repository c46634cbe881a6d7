import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_FORM_OVERHEAD_BYTES } from '../../worker/http/input/upload.ts'
import { datasetKey, PART_BYTES } from '../../worker/services/files/file-writer.ts'
import { MAX_UPLOAD_BYTES } from '../../worker/surfaces/dualquery/routes/datasets.ts'
import { MAX_NAME_LENGTH, MAX_PAGE_LENGTH } from '../../worker/surfaces/dualquery/schemas.ts'
import { type Call, contractClient, expiredToken, newAccount, read } from './contract-client.ts'
import {
  csv,
  type Dataset,
  uploaded as kept,
  keptFiles,
  upload as send,
  UPLOAD,
} from './dualquery-uploader.ts'

const { call, raw } = contractClient('dualquery')

const OBJECT_ID = /^[0-9a-f]{24}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const NOBODY = '507f1f77bcf86cd799439011'
const SALES = 'date,product,sales,region\n2025-01-01,Product A,1000,North\n2025-01-02,Product B,1500,South\n'

/** A long row of two cells. */
const LINE = `${'x'.repeat(1_000)},1\n`

let ada: Awaited<ReturnType<typeof newAccount>>
let eve: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  ada = await newAccount()
  eve = await newAccount({ roles: ['admin'] })
})
const byAda = (path: string, request: Call = {}) => call(path, { token: ada.token, ...request })
const byEve = (path: string, request: Call = {}) => call(path, { token: eve.token, ...request })

const upload = (file: File | string | undefined, token = ada.token, field = 'file') =>
  send(file, token, field)
const uploaded = (file: File, token = ada.token) => kept(file, token)

const BOUNDARY = 'xxBOUNDARYxx'
/** A form as raw bytes, for what no client would send. */
const rawForm = (body: BodyInit, headers: Record<string, string> = {}) =>
  raw(UPLOAD, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${ada.token}`,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      ...headers,
    },
    body,
  })
const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\ncontent-type: text/csv\r\n\r\n`
const tail = `\r\n--${BOUNDARY}--\r\n`

const countOf = async () =>
  ((await (await byAda('/api/auth/me')).json()) as { datasets_count: number }).datasets_count

describe('POST /api/datasets/upload', () => {
  it('answers the page’s example with 201, and the same again by its id', async () => {
    const response = await upload(csv(SALES))
    const body = (await response.json()) as Dataset
    expect([response.status, body]).toEqual([
      201,
      {
        _id: expect.stringMatching(OBJECT_ID),
        user_id: ada.account.id,
        name: 'sales_data.csv',
        file_name: 'sales_data.csv',
        row_count: 2,
        column_count: 4,
        file_size: SALES.length,
        encoding: 'utf-8',
        delimiter: ',',
        short_rows: 0,
        columns: [
          { name: 'date', type: 'text', unit: null, left_out: 0 },
          { name: 'product', type: 'text', unit: null, left_out: 0 },
          { name: 'sales', type: 'integer', unit: null, left_out: 0 },
          { name: 'region', type: 'text', unit: null, left_out: 0 },
        ],
        status: 'ready',
        preview_data: {
          headers: ['date', 'product', 'sales', 'region'],
          rows: [
            ['2025-01-01', 'Product A', '1000', 'North'],
            ['2025-01-02', 'Product B', '1500', 'South'],
          ],
        },
        uploaded_at: expect.stringMatching(TIME),
      },
    ])
    expect(await read(await byAda(`/api/datasets/${body._id}`))).toEqual([200, body])
    expect(await (await env.FILES.get(datasetKey(body._id)))?.text()).toBe(SALES)
  })

  it('shows five rows of many', async () => {
    const rows = Array.from({ length: 12 }, (_, index) => [`${index}`, `"${index}, ${index}"`])
    const file = csv(`a,b\n${rows.map((row) => row.join(',')).join('\n')}`)
    expect(await (await upload(file)).json()).toMatchObject({
      row_count: 12,
      preview_data: {
        headers: ['a', 'b'],
        rows: [
          ['0', '0, 0'],
          ['1', '1, 1'],
          ['2', '2, 2'],
          ['3', '3, 3'],
          ['4', '4, 4'],
        ],
      },
    })
  })

  it('keeps a file of several parts whole', async () => {
    const content = `a,b\n${LINE.repeat(Math.ceil((PART_BYTES * 1.5) / LINE.length))}`
    const { _id: id, ...rest } = await uploaded(csv(content))
    expect(rest).toMatchObject({ file_size: content.length, row_count: (content.length / LINE.length) | 0 })
    const kept = await (await env.FILES.get(datasetKey(id)))?.text()
    expect(kept === content).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['a header alone', 'a,b\n'],
  ])('refuses a file with %s as empty', async (_case, content) => {
    expect(await read(await upload(csv(content)))).toEqual([400, { detail: 'Dataset file is empty' }])
  })

  it('leaves nothing of a file that it refuses', async () => {
    const [files, datasets] = [await keptFiles(), await countOf()]
    expect((await upload(csv(`a,b\n${LINE.repeat(PART_BYTES / LINE.length + 1)}3\n`))).status).toBe(400)
    expect([await keptFiles(), await countOf()]).toEqual([files, datasets])
  })

  it.each([
    ['no file', undefined, 'file'],
    ['text in place of a file', 'a,b\n1,2\n', 'file'],
    ['a file under another name', csv(SALES), 'upload'],
  ])('answers 422 to %s', async (_case, file, field) => {
    expect(await read(await upload(file, ada.token, field))).toEqual([
      422,
      { detail: [{ loc: ['body', 'file'], msg: 'field required', type: 'value_error.missing' }] },
    ])
  })

  it.each([
    ['JSON', 'application/json'],
    ['a form without files', 'application/x-www-form-urlencoded'],
    ['a form without its boundary', 'multipart/form-data'],
  ])('answers 415 to %s', async (_case, type) => {
    expect((await rawForm(head + SALES + tail, { 'content-type': type })).status).toBe(415)
  })

  it.each([
    ['ends in the middle of the file', head + SALES],
    ['ends in the middle of its headers', head.slice(0, 40)],
    ['is no form', 'hello'],
  ])('answers 4xx to a form that %s, and keeps nothing', async (_case, body) => {
    const files = await keptFiles()
    const response = await rawForm(body)
    expect([400, 422]).toContain(response.status)
    expect(await response.json()).toHaveProperty('detail')
    expect(await keptFiles()).toBe(files)
  })

  it('keeps nothing when the client leaves in the middle', async () => {
    const [files, datasets] = [await keptFiles(), await countOf()]
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1
        if (sent === 1) controller.enqueue(new TextEncoder().encode(`${head}a,b\n`))
        else if (sent < 20) controller.enqueue(new TextEncoder().encode(LINE.repeat(500)))
        else controller.error(new Error('the client is gone'))
      },
    })
    await rawForm(body).catch(() => {})
    await expect.poll(keptFiles).toBe(files)
    expect(await countOf()).toBe(datasets)
  })

  it('answers 413 to a form that says that it is too large', async () => {
    const length = String(MAX_UPLOAD_BYTES + MAX_FORM_OVERHEAD_BYTES + 1)
    const response = await rawForm(head + SALES + tail, { 'content-length': length })
    expect(response.status).toBe(413)
  })

  it.each([
    ['/data/a/../sales.csv', 'sales.csv'],
    ['C:\\data\\sales.csv', 'sales.csv'],
    ['sa\u0007les.csv', 'sales.csv'],
    [`${'x'.repeat(MAX_NAME_LENGTH - 4)}.csv`, `${'x'.repeat(MAX_NAME_LENGTH - 4)}.csv`],
    [`${'x'.repeat(MAX_NAME_LENGTH)}.csv`, 'x'.repeat(MAX_NAME_LENGTH)],
  ])('calls a file named %j %j', async (name, kept) => {
    expect(await uploaded(csv(SALES, name))).toMatchObject({ name: kept, file_name: kept })
  })

  it('is refused with an Idempotency-Key, which is named', async () => {
    const refused = await rawForm(head + SALES + tail, { 'idempotency-key': 'the same upload' })
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { detail: 'An upload takes no Idempotency-Key: send it without the header.' },
    ])
  })

  it('takes headers and values that look like SQL for what they are', async () => {
    const hostile = '"id""; DROP TABLE cells; --",a\') UNION SELECT 1\n\'; DELETE FROM datasets; --,1\n'
    const { _id: id } = await uploaded(csv(hostile))
    expect(await (await byAda(`/api/datasets/${id}`)).json()).toMatchObject({
      preview_data: {
        headers: ['id"; DROP TABLE cells; --', "a') UNION SELECT 1"],
        rows: [["'; DELETE FROM datasets; --", '1']],
      },
    })
  })

  it.each([
    ['no token', () => ''],
    ['an expired one', () => expiredToken(ada.account.id)],
  ])('answers 401 with %s', async (_case, token) => {
    expect((await upload(csv(SALES), await token())).status).toBe(401)
  })
})

describe('GET /api/datasets', () => {
  it('lists the account’s own, the newest first, in pages', async () => {
    const { account, token } = await newAccount()
    const ids: string[] = []
    for (const name of ['a.csv', 'b.csv', 'c.csv']) ids.unshift((await uploaded(csv(SALES, name), token))._id)
    const page = async (query: string) =>
      ((await (await call(`/api/datasets${query}`, { token })).json()) as Dataset[]).map(({ _id }) => _id)
    expect(await page('')).toHaveLength(3)
    expect(new Set(await page(''))).toEqual(new Set(ids))
    expect([...(await page('?limit=2')), ...(await page('?limit=2&offset=2'))]).toEqual(await page(''))
    expect(account.id).toMatch(OBJECT_ID)
  })

  it.each([
    ['limit=0', 'limit'],
    [`limit=${MAX_PAGE_LENGTH + 1}`, 'limit'],
    ['limit=x', 'limit'],
    ['offset=-1', 'offset'],
  ])('answers 422 to ?%s', async (query, field) => {
    const [status, body] = await read(await byAda(`/api/datasets?${query}`))
    expect([status, body]).toMatchObject([422, { detail: [{ loc: ['query', field] }] }])
  })
})

describe('a dataset', () => {
  it('is deleted with its file, and counted no more', async () => {
    const before = await countOf()
    const { _id: id } = await uploaded(csv(SALES))
    expect(await countOf()).toBe(before + 1)
    const response = await byAda(`/api/datasets/${id}`, { method: 'DELETE' })
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect(await countOf()).toBe(before)
    expect(await env.FILES.head(datasetKey(id))).toBeNull()
    expect((await byAda(`/api/datasets/${id}`)).status).toBe(404)
    expect((await byAda(`/api/datasets/${id}`, { method: 'DELETE' })).status).toBe(404)
  })

  it.each(['GET', 'DELETE'])('of another account does not exist: %s', async (method) => {
    const { _id: id } = await uploaded(csv(SALES))
    for (const wanted of [id, NOBODY]) {
      const response = await byEve(`/api/datasets/${wanted}`, { method })
      expect(await read(response)).toEqual([404, { detail: 'Dataset not found' }])
    }
    expect((await byAda(`/api/datasets/${id}`)).status).toBe(200)
  })

  it('has an id of 24 hexadecimal digits, or it is answered with 422', async () => {
    for (const method of ['GET', 'DELETE']) {
      const [status, body] = await read(await byAda('/api/datasets/nope', { method }))
      expect([status, body]).toMatchObject([422, { detail: [{ loc: ['path', 'dataset_id'] }] }])
    }
  })

  it('can be named by a record of a model, when it is the account’s own', async () => {
    const { _id: id } = await uploaded(csv(SALES))
    const model = { name: 'm', base_model: 'b', version: '1', dataset_id: id }
    expect((await byAda('/api/models', { body: model })).status).toBe(201)
    expect(await read(await byEve('/api/models', { body: model }))).toEqual([
      404,
      { detail: 'Dataset not found' },
    ])
  })
})
