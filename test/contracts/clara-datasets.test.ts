import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { parquetReadObjects } from 'hyparquet'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { configOf } from '../../worker/env.ts'
import { MAX_UNFINISHED_DATASETS } from '../../worker/services/search-datasets/search-datasets.ts'
import { MAX_DATASETS_PER_PAGE } from '../../worker/surfaces/clara/routes/datasets.ts'
import { createServices } from '../../worker/wiring.ts'
import { eventually } from '../support/eventually.ts'
import { newDocument, passagesOf, shelf } from '../worker/durable/library/shelf.ts'
import { uniqueModel, usage } from '../worker/samples.ts'
import { createWorld } from '../worker/world.ts'
import { contractClient, from, newAccount, read } from './contract-client.ts'

const client = contractClient('clara')
const services = createServices(env, configOf(env))
const model = uniqueModel()

interface Shown {
  dataset_id: string
  created_at: string
  status: string
  error_code: string
  total_tokens: number
  quality_score_avg: number
  export_paths: { jsonl: string; parquet: string; csv: string; json: string }
}

/** A node that counts a token for each word. */
beforeAll(async () => {
  const node = await (await createWorld()).addNode({ models: [model.holding] })
  const count = async (): Promise<void> => {
    for (;;) {
      const { callId, request } = await node.next('embedding.start')
      expect(request.isCount).toBe(true)
      const words = request.input.join('').match(/\S+/g)?.length ?? 0
      node.send({
        type: 'call.end',
        callId,
        finishReason: 'stop',
        usage: usage({ promptTokens: words, completionTokens: 0 }),
      })
    }
  }
  void count()
})

/** A member of the team with documents of its own. */
async function member(roles = ['trainer']) {
  const { account, token } = await newAccount({ roles, plan: 'enterprise' })
  const { put, library } = shelf(account.id)
  const ask = (path = '', call: Parameters<typeof client.call>[1] = {}) =>
    client.call(`/api/datasets${path}`, { token, headers: from(), ...call })
  const create = async (body: object): Promise<Shown> => {
    const response = await ask('', { body: { name: 'Legal', ...body } })
    const shown: Shown = await response.json()
    expect([response.status, shown]).toEqual([201, expect.anything()])
    return shown
  }
  const get = async (id: string): Promise<Shown> => await (await ask(`/${id}`)).json()
  /** A dataset as soon as it is as it should be. */
  const until = (id: string, isSo: (shown: Shown) => boolean): Promise<Shown> =>
    eventually(
      async () => {
        const shown = await get(id)
        if (!isSo(shown)) throw new Error(JSON.stringify(shown))
        return shown
      },
      { intervalMs: 400 },
    )
  const done = (id: string) => until(id, ({ status }) => status === 'completed' || status === 'failed')
  const file = async (path = '') => {
    const response = await SELF.fetch(`http://localhost/v1/workspace${path}`, {
      headers: { authorization: `Bearer ${token}`, ...from() },
    })
    expect(response.status).toBe(200)
    return await response.arrayBuffer()
  }
  return { account, token, put, library, ask, create, get, until, done, file }
}

const textOf = (bytes: ArrayBuffer) => new TextDecoder().decode(bytes)

