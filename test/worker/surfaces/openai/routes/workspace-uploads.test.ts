import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MIB } from '../../../../../shared/units.ts'
import { configOf } from '../../../../../worker/env.ts'
import {
  MAX_WORKSPACE_FILE_BYTES,
  MAX_WORKSPACE_PART_BYTES,
  MIN_WORKSPACE_PART_BYTES,
} from '../../../../../worker/services/workspace/workspace-uploads.ts'
import { createServices } from '../../../../../worker/wiring.ts'
import { newAccount, unique } from '../../../../contracts/contract-client.ts'
import { errorOf, type File, fileClient, objectsUnder, storedBy } from '../../../file-client.ts'

const call = await fileClient('workspace-uploads')
const fileCall = await fileClient('workspace')
const objects = () => objectsUnder('workspace/')

interface Upload {
  id: string
  parts: number[]
  part_count: number
}

const REST = 1_000
const PART = MIN_WORKSPACE_PART_BYTES
const BYTES = new Uint8Array(PART + REST).map((_, index) => index % 251)

const post = (path: string, as: string, body?: unknown, headers: Record<string, string> = {}) =>
  call(path, {
    method: 'POST',
    as,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
async function begun(as: string, over: object = {}): Promise<Upload> {
  const response = await post('', as, {
    path: '/big/file.gguf',
    bytes: BYTES.length,
    part_bytes: PART,
    ...over,
  })
  expect(response.status).toBe(201)
  return (await response.json()) as Upload
}
const put = (id: string, number: number | string, body: BodyInit, as: string) =>
  call(`/${id}/parts/${number}`, { method: 'PUT', body, as })
async function filled(as: string, over: object = {}): Promise<string> {
  const { id } = await begun(as, over)
  for (const [number, part] of [
    [2, BYTES.slice(PART)],
    [1, BYTES.slice(0, PART)],
  ] as const)
    expect((await put(id, number, part, as)).status).toBe(200)
  return id
}
const account = async () => (await newAccount({ plan: 'enterprise' })).token
const row = (id: string) => id.slice('wsupload_'.length)

describe('a file of a workspace that comes in parts', () => {
  it('is there when it is completed, whole, and not before', async () => {
    const own = await account()
    const upload = await begun(own, { content_type: 'application/gguf' })
    expect(upload).toMatchObject({
      id: expect.stringMatching(/^wsupload_[0-9a-f]{24}$/),
      object: 'workspace.upload',
      path: 'big/file.gguf',
      bytes: BYTES.length,
      part_bytes: PART,
      part_count: 2,
      parts: [],
      content_type: 'application/gguf',
      status: 'pending',
    })
    // The room is held from the beginning.
    expect(await storedBy(own)).toEqual([BYTES.length, 1])
    const second = await put(upload.id, 2, BYTES.slice(PART), own)
    expect(await second.json()).toMatchObject({ parts: [2] })
    expect(await errorOf(await post(`/${upload.id}/complete`, own))).toMatchObject({
      status: 400,
      message: "Invalid 'upload_id': part 1 is missing.",
    })
    // One that was garbled on its way is sent again.
    await put(upload.id, 1, new Uint8Array(PART), own)
    await put(upload.id, 1, BYTES.slice(0, PART), own)
    expect(await (await call(`/${upload.id}`, { as: own })).json()).toMatchObject({ parts: [1, 2] })
    expect((await fileCall('/big/file.gguf', { as: own })).status).toBe(404)
    const response = await post(`/${upload.id}/complete`, own)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ path: 'big/file.gguf', bytes: BYTES.length })
    const file = await fileCall('/big/file.gguf', { as: own })
    expect(file.headers.get('content-type')).toBe('application/gguf')
    expect(file.headers.get('etag')).toBe(response.headers.get('etag'))
    expect(await file.bytes()).toEqual(BYTES)
    const seam = { range: `bytes=${PART - 2}-${PART + 1}` }
    const piece = await fileCall('/big/file.gguf', { as: own, headers: seam })
    expect(await piece.bytes()).toEqual(BYTES.slice(PART - 2, PART + 2))
    expect(await storedBy(own)).toEqual([BYTES.length, 1])
  })

  it('is the same to who completes it again, and to two who do it together', async () => {
    const own = await account()
    const id = await filled(own)
    const answers = await Promise.all([1, 2, 3].map(() => post(`/${id}/complete`, own)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const again = (await (await post(`/${id}/complete`, own)).json()) as File
    expect(again.etag).toBe(answers[0]?.headers.get('etag'))
    expect(await storedBy(own)).toEqual([BYTES.length, 1])
    expect((await put(id, 1, BYTES.slice(0, PART), own)).status).toBe(400)
    expect((await post(`/${id}/cancel`, own)).status).toBe(400)
    await fileCall('/big/file.gguf', { method: 'PUT', body: 'another', as: own })
    expect((await post(`/${id}/complete`, own)).status).toBe(400)
    expect(await (await fileCall('/big/file.gguf', { as: own })).text()).toBe('another')
  })

  it('replaces a file only in the state that is asked for, and keeps its parts until it may', async () => {
    const own = await account()
    const path = unique('state')
    const before = (await (
      await fileCall(`/${path}`, { method: 'PUT', body: 'before', as: own })
    ).json()) as File
    const id = await filled(own, { path })
    for (const headers of [{ 'if-none-match': '*' }, { 'if-match': '"x"' }] as Record<string, string>[])
      expect((await post(`/${id}/complete`, own, undefined, headers)).status).toBe(412)
    const done = await post(`/${id}/complete`, own, undefined, { 'if-match': before.etag })
    expect(done.status).toBe(200)
    expect(await storedBy(own)).toEqual([BYTES.length, 1])
  })

  it('is completed although an earlier request got no further than R2', async () => {
    const own = await account()
    const id = await filled(own)
    const stored = await env.DB.prepare('SELECT version_id, upload_id FROM workspace_uploads WHERE id = ?')
      .bind(row(id))
      .first<{ version_id: string; upload_id: string }>()
    const { results } = await env.DB.prepare(
      'SELECT number, etag FROM workspace_parts WHERE upload_id = ? ORDER BY number',
    )
      .bind(row(id))
      .all<{ number: number; etag: string }>()
    await env.FILES.resumeMultipartUpload(
      `workspace/${stored?.version_id}`,
      stored?.upload_id ?? '',
    ).complete(results.map(({ number, etag }) => ({ partNumber: number, etag })))
    expect((await post(`/${id}/complete`, own)).status).toBe(200)
    expect(await (await fileCall('/big/file.gguf', { as: own })).bytes()).toEqual(BYTES)
  })
})

describe('an upload', () => {
  it.each([
    ['bytes', 0],
    ['bytes', MAX_WORKSPACE_FILE_BYTES + 1],
    ['part_bytes', MIN_WORKSPACE_PART_BYTES - 1],
    ['part_bytes', MAX_WORKSPACE_PART_BYTES + 1],
    ['path', 'a//b'],
    ['path', '../x'],
    ['path', '//x'],
    ['path', undefined],
    ['content_type', 'x'],
    ['parts', 2],
  ])('is not begun with %s %j', async (name, value) => {
    const body = { path: 'x', bytes: 10, [name]: value }
    expect(await errorOf(await post('', await account(), body))).toMatchObject({ status: 400, param: name })
  })

  it('takes the largest file, in the smallest and the largest parts', async () => {
    const own = await account()
    const bytes = MAX_WORKSPACE_FILE_BYTES
    const small = await begun(own, { bytes, part_bytes: MIN_WORKSPACE_PART_BYTES })
    expect(small.part_count).toBe(1_024)
    expect((await begun(own, { bytes, part_bytes: MAX_WORKSPACE_PART_BYTES })).part_count).toBe(80)
    expect((await begun(own, { bytes: 32 * MIB + 1, part_bytes: undefined })).part_count).toBe(2)
  })

  it('is refused where the plan has no room', async () => {
    const { token } = await newAccount()
    const refused = await post('', token, { path: 'x', bytes: 1024 ** 3 + 1 })
    expect(await errorOf(refused)).toMatchObject({ status: 413, code: 'storage_full' })
  })

  it.each([
    [1, PART - 1, 'body'],
    [1, PART + 1, 'body'],
    [2, REST + 1, 'body'],
    [2, 0, 'body'],
    [0, PART, 'number'],
    [3, REST, 'number'],
    ['x', REST, 'number'],
  ])('takes no part %s of %i bytes', async (number, bytes, param) => {
    const own = await account()
    const { id } = await begun(own)
    for (const body of [new Uint8Array(bytes), new Blob([new Uint8Array(bytes)]).stream()]) {
      expect(await errorOf(await put(id, number, body, own))).toMatchObject({ status: 400, param })
    }
    expect(await (await call(`/${id}`, { as: own })).json()).toMatchObject({ parts: [] })
  })

  it('takes a part of the largest size, and refuses one that is larger unread', async () => {
    const own = await account()
    const { id } = await begun(own, { bytes: MAX_WORKSPACE_PART_BYTES, part_bytes: MAX_WORKSPACE_PART_BYTES })
    expect((await put(id, 1, new Uint8Array(MAX_WORKSPACE_PART_BYTES + 1), own)).status).toBe(413)
    expect((await put(id, 1, new Uint8Array(MAX_WORKSPACE_PART_BYTES), own)).status).toBe(200)
  })

  it('is cancelled with its parts and its room', async () => {
    const own = await account()
    const before = await objects()
    const id = await filled(own)
    expect(await (await post(`/${id}/cancel`, own)).json()).toMatchObject({ id, deleted: true })
    for (const response of [
      await call(`/${id}`, { as: own }),
      await put(id, 1, BYTES.slice(0, PART), own),
      await post(`/${id}/complete`, own),
      await post(`/${id}/cancel`, own),
    ])
      expect(response.status).toBe(404)
    expect(await objects()).toEqual(before)
    expect(await storedBy(own)).toEqual([0, 0])
  })

  it('is forgotten after a day', async () => {
    const own = await account()
    const id = await filled(own)
    await env.DB.prepare('UPDATE workspace_uploads SET expires_at = ? WHERE id = ?')
      .bind(Date.now(), row(id))
      .run()
    expect((await post(`/${id}/complete`, own)).status).toBe(404)
    expect(await createServices(env, configOf(env)).workspaceUploads.sweep()).toBe(1)
    expect(await storedBy(own)).toEqual([0, 0])
    const left = await env.DB.prepare('SELECT * FROM workspace_parts WHERE upload_id = ?').bind(row(id)).all()
    expect(left.results).toEqual([])
  })

  it('does not exist for another account', async () => {
    const [ada, eve] = [await account(), await account()]
    const id = await filled(ada)
    for (const response of [
      await call(`/${id}`, { as: eve }),
      await put(id, 1, BYTES.slice(0, PART), eve),
      await post(`/${id}/complete`, eve),
      await post(`/${id}/cancel`, eve),
    ])
      expect(await errorOf(response)).toMatchObject({ status: 404, code: 'not_found' })
    expect((await post(`/${id}/complete`, ada)).status).toBe(200)
  })
})
