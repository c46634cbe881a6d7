import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MIB } from '../../../../shared/units.ts'
import { createDb } from '../../../../worker/db/client.ts'
import { createAssembling } from '../../../../worker/services/documents/assembling.ts'
import { MAX_DOCUMENT_BYTES } from '../../../../worker/services/documents/receiving.ts'
import { createDisposal } from '../../../../worker/services/files/disposal.ts'
import { partKey } from '../../../../worker/services/files/files.ts'
import { createQuota } from '../../../../worker/services/files/quota.ts'
import { type Assembly, createUploads } from '../../../../worker/services/files/uploads.ts'
import { newAccount } from '../../../contracts/contract-client.ts'
import { errorOf, fileClient, objectsUnder, storedBy } from '../../file-client.ts'
import { accountOf } from '../training/training-setup.ts'

const call = await fileClient('uploads')
const fileCall = await fileClient('files')
const documentCall = await fileClient('documents')

const TEXT = 'The narwhal turns around its own axis. Its tooth is three metres long, and it feels with it.'
const BYTES = new TextEncoder().encode(TEXT)

interface Upload {
  id: string
  status: string
  file: { id: string; status: string; purpose: string } | null
}

/** An account, and the requests that it makes. */
async function uploader() {
  const { token: as } = await newAccount()
  const post = (path: string, body: object) =>
    call(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      as,
    })
  const begin = (over: object = {}) =>
    post('', {
      ...{ filename: 'narwhal.txt', purpose: 'user_data', bytes: BYTES.length, mime_type: 'text/csv' },
      ...over,
    })
  async function inParts(bytes: Uint8Array, size: number, over: object = {}) {
    const response = await begin({ bytes: bytes.length, ...over })
    const { id } = (await response.json()) as Upload
    const parts: string[] = []
    for (let at = 0; at < bytes.length; at += size) {
      const body = new FormData()
      body.set('data', new File([bytes.slice(at, at + size)], 'blob'))
      const part = await call(`/${id}/parts`, { method: 'POST', body, as })
      parts.push(((await part.json()) as { id: string }).id)
    }
    return { id, parts, complete: () => post(`/${id}/complete`, { part_ids: parts }) }
  }
  const search = async (query: string) => {
    const body = JSON.stringify({ query })
    const headers = { 'content-type': 'application/json' }
    const found = await documentCall('/search', { method: 'POST', body, headers, as })
    return ((await found.json()) as { data: { file_id: string; text: string }[] }).data
  }
  return { as, begin, inParts, search }
}

