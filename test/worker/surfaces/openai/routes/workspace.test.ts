import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MAX_BODY_BYTES } from '../../../../../worker/http/input/raw-body.ts'
import { newAccount, unique } from '../../../../contracts/contract-client.ts'
import {
  errorOf,
  type File,
  fileClient,
  objectsUnder,
  storedBy,
  written as write,
} from '../../../file-client.ts'

const call = await fileClient('workspace')
const written = (path: string, body?: BodyInit) => write(call, path, body)
const put = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
  call(path, { method: 'PUT', body, headers })
const remove = (path: string, headers: Record<string, string> = {}) =>
  call(path, { method: 'DELETE', headers })
const text = async (path: string) => await (await call(path)).text()
const objects = () => objectsUnder('workspace/')

describe('PUT /v1/workspace/{path}', () => {
  it('writes a file, and says what has become of it', async () => {
    const response = await put('/data/rows.jsonl', '{"text":"é"}\n', { 'content-type': 'application/jsonl' })
    expect(response.status).toBe(201)
    const file = (await response.json()) as File
    expect(file).toEqual({
      object: 'workspace.file',
      path: 'data/rows.jsonl',
      bytes: 14,
      etag: expect.stringMatching(/^"[0-9a-f]{24}"$/),
      content_type: 'application/jsonl',
      created_at: expect.any(Number),
      modified_at: expect.any(Number),
    })
    expect(response.headers.get('etag')).toBe(file.etag)
    expect(await text('/data/rows.jsonl')).toBe('{"text":"é"}\n')
  })

  it('replaces a file as a whole: another ETag, and nothing is left of the bytes before', async () => {
    const own = (await newAccount()).token
    const send = (body: string) => call('/a', { method: 'PUT', body, as: own })
    const [first, kept] = [(await (await send('first')).json()) as File, await objects()]
    const second = await send('second one')
    expect(second.status).toBe(200)
    expect(((await second.json()) as File).etag).not.toBe(first.etag)
    expect(await (await call('/a', { as: own })).text()).toBe('second one')
    expect(await objects()).toHaveLength(kept.length)
    expect(await objects()).not.toContain(`workspace/${first.etag.slice(1, -1)}`)
    expect(await storedBy(own)).toEqual([10, 1])
  })

  it('takes bytes of any type without reading them, none at all too', async () => {
    const body = new Uint8Array([0, 255, 123])
    expect((await put('/raw', body, { 'content-type': 'application/json' })).status).toBe(201)
    expect(await (await call('/raw')).bytes()).toEqual(body)
    expect((await put('/empty', '')).status).toBe(201)
    const empty = await call('/empty')
    expect([await empty.text(), empty.headers.get('content-length')]).toEqual(['', '0'])
  })

  it('takes a body whose length is not told', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const [, response] = await Promise.all([
      writer.write(new TextEncoder().encode('streamed')).then(() => writer.close()),
      put('/streamed', readable),
    ])
    expect(response.status).toBe(201)
    expect(await text('/streamed')).toBe('streamed')
  })

  it(`takes ${MAX_BODY_BYTES} bytes and not one more, which leaves nothing behind`, async () => {
    const own = (await newAccount()).token
    const largest = await call('/big', { method: 'PUT', body: new Uint8Array(MAX_BODY_BYTES), as: own })
    expect(await largest.json()).toMatchObject({ bytes: MAX_BODY_BYTES })
    const kept = await objects()
    const chunk = new Uint8Array(1024 * 1024)
    for (const body of [new Uint8Array(MAX_BODY_BYTES + 1), untold(chunk, 95, 1)]) {
      const refused = await call('/bigger', { method: 'PUT', body, as: own })
      expect(await errorOf(refused)).toMatchObject({
        status: 413,
        code: 'request_too_large',
        message: 'The body is larger than 95 MB: send it in parts (POST /v1/workspace-uploads).',
      })
    }
    expect((await call('/bigger', { as: own })).status).toBe(404)
    expect(await objects()).toEqual(kept)
    expect(await storedBy(own)).toEqual([MAX_BODY_BYTES, 1])
  })

  it('refuses a piece of a file, which is not the file', async () => {
    const piece = await put('/x', 'x', { 'content-range': 'bytes 0-0/10' })
    expect(await errorOf(piece)).toMatchObject({ status: 400, param: 'Content-Range' })
  })

  it('refuses a type that is none, and a body that is compressed', async () => {
    const odd = await put('/x', 'x', { 'content-type': 'nonsense' })
    expect(await errorOf(odd)).toMatchObject({ status: 400, param: 'Content-Type' })
    const packed = await put('/x', 'x', { 'content-encoding': 'gzip' })
    expect(await errorOf(packed)).toMatchObject({ status: 415, param: 'Content-Encoding' })
  })

  it('is refused where the plan has no room, before anything is stored', async () => {
    const { token: own, account } = await newAccount()
    await env.DB.prepare('INSERT INTO stored_files (account_id, bytes, files) VALUES (?, ?, ?)')
      .bind(account.id, 1024 ** 3 - 3, 1)
      .run()
    const fits = await call('/a', { method: 'PUT', body: 'xxx', as: own })
    expect(fits.status).toBe(201)
    const refused = await call('/b', { method: 'PUT', body: 'x', as: own })
    expect(await errorOf(refused)).toMatchObject({ status: 413, code: 'storage_full' })
  })
})

