import { runInDurableObject, SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { configOf } from '../../../../../worker/env.ts'
import {
  BATCH_LIFETIME_MS,
  MAX_BATCHES,
} from '../../../../../worker/services/documents/stores/file-batches.ts'
import { MAX_SET_FILES } from '../../../../../worker/services/library/library-limits.ts'
import { createStubs } from '../../../../../worker/services/stubs.ts'
import {
  MAX_BATCH_FILES,
  MAX_CONDITIONS,
  MAX_DAYS,
  MAX_FILTER_DEPTH,
  MAX_FIRST_FILES,
  MAX_KEY_LENGTH,
  MAX_LISTED_VALUES,
  MAX_NAME_LENGTH,
  MAX_PAGE,
  MAX_PAIRS,
  MAX_QUERIES,
  MAX_QUERY_LENGTH,
  MAX_RESULTS,
  MAX_VALUE_LENGTH,
  STORE_PREFIX,
} from '../../../../../worker/surfaces/openai/schemas/vector-store.ts'
import { createServices } from '../../../../../worker/wiring.ts'
import { newAccount, requestInit } from '../../../../contracts/contract-client.ts'
import { errorOf } from '../../../file-client.ts'

const services = createServices(env, configOf(env))
let token: string
beforeAll(async () => {
  token = (await newAccount({ roles: ['admin'] })).token
})

const ROOT = '/v1/vector_stores'
const call = (path: string, body?: unknown, { as = token, method = '' } = {}) =>
  SELF.fetch(`http://localhost${path}`, requestInit({ token: as, body, ...(method && { method }) }))

async function newStore(as = token): Promise<string> {
  return ((await (await call(ROOT, {}, { as })).json()) as { id: string }).id
}

async function newFile(text: string, as = token): Promise<string> {
  const form = new FormData()
  form.append('purpose', 'assistants')
  form.append('file', new File([text], 'a.txt'))
  const headers = { authorization: `Bearer ${as}` }
  const response = await SELF.fetch('http://localhost/v1/files', { method: 'POST', headers, body: form })
  return ((await response.json()) as { id: string }).id
}

const pairs = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']))
const files = (count: number) =>
  Array.from({ length: count }, (_, index) => `file-${String(index).padStart(24, '0')}`)
const compared = { type: 'eq', key: 'k', value: 1 }
const nested = (depth: number): object =>
  depth === 1 ? compared : { type: 'and', filters: [nested(depth - 1)] }

describe('limits of vector stores', () => {
  it.each<[string, object, object]>([
    ['name', { name: 'x'.repeat(MAX_NAME_LENGTH) }, { name: 'x'.repeat(MAX_NAME_LENGTH + 1) }],
    ['metadata', { metadata: pairs(MAX_PAIRS) }, { metadata: pairs(MAX_PAIRS + 1) }],
    [
      'metadata',
      { metadata: { ['k'.repeat(MAX_KEY_LENGTH)]: 'v'.repeat(MAX_VALUE_LENGTH) } },
      { metadata: { k: 'v'.repeat(MAX_VALUE_LENGTH + 1) } },
    ],
    [
      'expires_after',
      { expires_after: { anchor: 'last_active_at', days: MAX_DAYS } },
      { expires_after: { anchor: 'last_active_at', days: MAX_DAYS + 1 } },
    ],
  ])('of %s', async (field, at, past) => {
    expect((await call(ROOT, at)).status).toBe(200)
    expect(await errorOf(await call(ROOT, past))).toMatchObject({
      status: 400,
      param: expect.stringContaining(field),
    })
  })

  it('of files that come with a store or in a batch: unknown ones are not found, too many not looked for', async () => {
    expect((await call(ROOT, { file_ids: files(MAX_FIRST_FILES) })).status).toBe(404)
    expect((await call(ROOT, { file_ids: files(MAX_FIRST_FILES + 1) })).status).toBe(400)
    const batches = `${ROOT}/${await newStore()}/file_batches`
    expect((await call(batches, { file_ids: files(MAX_BATCH_FILES) })).status).toBe(404)
    expect((await call(batches, { file_ids: files(MAX_BATCH_FILES + 1) })).status).toBe(400)
    expect((await call(batches, {})).status).toBe(400)
    expect((await call(batches, { file_ids: files(1), files: [{ file_id: 'file-x' }] })).status).toBe(400)
  })

  it.each<[string, object, object]>([
    ['query', { query: 'x'.repeat(MAX_QUERY_LENGTH) }, { query: 'x'.repeat(MAX_QUERY_LENGTH + 1) }],
    ['query', { query: Array(MAX_QUERIES).fill('x') }, { query: Array(MAX_QUERIES + 1).fill('x') }],
    [
      'max_num_results',
      { query: 'x', max_num_results: MAX_RESULTS },
      { query: 'x', max_num_results: MAX_RESULTS + 1 },
    ],
    [
      'ranking_options',
      { query: 'x', ranking_options: { ranker: 'auto', score_threshold: 1 } },
      { query: 'x', ranking_options: { score_threshold: 1.1 } },
    ],
    ['rewrite_query', { query: 'x', rewrite_query: false }, { query: 'x', rewrite_query: true }],
    [
      'filters',
      { query: 'x', filters: nested(MAX_FILTER_DEPTH) },
      { query: 'x', filters: nested(MAX_FILTER_DEPTH + 1) },
    ],
    [
      'filters',
      { query: 'x', filters: { type: 'or', filters: Array(MAX_CONDITIONS).fill(compared) } },
      {
        query: 'x',
        filters: {
          type: 'or',
          filters: [nested(2), ...Array(MAX_CONDITIONS).fill(compared)].slice(0, MAX_CONDITIONS + 1),
        },
      },
    ],
    [
      'filters',
      { query: 'x', filters: { type: 'in', key: 'k', value: Array(MAX_LISTED_VALUES).fill(1) } },
      { query: 'x', filters: { type: 'in', key: 'k', value: Array(MAX_LISTED_VALUES + 1).fill(1) } },
    ],
  ])('of a search’s %s', async (field, at, past) => {
    const path = `${ROOT}/${await newStore()}/search`
    expect((await call(path, at)).status).toBe(200)
    expect(await errorOf(await call(path, past))).toMatchObject({
      status: 400,
      param: expect.stringContaining(field),
    })
  })

  it('of a page', async () => {
    expect((await call(`${ROOT}?limit=${MAX_PAGE}`)).status).toBe(200)
    expect((await call(`${ROOT}?limit=${MAX_PAGE + 1}`)).status).toBe(400)
  })

  it('of attributes and passages: no other size than ours is taken', async () => {
    const [store, file] = [await newStore(), await newFile('Words of a file.')]
    const path = `${ROOT}/${store}/files`
    expect((await call(path, { file_id: file, attributes: pairs(MAX_PAIRS) })).status).toBe(200)
    expect((await call(path, { file_id: file, attributes: pairs(MAX_PAIRS + 1) })).status).toBe(400)
    const chunking_strategy = {
      type: 'static',
      static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 },
    }
    expect(await errorOf(await call(path, { file_id: file, chunking_strategy }))).toMatchObject({
      status: 400,
      message: expect.stringContaining('1,000 characters'),
    })
  })
})

