import { env } from 'cloudflare:workers'
import { parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { ID_RANDOM_BYTES, makeId } from '../../../../../shared/ids.ts'
import { createLogger } from '../../../../../shared/log.ts'
import { createDb } from '../../../../../worker/db/client.ts'
import type { ExportFormat } from '../../../../../worker/db/tables/search-datasets.ts'
import { createDisposal } from '../../../../../worker/services/files/disposal.ts'
import { createQuota } from '../../../../../worker/services/files/quota.ts'
import type { LibraryStub } from '../../../../../worker/services/library/library.ts'
import { MAX_STRETCH_CHARACTERS } from '../../../../../worker/services/library/library-limits.ts'
import type { DatasetRow } from '../../../../../worker/services/search-datasets/exports/dataset-row.ts'
import { LEASE_MS } from '../../../../../worker/services/search-datasets/making/dataset-lease.ts'
import {
  createDatasetMaker,
  type DatasetMakerOptions,
  MAX_TRIES,
  TOKENS_WAIT_LIMIT_MS,
} from '../../../../../worker/services/search-datasets/making/dataset-maker.ts'
import { createDatasetPieces } from '../../../../../worker/services/search-datasets/making/dataset-pieces.ts'
import {
  createSearchDatasets,
  MAX_DATASETS,
} from '../../../../../worker/services/search-datasets/search-datasets.ts'
import { createWebhookEvents } from '../../../../../worker/services/webhooks/events.ts'
import { createWorkspace } from '../../../../../worker/services/workspace/workspace.ts'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { newDocument, passagesOf, shelf } from '../../../durable/library/shelf.ts'
import { objectsUnder } from '../../../file-client.ts'

const FORMATS = ['jsonl', 'json', 'csv', 'parquet'] as const satisfies ExportFormat[]

/** A maker that does one step at a time, each row a piece of its own, with a node that counts a token for each word. */
async function makerWorld(over: Partial<DatasetMakerOptions> = {}) {
  const { account } = await newAccount()
  const { library, put } = shelf(account.id)
  const db = createDb(env.DB)
  const log = createLogger(() => {})
  const bucket = env.FILES
  const clock = { now: Date.now() }
  const now = () => (clock.now += 1)
  const disposal = createDisposal({ db, bucket })
  const quota = createQuota({ db, limitsOf: async () => ({ bytes: null, files: null }) })
  const workspace = createWorkspace({ db, bucket, disposal, quota })
  const pieces = createDatasetPieces({ db, bucket, quota, disposal, now })
  const common = { db, log, now, library: () => library, ring: async () => {} }
  const maker = createDatasetMaker({
    ...common,
    ...{ bucket, workspace, pieces, sliceMs: 2, pieceBytes: 1 },
    countTokens: async (_account, texts) => texts.map((text) => text.match(/\S+/g)?.length ?? 0),
    webhookEvents: createWebhookEvents({ db, ring: async () => {}, later: () => {}, log }),
    ...over,
  })
  const datasets = createSearchDatasets({ ...common, pieces, later: () => {} })
  const create = async (query: string, formats: readonly ExportFormat[] = FORMATS) =>
    (await datasets.create({ account, name: 'Long', description: null, query, formats })).id
  /** Does its slices one after the other; answers with how many there were. */
  async function finish(id: string): Promise<number> {
    for (let slices = 0; slices < 200; slices += 1) {
      const { status, exporting } = await datasets.get(id)
      if (status === 'failed' || (status === 'completed' && exporting.length === 0)) return slices
      clock.now += 60_000
      await maker.advance(id)
    }
    throw new Error('It does not end.')
  }
  const file = async (id: string, format: ExportFormat): Promise<ArrayBuffer> => {
    const { exports } = await datasets.get(id)
    const path = exports.find((one) => one.format === format)?.path.slice(1) ?? ''
    const { body } = await workspace.read(account.id, path, () => ({}))
    return await new Response(body).arrayBuffer()
  }
  const text = async (id: string, format: ExportFormat) => new TextDecoder().decode(await file(id, format))
  const rows = async (id: string): Promise<DatasetRow[]> =>
    (await text(id, 'jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  const piecesOf = async (id: string) =>
    (await env.DB.prepare('SELECT id, format FROM search_dataset_pieces WHERE dataset_id = ?').bind(id).all())
      .results
  const stored = async () => (await quota.usage(account.id)).bytes
  return { account, library, put, datasets, maker, clock, create, finish, file, text, rows, piecesOf, stored }
}

const LONG = Array.from({ length: 40_000 }, (_, index) => `word${index}`).join(' ')

describe('a dataset that takes many slices', () => {
  it('has all rows of a long document and the same ones in each format, and leaves no pieces of exports', async () => {
    const { put, create, finish, text, file, rows, piecesOf, datasets } = await makerWorld()
    await put('The first harbour.')
    await put(`A long harbour. ${LONG}`)
    await put('The last harbour.')
    const id = await create('harbour')
    // It is found, has a row in each slice, and three formats piece by piece.
    expect(await finish(id)).toBeGreaterThan(1 + 4 + 3 * 4)
    const made = await rows(id)
    expect(made.map(({ part, parts }) => `${part}/${parts}`)).toEqual(['1/1', '1/2', '2/2', '1/1'])
    const whole = made.filter(({ parts }) => parts === 2)
    expect(whole.map((row) => row.text).join('')).toMatch(/^A long harbour\. word0\s[\s\S]*word39999$/)
    expect(new Set(whole.map(({ quality }) => quality)).size).toBe(1)
    expect(JSON.parse(await text(id, 'json'))).toEqual(made)
    expect((await text(id, 'csv')).split('\r\n')).toHaveLength(1 + made.length + 1)
    const parquet = await parquetReadObjects({ file: await file(id, 'parquet') })
    expect(parquet.map((row) => row.text)).toEqual(made.map((row) => row.text))
    expect(await datasets.get(id)).toMatchObject({
      status: 'completed',
      documentCount: 3,
      rowCount: 4,
      totalTokens: made.reduce((sum, { tokens }) => sum + tokens, 0),
    })
    const pieces = await piecesOf(id)
    expect(pieces.map(({ format }) => format)).toEqual(Array(4).fill(null))
    const kept = await objectsUnder('dataset-rows/')
    expect(kept).toEqual(expect.arrayContaining(pieces.map((piece) => `dataset-rows/${piece.id}`)))
  })

  it.each(['harbour', 'harbour OR NOT pike'])(
    'has the documents in the order in which they were added, also those of one second, for %s',
    async (query) => {
      const { put, create, finish, rows } = await makerWorld()
      const now = Date.now()
      const texts = Array.from({ length: 5 }, (_, index) => `Harbour number ${index}.`)
      for (const [index, text] of texts.entries()) {
        // Ids of one second sort by what is random in them, which here goes down.
        await put(text, { id: makeId(now, new Uint8Array(ID_RANDOM_BYTES).fill(9 - index)) })
      }
      const id = await create(query, ['jsonl'])
      await finish(id)
      expect((await rows(id)).map((row) => row.text)).toEqual(texts)
    },
  )

  it('of a document that no single call could carry is made of stretches of it', async () => {
    const text = 'A sentence of a very long book.\n'.repeat(150_000)
    let longest = 0
    const base = await makerWorld()
    await base.put('book')
    const library = {
      ...base.library,
      unsettled: base.library.unsettled,
      waitSettled: base.library.waitSettled,
      documentsWith: base.library.documentsWith,
      list: base.library.list,
      inOrder: base.library.inOrder,
      get: base.library.get,
      documentText: async (_id: string, { from, characters }: { from: number; characters: number }) => {
        longest = Math.max(longest, characters)
        return text.slice(from, from + characters)
      },
    } satisfies Partial<LibraryStub>
    const { datasets, create, finish } = await makerWorld({ library: () => library, pieceBytes: 1_000_000 })
    const id = await create('book', ['jsonl'])
    await finish(id)
    expect(longest).toBeLessThanOrEqual(MAX_STRETCH_CHARACTERS)
    const { characters, rowCount, status } = await datasets.get(id)
    expect([status, characters]).toEqual(['completed', text.length])
    expect(rowCount).toBeGreaterThan(18)
  })

  it('whose document is deleted in the middle of its rows fails with the reason, and keeps nothing of them', async () => {
    const { library, put, create, maker, clock, datasets, finish, piecesOf, stored } = await makerWorld()
    const documentId = await put(LONG)
    const id = await create('word7')
    while ((await datasets.get(id)).rowCount === 0) {
      clock.now += 60_000
      await maker.advance(id)
    }
    await library.remove(documentId)
    await finish(id)
    expect(await datasets.get(id)).toMatchObject({
      status: 'failed',
      error: 'A document was deleted while its rows were written: make the dataset again.',
    })
    expect(await piecesOf(id)).toEqual([])
    expect(await stored()).toBe(0)
  })

  it('whose makers are cut off in the same step again and again fails with the reason, and keeps nothing', async () => {
    const over = Promise.withResolvers<void>()
    const cutOff: Promise<void>[] = []
    let silent = 0
    const { put, create, maker, clock, datasets, finish, piecesOf, stored } = await makerWorld({
      countTokens: async (_account, texts) => {
        // An isolate that is ended says no word more.
        if (!texts[0]?.includes('first')) {
          silent += 1
          await over.promise
        }
        return texts.map(() => 1)
      },
    })
    await put('The first harbour.')
    await put('The second harbour.')
    const id = await create('harbour')
    while ((await datasets.get(id)).rowCount === 0) {
      clock.now += 60_000
      await maker.advance(id)
    }
    for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
      clock.now += LEASE_MS
      cutOff.push(maker.advance(id))
      await expect.poll(() => silent).toBe(attempt)
    }
    clock.now += LEASE_MS
    await finish(id)
    expect(await datasets.get(id)).toMatchObject({
      status: 'failed',
      error: 'It was begun with 3 times and stood still each time.',
    })
    expect(await piecesOf(id)).toEqual([])
    expect(await stored()).toBe(0)
    over.resolve()
    await Promise.all(cutOff)
    expect(await datasets.get(id)).toMatchObject({ status: 'failed' })
    expect(await stored()).toBe(0)
  })

  it('waits for what was uploaded before it, says so, and looks for nothing until all of it is read', async () => {
    const { library, put, create, maker, clock, datasets, finish, rows } = await makerWorld()
    await put('The first harbour.')
    const { document } = await library.add(newDocument({ name: 'slow.pdf' }))
    const id = await create('harbour', ['jsonl'])
    clock.now += 60_000
    await maker.advance(id)
    expect(await datasets.get(id)).toMatchObject({
      ...{ status: 'processing', rowCount: 0 },
      waitingFor: 'Documents that are still being read: 1.',
    })
    // What comes later is not waited for.
    await library.add(newDocument({ name: 'later.pdf' }))
    const passages = passagesOf('The second harbour.')
    await library.index(document.id, document.attempt, { passages, isLast: true })
    await finish(id)
    expect(await datasets.get(id)).toMatchObject({ status: 'completed', waitingFor: null })
    expect((await rows(id)).map(({ text }) => text)).toEqual(['The first harbour.', 'The second harbour.'])
  })

  it('waits for a node that counts its tokens, says so, and after an hour fails with the reason', async () => {
    const { put, create, maker, clock, datasets, finish, piecesOf } = await makerWorld({
      countTokens: async () => undefined,
    })
    await put('The only harbour.')
    const id = await create('harbour')
    const reason = 'No node serves the default model, whose tokenizer counts the tokens.'
    while ((await datasets.get(id)).waitingFor === null) {
      clock.now += 5_000
      await maker.advance(id)
    }
    const { startedAt, ...waiting } = await datasets.get(id)
    expect(waiting).toMatchObject({ status: 'processing', waitingFor: reason })
    clock.now = (startedAt ?? 0) + TOKENS_WAIT_LIMIT_MS - 1_000
    await maker.advance(id)
    expect(await datasets.get(id)).toMatchObject({ status: 'processing' })
    await finish(id)
    expect(await datasets.get(id)).toMatchObject({ status: 'failed', error: reason, waitingFor: null })
    expect(await piecesOf(id)).toEqual([])
  })

  it('is one of at most so many of an account', async () => {
    const { account, create, datasets } = await makerWorld()
    await env.DB.prepare(
      `INSERT INTO search_datasets (id, account_id, created_by, name, query, status, waits_for, exporting, exports, created_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       SELECT ? || i, ?, 'ada', 'Old', 'a', 'completed', '[]', '[]', '[]', 0 FROM n`,
    )
      .bind(MAX_DATASETS - 1, crypto.randomUUID(), account.id)
      .run()
    const last = await create('harbour')
    await expect(create('harbour')).rejects.toMatchObject({ code: 'limit_exceeded' })
    await datasets.remove(last, { accountId: account.id, isAdmin: false })
    await create('harbour')
  })

  it('stands still while its account is not active, and goes on when it is again', async () => {
    const { account, put, create, maker, datasets, finish, clock } = await makerWorld()
    const activate = (active: number) =>
      env.DB.prepare('UPDATE accounts SET active = ? WHERE id = ?').bind(active, account.id).run()
    await put('The only harbour.')
    const id = await create('harbour')
    await activate(0)
    clock.now += 60_000
    await maker.advance(id)
    expect(await datasets.get(id)).toMatchObject({ status: 'pending', startedAt: null })
    await activate(1)
    await finish(id)
    expect(await datasets.get(id)).toMatchObject({ status: 'completed', documentCount: 1 })
  })

  it('is deleted in the middle of its making with all its rows, by its creator or an administrator alone', async () => {
    const world = await makerWorld()
    await world.put('The first harbour.')
    await world.put('The second harbour.')
    const id = await world.create('harbour')
    while ((await world.piecesOf(id)).length === 0) {
      world.clock.now += 60_000
      await world.maker.advance(id)
    }
    const other = { accountId: 'another', isAdmin: false }
    await expect(world.datasets.remove(id, other)).rejects.toMatchObject({ code: 'forbidden' })
    expect(await world.piecesOf(id)).not.toEqual([])
    await world.datasets.remove(id, { ...other, isAdmin: true })
    expect(await world.piecesOf(id)).toEqual([])
    expect(
      (await env.DB.prepare('SELECT actor_id, action FROM audit_log WHERE target = ?').bind(id).all())
        .results,
    ).toEqual([{ actor_id: 'another', action: 'search_dataset.delete' }])
    await expect(world.datasets.get(id)).rejects.toMatchObject({ code: 'not_found' })
    // Whoever was at it finds it gone.
    await world.maker.advance(id)
    expect(await world.piecesOf(id)).toEqual([])
  })

  it('keeps nothing of a slice whose lease another one has taken meanwhile', async () => {
    const world = await makerWorld({
      countTokens: async (_account, texts) => {
        await env.DB.prepare(`UPDATE search_datasets SET lease_id = 'another' WHERE account_id = ?`)
          .bind(world.account.id)
          .run()
        return texts.map(() => 1)
      },
    })
    await world.put('The only harbour.')
    const id = await world.create('harbour')
    const before = await objectsUnder('dataset-rows/')
    for (let slices = 0; slices < 4; slices += 1) {
      world.clock.now += 60_000
      await world.maker.advance(id)
    }
    expect(await world.datasets.get(id)).toMatchObject({ rowCount: 0, leaseId: 'another' })
    expect(await world.piecesOf(id)).toEqual([])
    expect(await world.stored()).toBe(0)
    expect(await objectsUnder('dataset-rows/')).toEqual(before)
  })

  it.each(FORMATS)(
    'that is cut off at any write of its %s ends with the same file, and with nothing beside it',
    async (format) => {
      for (let lost = 0; ; lost += 1) {
        let writes = 0
        const bucket = new Proxy(env.FILES, {
          get(target, name: keyof R2Bucket) {
            if (name === 'put')
              return async (...given: Parameters<R2Bucket['put']>) => {
                const put = await target.put(...given)
                writes += 1
                if (writes === lost + 1) throw new Error('The isolate is lost.')
                return put
              }
            const value: unknown = target[name]
            return typeof value === 'function' ? value.bind(target) : value
          },
        })
        const { put, create, finish, rows, datasets, piecesOf } = await makerWorld({ bucket })
        await put('The first harbour.')
        await put('The second harbour.')
        const id = await create('harbour', ['jsonl', format])
        await finish(id)
        expect(await datasets.get(id)).toMatchObject({ status: 'completed', rowCount: 2, exporting: [] })
        const texts = (await rows(id)).map((row) => row.text)
        expect(texts.toSorted()).toEqual(['The first harbour.', 'The second harbour.'])
        expect(await piecesOf(id)).toHaveLength(2)
        if (writes <= lost) break
      }
      const { results } = await env.DB.prepare('SELECT id FROM search_dataset_pieces').all()
      const known = results.map(({ id }) => `dataset-rows/${id}`)
      expect((await objectsUnder('dataset-rows/')).filter((key) => !known.includes(key))).toEqual([])
    },
  )
})