describe('a dataset', () => {
  it('holds the documents of its query, the same rows in every format, in the words of the page', async () => {
    const ada = await member()
    const text = '# Annual report\nCompliance with the regulation is the rule of this house, and of that one.'
    const { document } = await ada.library.add(newDocument({ name: 'report.txt' }))
    const batch = { passages: passagesOf(text), title: 'Annual report', isLast: true }
    await ada.library.index(document.id, document.attempt, batch)
    const found = document.id
    await ada.put('Compliance alone.', { name: 'other.txt' })
    const second = await ada.put('A regulation.\fAnd compliance, on another page.', { name: 'pages.pdf' })
    const created = await ada.create({
      name: 'Legal Training Dataset',
      description: 'Legal documents for compliance training',
      search_query: 'compliance AND regulation',
      export_formats: ['jsonl', 'parquet', 'csv'],
    })
    const id = expect.stringMatching(/^ds_\d{8}_\d{6}_[0-9a-f]{16}$/)
    expect(created).toEqual({
      success: true,
      dataset_id: id,
      name: 'Legal Training Dataset',
      status: 'pending',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      created_by: ada.account.username,
      message: 'Dataset creation started',
    })
    const { dataset_id: datasetId } = created
    const done = await ada.done(datasetId)
    expect(done).toEqual({
      success: true,
      dataset_id: datasetId,
      name: 'Legal Training Dataset',
      description: 'Legal documents for compliance training',
      status: 'completed',
      created_at: created.created_at,
      created_by: ada.account.username,
      query_text: 'compliance AND regulation',
      document_count: 2,
      total_tokens: expect.any(Number),
      quality_score_avg: expect.any(Number),
      export_paths: {
        jsonl: `/data/exports/${datasetId}.jsonl`,
        parquet: `/data/exports/${datasetId}.parquet`,
        csv: `/data/exports/${datasetId}.csv`,
      },
      metadata: {
        processing_time_seconds: expect.any(Number),
        avg_document_length: expect.any(Number),
        row_count: 2,
        exporting: [],
        waits_for: null,
        note: null,
      },
      error_message: null,
    })
    const rows = textOf(await ada.file(done.export_paths.jsonl))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows.map((row) => row.source_id)).toEqual([found, second])
    expect(rows[0]).toMatchObject({ title: 'Annual report', filename: 'report.txt', part: 1, parts: 1 })
    expect(rows[0].text).toContain('Compliance with the regulation')
    const tokens = rows.map((row) => row.tokens)
    expect(tokens.map((count: number, index) => count === rows[index].text.match(/\S+/g).length)).toEqual([
      true,
      true,
    ])
    expect(done.total_tokens).toBe(tokens[0] + tokens[1])
    expect(done.quality_score_avg).toBeCloseTo((rows[0].quality + rows[1].quality) / 2, 3)
    const parquet = await parquetReadObjects({ file: await ada.file(done.export_paths.parquet) })
    expect(parquet.map(({ text: content }) => content)).toEqual(rows.map((row) => row.text))
    expect(textOf(await ada.file(done.export_paths.csv)).split('\r\n')[0]).toBe(
      Object.keys(rows[0]).join(','),
    )

    const more = await read(await ada.ask(`/${datasetId}/export`, { body: { formats: ['json'] } }))
    expect(more).toEqual([
      200,
      { success: true, dataset_id: datasetId, message: 'Export started', formats: ['json'] },
    ])
    const exported = await ada.until(datasetId, ({ export_paths }) => 'json' in export_paths)
    expect(JSON.parse(textOf(await ada.file(exported.export_paths.json)))).toEqual(rows)
    expect(Object.keys(exported.export_paths)).toHaveLength(4)
  })

  it('sees every upload before it, also one that is still being read, and waits for it', async () => {
    const ada = await member()
    const { document } = await ada.library.add(newDocument({ name: 'slow.pdf' }))
    const { dataset_id: id } = await ada.create({ search_query: 'slow' })
    await ada.until(id, ({ status }) => status === 'processing')
    await ada.library.index(document.id, document.attempt, {
      passages: passagesOf('A slow one.'),
      isLast: true,
    })
    const done = await ada.done(id)
    expect(done).toMatchObject({ status: 'completed', document_count: 1 })
  })

  it('is of its creator’s documents alone, and seen by the whole team', async () => {
    const [ada, bob] = [await member(['analyst']), await member(['viewer'])]
    await ada.put('Something of hers.')
    await bob.put('Something of his.')
    const { dataset_id: id } = await ada.create({ search_query: 'something' })
    await ada.done(id)
    expect(await bob.get(id)).toMatchObject({ document_count: 1, created_by: ada.account.username })
    const [, list] = await read(await bob.ask('?limit=1'))
    expect(list).toEqual({
      success: true,
      total: expect.any(Number),
      datasets: [
        {
          dataset_id: id,
          name: 'Legal',
          status: 'completed',
          document_count: 1,
          created_at: expect.any(String),
          created_by: ada.account.username,
        },
      ],
    })
    const failed = (await (await bob.ask('?status=failed')).json()) as { datasets: unknown[] }
    expect(failed.datasets).toEqual([])
    const refused = await bob.ask('', { body: { name: 'His', search_query: 'something' } })
    expect([refused.status, (await refused.json<Shown>()).error_code]).toEqual([
      403,
      'INSUFFICIENT_PERMISSIONS',
    ])
  })

  it('is deleted by whoever created it, and by an administrator, and its files stay', async () => {
    const [ada, bob, admin] = [await member(), await member(), await member(['admin'])]
    await ada.put('Something of hers.')
    const { dataset_id: id } = await ada.create({ search_query: 'something', export_formats: ['jsonl'] })
    const { export_paths: paths } = await ada.done(id)
    const refused = await bob.ask(`/${id}`, { method: 'DELETE' })
    expect(refused.status).toBe(403)
    expect((await ada.get(id)).status).toBe('completed')

    const deleted = await ada.ask(`/${id}`, { method: 'DELETE' })
    expect(await read(deleted)).toEqual([200, { success: true, dataset_id: id, message: 'Dataset deleted' }])
    expect((await ada.ask(`/${id}`)).status).toBe(404)
    expect((await ada.ask(`/${id}`, { method: 'DELETE' })).status).toBe(404)
    expect(textOf(await ada.file(paths.jsonl))).toContain('Something of hers.')

    const { dataset_id: second } = await ada.create({ search_query: 'something' })
    expect((await admin.ask(`/${second}`, { method: 'DELETE' })).status).toBe(200)
    expect((await ada.ask(`/${second}`)).status).toBe(404)
  })

  it('of a query that nothing fits is completed, and says so', async () => {
    const ada = await member()
    const { dataset_id: id } = await ada.create({ search_query: 'nothing', export_formats: ['json'] })
    const done = await ada.done(id)
    expect(done).toMatchObject({
      status: 'completed',
      document_count: 0,
      quality_score_avg: null,
      metadata: { note: 'No document of yours matches the query.' },
    })
    expect(textOf(await ada.file(done.export_paths.json))).toBe('[]\n')
  })

  it('tells the webhooks of its account', async () => {
    const ada = await member()
    const url = 'https://hooks.example.com/datasets'
    const sent = vi.spyOn(globalThis, 'fetch').mockImplementation(async (asked) => {
      const isLookUp = String(asked instanceof Request ? asked.url : asked).includes('dns-query')
      return isLookUp
        ? Response.json({ Status: 0, Answer: [{ type: 1, data: '8.8.8.8' }] })
        : new Response('ok')
    })
    await services.webhooks.create(ada.account.id, { url, events: ['dataset.completed'] })
    const { dataset_id: id } = await ada.create({ search_query: 'nothing' })
    await eventually(() => {
      const call = sent.mock.calls.find(([asked]) => String(asked) === url)
      expect(JSON.parse(String(call?.[1]?.body))).toMatchObject({
        event: 'dataset.completed',
        data: { id, name: 'Legal', document_count: 0, user_id: ada.account.username },
      })
    })
    sent.mockRestore()
  })
})