describe('file batches', () => {
  it('are remembered up to their limit, and swept when their time is over', async () => {
    const as = (await newAccount({ roles: ['admin'] })).token
    const { id: accountId } = await services.accounts.authenticate(as)
    const [store, file] = [await newStore(as), await newFile('Words of a batch.', as)]
    const insert = (count: number, createdAt: number) =>
      env.DB.prepare(
        `INSERT INTO vector_store_batches (id, account_id, store_id, file_ids, created_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         SELECT ? || i, ?, 's', '[]', ? FROM n`,
      )
        .bind(count, crypto.randomUUID(), accountId, createdAt)
        .run()
    await insert(MAX_BATCHES - 2, Date.now())
    await insert(1, Date.now() - BATCH_LIFETIME_MS - 1_000)
    const create = () => call(`${ROOT}/${store}/file_batches`, { file_ids: [file] }, { as })
    expect((await create()).status).toBe(200)
    expect(await errorOf(await create())).toMatchObject({
      message: expect.stringContaining('1000 file batches'),
    })
    expect(await services.fileBatches.sweep()).toBe(1)
    expect((await create()).status).toBe(200)
  })
})

describe('a file batch that does not fit into its store', () => {
  it('is refused, and none of its files is in it', async () => {
    const { token: as } = await newAccount({ roles: ['admin'] })
    const { id: accountId } = await services.accounts.authenticate(as)
    const store = await newStore(as)
    const file_ids = [await newFile('The first of two.', as), await newFile('The second of two.', as)]
    // As many files as it would take a day to bring.
    await runInDurableObject(env.LIBRARY.getByName(accountId), (_library, { storage }) => {
      storage.sql.exec(
        `INSERT INTO names (file_id, document, name, tokens, key, added_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         SELECT 'more' || i, (SELECT min(number) FROM documents), 'more.txt', ' more ', 'more', 0 FROM n`,
        MAX_SET_FILES - 1,
      )
      storage.sql.exec(
        `INSERT INTO members (set_number, name, attributes, data, added_at)
         SELECT sets.number, names.number, '{}', '{}', 0 FROM sets, names WHERE names.file_id LIKE 'more%'`,
      )
    })
    const refused = await errorOf(await call(`${ROOT}/${store}/file_batches`, { file_ids }, { as }))
    expect(refused.message).toBe(`A set has at most ${MAX_SET_FILES} files.`)
    for (const file of file_ids)
      expect((await call(`${ROOT}/${store}/files/${file}`, undefined, { as })).status).toBe(404)
    const kept = env.DB.prepare('SELECT id FROM vector_store_batches WHERE account_id = ?').bind(accountId)
    expect((await kept.all()).results).toEqual([])
    const one = await call(`${ROOT}/${store}/file_batches`, { file_ids: file_ids.slice(0, 1) }, { as })
    expect(await one.json()).toMatchObject({ status: 'completed', file_counts: { completed: 1, total: 1 } })
  })
})

