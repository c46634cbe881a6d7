import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { configOf } from '../../../../../worker/env.ts'
import { MAX_FILE_BYTES } from '../../../../../worker/services/files/files.ts'
import {
  MAX_PART_BYTES,
  MAX_PARTS,
  UPLOAD_LIFETIME_MS,
} from '../../../../../worker/services/files/uploads.ts'
import { createServices } from '../../../../../worker/wiring.ts'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { errorOf, fileClient, objectsUnder, storedBy } from '../../../file-client.ts'

const CONTENT = [
  '{"prompt":"1+1?","completion":"2"}',
  '{"prompt":"é?","completion":"€"}',
  '{"prompt":"3?","completion":"3"}',
].join('\n')
const BYTES = new TextEncoder().encode(CONTENT)
const MD5 = await md5Of(BYTES)

async function md5Of(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('MD5', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const call = await fileClient('uploads')
const fileCall = await fileClient('files')
const objects = () => objectsUnder('files/')
const post = (path: string, body?: unknown, as?: string) =>
  call(path, {
    method: 'POST',
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
    ...(as !== undefined && { as }),
  })

const UPLOAD = {
  filename: 'rows.jsonl',
  purpose: 'fine-tune',
  bytes: BYTES.length,
  mime_type: 'application/jsonl',
}

interface Upload {
  id: string
  bytes: number
  created_at: number
  expires_at: number
  file: { id: string; created_at: number; expires_at?: number } | null
}

async function begun(over: object = {}, as?: string): Promise<Upload> {
  const response = await post('', { ...UPLOAD, ...over }, as)
  expect(response.status).toBe(200)
  return (await response.json()) as Upload
}

function addPart(id: string, bytes: Uint8Array, as?: string, field = 'data') {
  const form = new FormData()
  form.set(field, new File([bytes], 'blob'))
  return call(`/${id}/parts`, { method: 'POST', body: form, ...(as !== undefined && { as }) })
}
async function added(id: string, bytes: Uint8Array, as?: string): Promise<string> {
  const response = await addPart(id, bytes, as)
  expect(response.status).toBe(200)
  return ((await response.json()) as { id: string }).id
}
const complete = (id: string, part_ids: readonly string[], more: object = {}, as?: string) =>
  post(`/${id}/complete`, { part_ids, ...more }, as)

const contentOf = async (file: Upload['file'], as: string, range?: string) =>
  await (
    await fileCall(`/${file?.id}/content`, { as, ...(range !== undefined && { headers: { range } }) })
  ).text()

describe('a file that comes in parts', () => {
  it('is made of them in the order in which they are named', async () => {
    const own = (await newAccount()).token
    const upload = await begun({}, own)
    expect(upload).toEqual({
      id: expect.stringMatching(/^upload_[0-9a-f]{24}$/),
      object: 'upload',
      bytes: BYTES.length,
      created_at: expect.any(Number),
      expires_at: upload.created_at + UPLOAD_LIFETIME_MS / 1_000,
      filename: 'rows.jsonl',
      purpose: 'fine-tune',
      status: 'pending',
      file: null,
    })
    // The room is held from the beginning.
    expect(await storedBy(own)).toEqual([BYTES.length, 1])
    const last = await addPart(upload.id, BYTES.slice(60), own)
    expect(await last.clone().json()).toEqual({
      id: expect.stringMatching(/^part_[0-9a-f]{24}$/),
      object: 'upload.part',
      created_at: expect.any(Number),
      upload_id: upload.id,
    })
    const { id: lastId } = (await last.json()) as { id: string }
    const [first, middle] = [
      await added(upload.id, BYTES.slice(0, 20), own),
      await added(upload.id, BYTES.slice(20, 60), own),
    ]
    const response = await complete(upload.id, [first, middle, lastId], { md5: MD5.toUpperCase() }, own)
    expect(response.status).toBe(200)
    const { file, ...done } = (await response.json()) as Upload
    expect(done).toEqual({ ...upload, status: 'completed', file: undefined })
    expect(file).toMatchObject({ object: 'file', bytes: BYTES.length, filename: 'rows.jsonl' })
    expect(await contentOf(file, own)).toBe(CONTENT)
    expect(await contentOf(file, own, 'bytes=15-64')).toBe(new TextDecoder().decode(BYTES.slice(15, 65)))
    expect(await contentOf(file, own, 'bytes=-5')).toBe('"3"}'.padStart(5, ':'))
    expect(await storedBy(own)).toEqual([BYTES.length, 1])
    const types = await fileCall(`/${file?.id}/content`, { as: own, method: 'HEAD' })
    expect(types.headers.get('content-type')).toBe('application/jsonl')
    const listed = (await (await fileCall('', { as: own })).json()) as { data: object[] }
    expect(listed.data).toHaveLength(1)
  })

  it('drops the parts that are not named, and is deleted with all of its own', async () => {
    const own = (await newAccount()).token
    const before = await objects()
    const upload = await begun({}, own)
    await added(upload.id, BYTES, own)
    const [first, second] = [
      await added(upload.id, BYTES.slice(0, 5), own),
      await added(upload.id, BYTES.slice(5), own),
    ]
    expect(await objects()).toHaveLength(before.length + 3)
    const response = await complete(upload.id, [first, second], {}, own)
    const { file } = (await response.json()) as Upload
    expect(await objects()).toHaveLength(before.length + 2)
    expect(await contentOf(file, own)).toBe(CONTENT)
    expect((await fileCall(`/${file?.id}`, { method: 'DELETE', as: own })).status).toBe(200)
    expect(await objects()).toEqual(before)
    expect(await storedBy(own)).toEqual([0, 0])
  })

  it('is the same file to who completes it again, and to two who do it together', async () => {
    const own = (await newAccount()).token
    const upload = await begun({}, own)
    const ids = [await added(upload.id, BYTES, own)]
    const answers = await Promise.all([1, 2, 3].map(() => complete(upload.id, ids, {}, own)))
    const files = await Promise.all(answers.map(async (answer) => ((await answer.json()) as Upload).file?.id))
    expect(new Set(files).size).toBe(1)
    const again = (await (await complete(upload.id, ids, {}, own)).json()) as Upload
    expect(again.file?.id).toBe(files[0])
    expect(await storedBy(own)).toEqual([BYTES.length, 1])
    const other = await complete(upload.id, ['part_x'], {}, own)
    expect(await errorOf(other)).toMatchObject({ status: 400, param: 'upload_id' })
  })

  it('lives as long as is asked, from when it is whole', async () => {
    const upload = await begun({ expires_after: { anchor: 'created_at', seconds: 3_600 } })
    const ids = [await added(upload.id, BYTES)]
    const { file } = (await (await complete(upload.id, ids)).json()) as Upload
    expect(file?.expires_at).toBe((file?.created_at ?? 0) + 3_600)
  })

  it('has its mistakes told with lines of the whole, and is not kept', async () => {
    const own = (await newAccount()).token
    const before = await objects()
    const content = new TextEncoder().encode(`${CONTENT}\n{"prompt":1,"completion":"a"}\nx`)
    const upload = await begun({ bytes: content.length }, own)
    const cut = BYTES.length + 8
    const ids = [
      await added(upload.id, content.slice(0, cut), own),
      await added(upload.id, content.slice(cut), own),
    ]
    const error = await errorOf(await complete(upload.id, ids, {}, own))
    expect(error).toMatchObject({ status: 400, param: 'file' })
    expect(error.message).toContain('line 4, prompt: ')
    expect(error.message).toContain('line 5: it is not valid JSON')
    expect(await objects()).toEqual(before)
    expect(await storedBy(own)).toEqual([0, 0])
    const after = await errorOf(await addPart(upload.id, BYTES, own))
    expect(after).toMatchObject({ param: 'upload_id', message: expect.stringContaining('cancelled') })
  })
})

describe('POST /v1/uploads', () => {
  it.each([
    ['bytes', 0],
    ['bytes', MAX_FILE_BYTES + 1],
    ['bytes', '10'],
    ['purpose', 'batch'],
    ['purpose', undefined],
    ['filename', ''],
    ['filename', 'x'.repeat(256)],
    ['filename', 'a\u0000b'],
    ['mime_type', 'text'],
    ['mime_type', undefined],
    ['parts', 3],
    ['expires_after.seconds', undefined],
  ])('refuses %s %j', async (name, value) => {
    const over = name.includes('.')
      ? { expires_after: { anchor: 'created_at', seconds: value } }
      : { [name]: value }
    expect(await errorOf(await post('', { ...UPLOAD, ...over }))).toMatchObject({ status: 400, param: name })
  })

  it('takes the largest file', async () => {
    expect((await begun({ bytes: MAX_FILE_BYTES })).bytes).toBe(MAX_FILE_BYTES)
  })

  it('holds room, and is refused where there is none', async () => {
    const { token: own, account } = await newAccount()
    await env.DB.prepare('INSERT INTO stored_files (account_id, bytes, files) VALUES (?, ?, 1)')
      .bind(account.id, 1024 ** 3 - 100)
      .run()
    const upload = await (await post('', { ...UPLOAD, bytes: 100 }, own)).json<{ id: string }>()
    const refused = await post('', { ...UPLOAD, bytes: 1 }, own)
    expect(await errorOf(refused)).toMatchObject({ status: 413, code: 'storage_full' })
    const part = () => addPart(upload.id, new Uint8Array(100), own)
    expect((await part()).status).toBe(200)
    const before = await objects()
    expect(await errorOf(await part())).toMatchObject({ status: 413, code: 'storage_full' })
    expect(await objects()).toEqual(before)
  })
})

describe('a part', () => {
  it(`has at most ${MAX_PART_BYTES} bytes`, async () => {
    const before = await objects()
    const upload = await begun({ bytes: MAX_PART_BYTES })
    // Of ends of lines: the dearest there is to look at.
    const largest = new Uint8Array(MAX_PART_BYTES).fill(0x0a)
    expect((await addPart(upload.id, largest)).status).toBe(200)
    const refused = await addPart(upload.id, new Uint8Array(MAX_PART_BYTES + 1))
    expect(await errorOf(refused)).toMatchObject({ status: 413, message: 'The file is larger than 64 MB.' })
    expect(await objects()).toHaveLength(before.length + 1)
    await post(`/${upload.id}/cancel`)
    expect(await objects()).toEqual(before)
  })

  it(`is one of at most ${MAX_PARTS}, and of twice the bytes of the file`, async () => {
    const upload = await begun({ bytes: 10 })
    await added(upload.id, new Uint8Array(10))
    await added(upload.id, new Uint8Array(10))
    const before = await objects()
    expect(await errorOf(await addPart(upload.id, new Uint8Array(1)))).toMatchObject({
      status: 400,
      param: 'data',
    })
    const many = await begun({ bytes: 1_000 })
    const id = many.id.slice('upload_'.length)
    await env.DB.prepare(
      `INSERT INTO file_parts (id, upload_id, size_bytes, created_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       SELECT 'many-' || i, ?, 0, 0 FROM n`,
    )
      .bind(MAX_PARTS - 1, id)
      .run()
    expect((await addPart(many.id, new Uint8Array(1))).status).toBe(200)
    expect((await addPart(many.id, new Uint8Array(1))).status).toBe(400)
    expect(await objects()).toHaveLength(before.length + 1)
  })

  it('comes in the field data', async () => {
    const upload = await begun()
    const error = await errorOf(await addPart(upload.id, BYTES, undefined, 'file'))
    expect(error).toMatchObject({ status: 400, param: 'data' })
  })
})

describe('completing', () => {
  it.each<[string, (ids: string[]) => object, string]>([
    ['bytes that are missing', ([first]) => ({ part_ids: [first] }), 'part_ids'],
    ['a part twice', ([first]) => ({ part_ids: [first, first] }), 'part_ids'],
    ['a part that is not there', ([first]) => ({ part_ids: [first, 'part_x'] }), 'part_ids[1]'],
    ['no parts', () => ({ part_ids: [] }), 'part_ids'],
    ['another checksum', (ids) => ({ part_ids: ids, md5: '0'.repeat(32) }), 'md5'],
    ['another order under a checksum', (ids) => ({ part_ids: ids.toReversed(), md5: MD5 }), 'md5'],
    ['no checksum', (ids) => ({ part_ids: ids, md5: 'x' }), 'md5'],
    ['an unknown field', (ids) => ({ part_ids: ids, sha256: 'x' }), 'sha256'],
  ])('is refused with %s, and can be tried again', async (_case, body, param) => {
    const upload = await begun()
    const ids = [await added(upload.id, BYTES.slice(0, 30)), await added(upload.id, BYTES.slice(30))]
    const refused = await post(`/${upload.id}/complete`, body(ids))
    expect(await errorOf(refused)).toMatchObject({ status: 400, param })
    expect((await complete(upload.id, ids, { md5: MD5 })).status).toBe(200)
  })
})

describe('an upload', () => {
  it('is cancelled with its parts, once and again, and not when it is a file', async () => {
    const own = (await newAccount()).token
    const before = await objects()
    const upload = await begun({}, own)
    await added(upload.id, BYTES, own)
    for (const _ of [1, 2]) {
      const response = await post(`/${upload.id}/cancel`, undefined, own)
      expect(await response.json()).toMatchObject({ id: upload.id, status: 'cancelled' })
    }
    expect(await objects()).toEqual(before)
    expect(await storedBy(own)).toEqual([0, 0])
    expect(await errorOf(await complete(upload.id, ['part_x'], {}, own))).toMatchObject({
      status: 400,
      message: "Invalid 'upload_id': the upload is cancelled.",
    })
    const done = await begun({}, own)
    await complete(done.id, [await added(done.id, BYTES, own)], {}, own)
    expect((await post(`/${done.id}/cancel`, undefined, own)).status).toBe(400)
  })

  it('is forgotten after an hour, with its parts', async () => {
    const own = (await newAccount()).token
    const { uploads } = createServices(env, configOf(env))
    const before = await objects()
    const upload = await begun({}, own)
    const part = await added(upload.id, BYTES, own)
    await env.DB.prepare('UPDATE uploads SET expires_at = ? WHERE id = ?')
      .bind(Date.now(), upload.id.slice('upload_'.length))
      .run()
    for (const response of [await addPart(upload.id, BYTES, own), await complete(upload.id, [part], {}, own)])
      expect(await errorOf(response)).toMatchObject({
        status: 400,
        message: "Invalid 'upload_id': the upload is expired.",
      })
    expect(await uploads.sweep()).toBe(1)
    expect((await post(`/${upload.id}/cancel`, undefined, own)).status).toBe(404)
    expect(await objects()).toEqual(before)
    expect(await storedBy(own)).toEqual([0, 0])
  })

  it('that is a file is forgotten, and the file stays', async () => {
    const own = (await newAccount()).token
    const upload = await begun({}, own)
    const response = await complete(upload.id, [await added(upload.id, BYTES, own)], {}, own)
    const { file } = (await response.json()) as Upload
    await env.DB.prepare('UPDATE uploads SET expires_at = 1 WHERE id = ?')
      .bind(upload.id.slice('upload_'.length))
      .run()
    await createServices(env, configOf(env)).uploads.sweep()
    expect(await contentOf(file, own)).toBe(CONTENT)
  })

  it('does not exist for another account, nor where there is none', async () => {
    const eve = (await newAccount()).token
    const { id } = await begun()
    const part = await added(id, BYTES)
    for (const name of [id, 'upload_x', id.slice('upload_'.length)]) {
      for (const response of [
        await addPart(name, BYTES, eve),
        await complete(name, [part], {}, eve),
        await post(`/${name}/cancel`, undefined, eve),
      ])
        expect(await errorOf(response)).toMatchObject({ status: 404, code: 'not_found' })
    }
    const hers = await begun({}, eve)
    expect((await complete(hers.id, [part], {}, eve)).status).toBe(400)
    expect((await complete(id, [part])).status).toBe(200)
  })
})
