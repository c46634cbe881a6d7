import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { configOf } from '../../../../../worker/env.ts'
import { createStubs } from '../../../../../worker/services/stubs.ts'
import { MAX_LISTED_DOCUMENTS } from '../../../../../worker/surfaces/openai/routes/documents.ts'
import { DOCUMENT_PREFIX } from '../../../../../worker/surfaces/openai/schemas/document.ts'
import { FILE_PREFIX } from '../../../../../worker/surfaces/openai/schemas/file.ts'
import { createServices } from '../../../../../worker/wiring.ts'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { errorOf, fileClient } from '../../../file-client.ts'

const call = await fileClient('documents')
const fileCall = await fileClient('files')
const { accounts } = createServices(env, configOf(env))

let as: string
let shelf: ReturnType<ReturnType<typeof createStubs>['library']>
beforeAll(async () => {
  as = (await newAccount()).token
  shelf = createStubs(env).library((await accounts.authenticate(as)).id)
})

async function upload(content: string, name: string, owner = as): Promise<string> {
  const body = new FormData()
  body.set('purpose', 'user_data')
  body.set('file', new File([content], name))
  const file = (await (await fileCall('', { method: 'POST', body, as: owner })).json()) as { id: string }
  return file.id
}

const idOf = async (fileId: string) => (await shelf.findByFile(fileId.slice(FILE_PREFIX.length)))?.id ?? ''
const get = async (id: string) => (await call(`/${DOCUMENT_PREFIX}${id}`, { as })).json()
const search = async (body: object) => {
  const headers = { 'content-type': 'application/json' }
  return (await call('/search', { method: 'POST', headers, body: JSON.stringify(body), as })).json()
}

describe('a document', () => {
  it('says where it stands, why, how many pages it has, and since when; a search says that it was not searched', async () => {
    const nothing = { documents: 0, names: [], failed: 0, passages_without_vector: 0 }
    expect(await search({ query: 'heron' })).toEqual({
      ...{ object: 'document.search', query: 'heron', data: [], found_by: ['bm25'] },
      ...{ not_searched: nothing, reason: 'no_documents' },
    })
    const file_id = await upload('%PDF-1.7 that no node reads here', 'lake.pdf')
    const id = await idOf(file_id)
    const waits = {
      id: DOCUMENT_PREFIX + id,
      object: 'document',
      filename: 'lake.pdf',
      files: [{ file_id, filename: 'lake.pdf', created_at: expect.any(Number) }],
      content_type: 'application/pdf',
      bytes: 32,
      state: 'queued',
      reason: {
        code: 'no_node_reads_pdf',
        message: 'No connected node reads PDF and Word files. It is read as soon as one does.',
      },
      pages: null,
      passages: 0,
      attempt: 1,
      created_at: expect.any(Number),
      moved_at: expect.any(Number),
    }
    await expect.poll(() => get(id)).toEqual(waits)
    expect(await search({ query: 'heron' })).toMatchObject({
      reason: 'none_ready',
      not_searched: { ...nothing, documents: 1, names: ['lake.pdf'] },
    })

    const passage = { page: 2, from: 0, to: 20, headings: ['Birds'], text: 'A heron stands here.' }
    const partialReason = 'Page 1 has no text that can be read.'
    await shelf.index(id, 1, { passages: [passage], isLast: true, pages: 2, partialReason })
    const moved = await shelf.get(id)
    expect(await get(id)).toEqual({
      ...waits,
      state: 'partial',
      reason: { code: 'pages_unreadable', message: partialReason },
      ...{ pages: 2, passages: 1 },
      moved_at: Math.floor((moved?.movedAt ?? 0) / 1_000),
    })
    expect(await search({ query: 'herons' })).toEqual({
      ...{ object: 'document.search', query: 'herons', found_by: ['bm25'], not_searched: nothing },
      data: [
        {
          ...{ document_id: waits.id, file_id, filename: 'lake.pdf', page: 2, from: 0, to: 20 },
          ...{ headings: ['Birds'], text: passage.text, score: 1, highlights: [[2, 7]] },
        },
      ],
    })
    expect(await search({ query: 'pelican', document_ids: [waits.id] })).toMatchObject({
      ...{ data: [], reason: 'none_matches' },
    })
  })

  it('that cannot be read after all keeps its reason, and is told of', async () => {
    const id = await idOf(await upload('%PDF-1.7 that is encrypted', 'secret.pdf'))
    await shelf.move(id, 1, { state: 'failed', reason: "'secret.pdf': It is protected by a password." })
    expect(await get(id)).toMatchObject({
      state: 'failed',
      reason: { code: 'unreadable', message: "'secret.pdf': It is protected by a password." },
    })
    expect(await search({ query: 'heron' })).toMatchObject({ not_searched: { documents: 0, failed: 1 } })
  })

  it('is deleted with all its files, and not found by anybody else', async () => {
    const [first, second] = [
      await upload('The kingfisher.', 'a.txt'),
      await upload('The kingfisher.', 'b.txt'),
    ]
    const id = await idOf(first)
    expect(await idOf(second)).toBe(id)
    const stranger = (await newAccount()).token
    for (const method of ['GET', 'DELETE'])
      expect((await call(`/${DOCUMENT_PREFIX}${id}`, { method, as: stranger })).status).toBe(404)
    const deleted = await call(`/${DOCUMENT_PREFIX}${id}`, { method: 'DELETE', as })
    expect(await deleted.json()).toEqual({ id: DOCUMENT_PREFIX + id, object: 'document', deleted: true })
    expect(await search({ query: 'kingfisher' })).toMatchObject({ data: [] })
    for (const file of [first, second]) expect((await fileCall(`/${file}`, { as })).status).toBe(404)
    expect(await errorOf(await call(`/${DOCUMENT_PREFIX}${id}`, { as }))).toMatchObject({ status: 404 })
  })

  it(`is one of a list, ${MAX_LISTED_DOCUMENTS} on a page at most`, async () => {
    const owner = (await newAccount()).token
    for (const name of ['first.txt', 'second.txt']) await upload(`Words of ${name}.`, name, owner)
    const lists = (query: string) => call(query, { as: owner })
    const all = (await (await lists(`?limit=${MAX_LISTED_DOCUMENTS}`)).json()) as {
      data: { id: string; filename: string; state: string }[]
      has_more: boolean
    }
    expect(all).toMatchObject({
      data: [
        { filename: 'second.txt', state: 'ready' },
        { filename: 'first.txt', state: 'ready' },
      ],
      has_more: false,
    })
    const ids = all.data.map(({ id }) => id)
    expect(await (await lists('?limit=1')).json()).toMatchObject({
      ...{ data: [{ id: ids[0] }], has_more: true, first_id: ids[0], last_id: ids[0] },
    })
    expect(await (await lists(`?limit=1&after=${ids[0]}`)).json()).toMatchObject({
      ...{ data: [{ id: ids[1] }], has_more: false },
    })
    expect((await lists(`?limit=${MAX_LISTED_DOCUMENTS + 1}`)).status).toBe(400)
  })
})