describe('a vector store whose time is over', () => {
  it('has the status that openai’s clients know, without files, and takes, finds and changes nothing', async () => {
    const { token: as } = await newAccount({ roles: ['admin'] })
    const { id: accountId } = await services.accounts.authenticate(as)
    const asked = async (path: string, body?: unknown, method = '') =>
      (await call(ROOT + path, body, { as, method })).json()
    const file_id = await newFile('Words of an old store.', as)
    const expires_after = { anchor: 'last_active_at', days: 1 }
    const { id } = (await asked('', { file_ids: [file_id], expires_after })) as { id: string }
    expect(await asked(`/${id}/search`, { query: 'words' })).toMatchObject({ data: [{ file_id }] })
    await createStubs(env)
      .library(accountId)
      .changeSet(id.slice(STORE_PREFIX.length), { expiresAt: Date.now() - 1 })
    const over = { id, status: 'expired', usage_bytes: 0, file_counts: { total: 0 }, expires_after }
    expect(await asked(`/${id}`)).toMatchObject(over)
    expect(await asked('')).toMatchObject({ data: [over] })
    expect(await asked(`/${id}/files`)).toMatchObject({ data: [] })
    for (const [path, body] of [
      ['search', { query: 'words' }],
      ['', { name: 'another' }],
      ['files', { file_id }],
      ['file_batches', { file_ids: [file_id] }],
    ] as const)
      expect(
        await errorOf(await call(`${ROOT}/${id}/${path}`.replace(/\/$/, ''), body, { as })),
      ).toMatchObject({
        ...{ status: 400, param: 'vector_store_id' },
        message: expect.stringContaining('expired'),
      })
    const kept = env.DB.prepare('SELECT id FROM vector_store_batches WHERE account_id = ?').bind(accountId)
    expect((await kept.all()).results).toHaveLength(1) // that with which the store was made
    expect(await asked(`/${id}`, undefined, 'DELETE')).toMatchObject({ deleted: true })
    expect((await call(`/v1/files/${file_id}`, undefined, { as })).status).toBe(200)
  })
})