describe('a document that comes in parts', () => {
  it('is one object of its true type, and found when it is answered', async () => {
    const { as, inParts, search } = await uploader()
    const { id, complete } = await inParts(BYTES, 10)
    const response = await complete()
    expect(response.status).toBe(200)
    const { status, file } = (await response.json()) as Upload
    expect([status, file]).toEqual([
      'completed',
      expect.objectContaining({ status: 'processed', purpose: 'user_data', filename: 'narwhal.txt' }),
    ])
    expect(await search('narwhal')).toEqual([expect.objectContaining({ file_id: file?.id, text: TEXT })])
    const content = await fileCall(`/${file?.id}/content`, { as })
    expect([await content.text(), content.headers.get('content-type')]).toEqual([TEXT, 'text/plain'])
    expect(await storedBy(as)).toEqual([BYTES.length, 1])
    const { results } = await env.DB.prepare('SELECT id FROM file_parts WHERE file_id = ?1 OR upload_id = ?1')
      .bind(id.slice('upload_'.length))
      .all<{ id: string }>()
    expect(results).toHaveLength(1)
    // Who asks again gets the same answer.
    expect(((await (await complete()).json()) as Upload).file).toEqual(file)
  })

  it('is the same document as one of the same bytes that came whole', async () => {
    const { as, inParts, search } = await uploader()
    const form = new FormData()
    form.set('purpose', 'user_data')
    form.set('file', new File([BYTES], 'whole.txt'))
    await fileCall('', { method: 'POST', body: form, as })
    await (await inParts(BYTES, 33)).complete()
    expect(await search('narwhal')).toHaveLength(1)
    const { data } = (await (await documentCall('', { as })).json()) as { data: { files: object[] }[] }
    expect(data.map(({ files }) => files.length)).toEqual([2])
  })

  it.each([
    ['at its first bytes', new Uint8Array(64).fill(0), 'is no document of a known format'],
    ['by its name', new TextEncoder().encode('no JSON at all'), 'is no JSON'],
    ['where it is read', new TextEncoder().encode('{"a": ['), 'is no JSON'],
  ])('is refused %s, and nothing of it is left', async (_when, bytes, words) => {
    const { as, inParts } = await uploader()
    const before = await objectsUnder('files/')
    const { complete } = await inParts(bytes, 5, { filename: 'odd.json' })
    const error = await errorOf(await complete())
    expect(error).toMatchObject({ status: 400, param: 'file', message: expect.stringContaining(words) })
    expect(error.message).toContain("'odd.json'")
    expect(await storedBy(as)).toEqual([0, 0])
    await expect.poll(() => objectsUnder('files/')).toEqual(before)
    expect((await complete()).status).toBe(400)
  })

  it(`has at most ${MAX_DOCUMENT_BYTES / MIB} MB`, async () => {
    const { as, begin } = await uploader()
    expect((await begin({ bytes: MAX_DOCUMENT_BYTES })).status).toBe(200)
    const stored = await storedBy(as)
    const refused = await errorOf(await begin({ bytes: MAX_DOCUMENT_BYTES + 1 }))
    expect(refused).toMatchObject({ status: 413, param: 'bytes' })
    expect(await storedBy(as)).toEqual(stored)
    expect((await begin({ bytes: MAX_DOCUMENT_BYTES + 1, purpose: 'fine-tune' })).status).toBe(200)
  })

  it('is made once, however many ask at the same time', async () => {
    const { as, inParts, search } = await uploader()
    const { complete } = await inParts(BYTES, 20)
    const answers = await Promise.all([complete(), complete(), complete()])
    const statuses = answers.map(({ status }) => status)
    expect(statuses).toContain(200)
    expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([])
    await Promise.all(answers.map((answer) => answer.text()))
    expect(await search('narwhal')).toHaveLength(1)
    expect(await storedBy(as)).toEqual([BYTES.length, 1])
  })
})

describe('parts that are put together', () => {
  const db = createDb(env.DB)
  const bucket = env.FILES
  const quota = createQuota({ db, limitsOf: async () => ({ bytes: null, files: null }) })
  const { assemble, maxBytes } = createAssembling({ db, bucket })

  async function begun(during: (id: string, accountId: string) => Promise<void>) {
    const { id: accountId } = await accountOf()
    let isFirst = true
    const assembly: Assembly = {
      maxBytes,
      assemble: async (upload, keys) => {
        const made = await assemble(upload, keys)
        const wasFirst = isFirst
        isFirst = false
        if (wasFirst) await during(upload.id, accountId)
        return made
      },
    }
    const uploads = createUploads({ db, bucket, quota, assembly, disposal: createDisposal({ db, bucket }) })
    const words = { name: 'a.txt', purpose: 'assistants' as const, contentType: 'text/plain' }
    const { id } = await uploads.create(accountId, { ...words, sizeBytes: BYTES.length })
    async function* bytes() {
      yield BYTES
    }
    const part = await uploads.addPart(accountId, id, bytes())
    return { id, uploads, complete: () => uploads.complete(accountId, id, { partIds: [part.id] }), accountId }
  }

  it('for an upload that is cancelled meanwhile leave nothing', async () => {
    const world = await begun(async (id, accountId) => void (await world.uploads.cancel(accountId, id)))
    await expect(world.complete()).rejects.toMatchObject({ code: 'invalid_request', param: 'upload_id' })
    expect(await bucket.head(partKey(world.id))).toBeNull()
    expect((await quota.usage(world.accountId)).bytes).toBe(0)
  })

  it('are put together again where that failed on our side', async () => {
    const world = await begun(async () => {
      throw new Error('The isolate is ill.')
    })
    await expect(world.complete()).rejects.toThrow('The isolate is ill.')
    const { file } = await world.complete()
    expect(file).toMatchObject({ id: world.id, contentType: 'text/plain', sizeBytes: BYTES.length })
  })
})