describe('a mistake', () => {
  it('in the query is told with its place', async () => {
    const ada = await member()
    const answer = await read(await ada.ask('', { body: { name: 'x', search_query: 'a AND (b' } }))
    expect(answer).toEqual([
      400,
      {
        success: false,
        message: "Invalid search_query at position 9: expected a ')' for the '(' at position 7.",
        error_code: 'VALIDATION_ERROR',
        details: { field: 'search_query', position: 9, expected: "a ')' for the '(' at position 7" },
      },
    ])
  })

  it.each([
    [{}, 'name'],
    [{ name: 'x' }, 'search_query'],
    [{ name: 'x'.repeat(101), search_query: 'a' }, 'name'],
    [{ name: 'x', search_query: 'a', description: 'x'.repeat(501) }, 'description'],
    [{ name: 'x', search_query: 'a', export_formats: [] }, 'export_formats'],
    [{ name: 'x', search_query: 'a', export_formats: ['xml'] }, 'export_formats'],
    [{ name: 'x', search_query: 'a', export_formats: ['csv', 'csv'] }, 'export_formats'],
  ])('in the fields of %j is a 422 that names %s', async (body, field) => {
    const [status, answer] = await read(await (await member()).ask('', { body }))
    expect([status, answer]).toEqual([
      422,
      { detail: expect.arrayContaining([expect.objectContaining({ loc: expect.arrayContaining([field]) })]) },
    ])
  })

  it('in a page of the list is a 422; the longest page is one', async () => {
    const ada = await member()
    for (const query of [
      'limit=0',
      `limit=${MAX_DATASETS_PER_PAGE + 1}`,
      'offset=-1',
      'offset=x',
      'status=made',
    ])
      expect((await ada.ask(`?${query}`)).status, query).toBe(422)
    const longest = await ada.ask(`?limit=${MAX_DATASETS_PER_PAGE}&offset=1000000`)
    expect(await longest.json()).toMatchObject({ success: true, datasets: [] })
  })

  it('in the id is a 404, and an export of what is not completed a 400, in the codes of the page', async () => {
    const ada = await member()
    for (const id of ['ds_20251117_999999_0123456789abcdef', 'nonsense']) {
      const missing = await read(await ada.ask(`/${id}`))
      expect(missing).toEqual([
        404,
        {
          success: false,
          message: `Dataset not found: ${id}`,
          error_code: 'DATASET_NOT_FOUND',
          details: { dataset_id: id },
        },
      ])
    }
    await ada.library.add(newDocument())
    const { dataset_id: id } = await ada.create({ search_query: 'a' })
    const [status, refused] = await read(await ada.ask(`/${id}/export`, { body: { formats: ['csv'] } }))
    expect([status, refused]).toEqual([400, expect.objectContaining({ error_code: 'INVALID_STATUS' })])
  })

  it('is to make more datasets at a time than may be', async () => {
    const ada = await member()
    await ada.library.add(newDocument())
    for (let count = 0; count < MAX_UNFINISHED_DATASETS; count += 1) await ada.create({ search_query: 'a' })
    const refused = await ada.ask('', { body: { name: 'x', search_query: 'a' } })
    expect(refused.status).toBe(429)
  })
})