describe('a vector store that ends some days after its last use', () => {
  it('lives on by a search, and by a file that is put in', async () => {
    const { token: as } = await newAccount({ roles: ['admin'] })
    const { id: accountId } = await services.accounts.authenticate(as)
    const file_id = await newFile('Words of a used store.', as)
    const expires_after = { anchor: 'last_active_at', days: 2 }
    const { id } = (await (await call(ROOT, { expires_after }, { as })).json()) as { id: string }
    const shelf = createStubs(env).library(accountId)
    for (const [path, body] of [
      ['search', { query: 'words' }],
      ['files', { file_id }],
    ] as const) {
      await shelf.changeSet(id.slice(STORE_PREFIX.length), { expiresAt: Date.now() + 60_000 })
      expect((await call(`${ROOT}/${id}/${path}`, body, { as })).status).toBe(200)
      const store = (await (await call(`${ROOT}/${id}`, undefined, { as })).json()) as {
        expires_at: number
        last_active_at: number
      }
      expect(store.expires_at - store.last_active_at).toBeCloseTo(2 * 86_400, -1)
    }
  })

  it('answers a search with what scores at least as much as is asked for', async () => {
    const { token: as } = await newAccount({ roles: ['admin'] })
    const file_ids = [
      await newFile('A heron, and a heron.', as),
      await newFile('A heron and many other birds.', as),
    ]
    const { id } = (await (await call(ROOT, { file_ids }, { as })).json()) as { id: string }
    const found = async (score_threshold: number) => {
      const body = { query: 'heron', ranking_options: { score_threshold } }
      const { data } = (await (await call(`${ROOT}/${id}/search`, body, { as })).json()) as {
        data: { file_id: string }[]
      }
      return data.map((one) => one.file_id)
    }
    expect(await found(0)).toEqual(file_ids)
    expect(await found(1)).toEqual(file_ids.slice(0, 1))
  })
})

describe('another account’s vector store', () => {
  it('does not exist, nor do its files, whatever is asked', async () => {
    const [store, file] = [await newStore(), await newFile('Secrets of a file.')]
    await call(`${ROOT}/${store}/files`, { file_id: file })
    const batch = await call(`${ROOT}/${store}/file_batches`, { file_ids: [file] })
    const { id: batchId } = (await batch.json()) as { id: string }
    const as = (await newAccount({ roles: ['admin'] })).token
    const own = await newStore(as)
    const asked: [path: string, body?: unknown, method?: string][] = [
      [`${ROOT}/${store}`],
      [`${ROOT}/${store}`, { name: 'x' }],
      [`${ROOT}/${store}`, undefined, 'DELETE'],
      [`${ROOT}/${store}/search`, { query: 'secrets' }],
      [`${ROOT}/${store}/files`],
      [`${ROOT}/${store}/files/${file}`],
      [`${ROOT}/${store}/files/${file}/content`],
      [`${ROOT}/${store}/files/${file}`, undefined, 'DELETE'],
      [`${ROOT}/${store}/file_batches/${batchId}`],
      [`${ROOT}/${store}/file_batches/${batchId}/files`],
      [`${ROOT}/${store}/file_batches/${batchId}/cancel`, {}],
      [`${ROOT}/${own}/files`, { file_id: file }],
      [`${ROOT}/${own}/file_batches`, { file_ids: [file] }],
      [`${ROOT}/${own}/file_batches/${batchId}`],
    ]
    for (const [path, body, method] of asked) {
      const response = await call(path, body, { as, ...(method && { method }) })
      expect([path, response.status]).toEqual([path, 404])
    }
    expect((await call(`${ROOT}/${store}/files/${file}`)).status).toBe(200)
  })
})