/** A body of `count` chunks and some bytes, whose length is not told. */
function untold(chunk: Uint8Array, count: number, more: number): ReadableStream {
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(sent < count ? chunk : chunk.slice(0, more))
      if (sent === count) controller.close()
      sent += 1
    },
  })
}

describe('a change of a file in a certain state', () => {
  const path = () => `/${unique('state')}`

  it('happens only if the file is there, or is not', async () => {
    const at = path()
    expect((await put(at, '1', { 'if-match': '*' })).status).toBe(412)
    expect((await put(at, '1', { 'if-none-match': '*' })).status).toBe(201)
    expect((await put(at, '2', { 'if-none-match': '*' })).status).toBe(412)
    expect((await put(at, '3', { 'if-match': '*' })).status).toBe(200)
    expect(await text(at)).toBe('3')
  })

  it('happens only to the version that was read', async () => {
    const at = path()
    const [one, two] = [await written(at, '1'), await written(at, '2')]
    const kept = await objects()
    expect(await errorOf(await put(at, '3', { 'if-match': one.etag }))).toMatchObject({ status: 412 })
    expect(await errorOf(await put(at, '3', { 'if-match': `W/${two.etag}` }))).toMatchObject({ status: 412 })
    expect((await put(at, '3', { 'if-none-match': two.etag })).status).toBe(412)
    expect((await remove(at, { 'if-match': one.etag })).status).toBe(412)
    expect(await objects()).toEqual(kept)
    expect(await text(at)).toBe('2')
    expect((await put(at, '3', { 'if-match': `${one.etag}, ${two.etag}` })).status).toBe(200)
    expect((await remove(at, { 'if-match': two.etag })).status).toBe(412)
    expect((await remove(at, { 'if-match': '*' })).status).toBe(200)
  })

  it('happens once, however many try it together, and counts once', async () => {
    const own = (await newAccount()).token
    const writers = Array.from({ length: 6 }, (_, index) =>
      call('/race', { method: 'PUT', body: `${index}`, as: own, headers: { 'if-none-match': '*' } }),
    )
    const statuses = (await Promise.all(writers)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, 412, 412, 412, 412, 412])
    expect(await storedBy(own)).toEqual([1, 1])
  })

  it('leaves one file whole when many replace it together', async () => {
    const own = (await newAccount()).token
    const bodies = Array.from({ length: 6 }, (_, index) => `${index}`.repeat(1_000))
    await Promise.all(bodies.map((body) => call('/race', { method: 'PUT', body, as: own })))
    expect(bodies).toContain(await (await call('/race', { as: own })).text())
    expect(await storedBy(own)).toEqual([1_000, 1])
  })
})

describe('DELETE /v1/workspace/{path}', () => {
  it('takes the file, its bytes and its room', async () => {
    const own = (await newAccount()).token
    await call('/gone', { method: 'PUT', body: 'xyz', as: own })
    expect(await storedBy(own)).toEqual([3, 1])
    const kept = await objects()
    const response = await call('/gone', { method: 'DELETE', as: own })
    expect(await response.json()).toEqual({ path: 'gone', object: 'workspace.file', deleted: true })
    expect((await call('/gone', { as: own })).status).toBe(404)
    expect(await objects()).toHaveLength(kept.length - 1)
    expect(await storedBy(own)).toEqual([0, 0])
    expect((await call('/gone', { method: 'DELETE', as: own })).status).toBe(404)
  })
})

describe('a workspace', () => {
  it('is its account’s alone: the same path is another file', async () => {
    const [ada, bob] = [(await newAccount()).token, (await newAccount()).token]
    await call('/mine', { method: 'PUT', body: 'ada', as: ada })
    expect((await call('/mine', { as: bob })).status).toBe(404)
    expect((await call('/mine', { as: bob, method: 'DELETE' })).status).toBe(404)
    expect(await (await call('', { as: bob })).json()).toMatchObject({ data: [] })
    await call('/mine', { method: 'PUT', body: 'bob', as: bob })
    expect(await (await call('/mine', { as: ada })).text()).toBe('ada')
  })
})
