import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_PATH_BYTES } from '../../../../../worker/services/workspace/path.ts'
import { MAX_LISTED_FILES } from '../../../../../worker/surfaces/openai/routes/workspace.ts'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { errorOf, type File, fileClient, written as write } from '../../../file-client.ts'

const call = await fileClient('workspace')
const written = (path: string, body?: BodyInit) => write(call, path, body)
const put = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
  call(path, { method: 'PUT', body, headers })

describe('a path', () => {
  it.each([
    ['folders', '/a/b/c.txt', 'a/b/c.txt'],
    ['escaped slashes', '/a%2Fb', 'a/b'],
    ['blanks', '/a%20b%20.txt', 'a b .txt'],
    ['a percent sign, decoded once', '/100%2525', '100%25'],
    ['dots that are no folder', '/..a/b../...', '..a/b../...'],
    ['letters in the one form of Unicode', '/cafe%CC%81', 'café'],
    ['a plus', '/a+b', 'a+b'],
  ])('may have %s', async (_case, sent, path) => {
    expect(await written(sent)).toMatchObject({ path })
    expect((await call(`/${encodeURIComponent(path.normalize('NFD'))}`)).status).toBe(200)
  })

  it.each([
    ['a control character', '/a%00b', 'control characters'],
    ['a bidirectional control', '/a%E2%80%AEb', 'bidirectional controls'],
    ['a backslash', '/a%5Cb', 'it holds a backslash'],
    ['an empty segment', '/a//b', 'it has an empty segment'],
    ['a slash at its end', '/a/', 'it has an empty segment'],
    ['a slash at its beginning', '//a', 'it has an empty segment'],
    ['an escaped parent', '/a%2F..%2Fb', "'..' is no segment of it"],
    ['an escaped folder of itself', '/a%2F.%2Fb', "'.' is no segment of it"],
    ['bytes that are no UTF-8', '/a%FFb', 'its percent-encoding is not UTF-8'],
    ['an escape that is none', '/a%zz', 'its percent-encoding is not UTF-8'],
  ])('cannot have %s, whatever is done with it', async (_case, path, why) => {
    for (const method of ['PUT', 'GET', 'DELETE']) {
      const response = await call(path, { method, body: method === 'PUT' ? 'x' : null })
      const { status, param, message } = await errorOf(response)
      expect([status, param], method).toEqual([400, 'path'])
      expect(message).toContain(why)
    }
  })

  it(`has at most ${MAX_PATH_BYTES} bytes`, async () => {
    const longest = `${'é'.repeat(MAX_PATH_BYTES / 2 - 1)}xy`
    expect(await written(`/${encodeURIComponent(longest)}`)).toMatchObject({ path: longest })
    const refused = await put(`/${encodeURIComponent(`${longest}z`)}`, 'x')
    expect(await errorOf(refused)).toMatchObject({
      status: 400,
      message: `Invalid 'path': it has ${MAX_PATH_BYTES + 1} bytes, and at most ${MAX_PATH_BYTES} are allowed.`,
    })
  })
})

describe('GET /v1/workspace/{path}', () => {
  const BODY = '0123456789'
  let file: File
  beforeAll(async () => {
    file = await written('/read/me%20(1).txt', BODY)
  })
  const get = (headers: Record<string, string> = {}, method = 'GET') =>
    call('/read/me%20(1).txt', { headers, method })

  it('answers with the bytes, which no browser shows or guesses at', async () => {
    const response = await get()
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/plain',
      'content-length': '10',
      'content-disposition': "attachment; filename*=UTF-8''me%20%281%29.txt",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'accept-ranges': 'bytes',
      etag: file.etag,
      'last-modified': expect.stringMatching(/GMT$/),
    })
    expect(await response.text()).toBe(BODY)
  })

  it('answers HEAD with the same headers and no body', async () => {
    const [head, whole] = [await get({}, 'HEAD'), await get()]
    await whole.body?.cancel()
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
    for (const name of ['content-length', 'content-type', 'etag', 'last-modified', 'accept-ranges'])
      expect(head.headers.get(name), name).toBe(whole.headers.get(name))
    expect((await call('/nothing', { method: 'HEAD' })).status).toBe(404)
  })

  it.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=5-99999999999999999999', '56789', 'bytes 5-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-100', BODY, 'bytes 0-9/10'],
    ['Bytes = 1-1', '1', 'bytes 1-1/10'],
  ])('gives the piece %s', async (range, piece, contentRange) => {
    const response = await get({ range })
    expect(response.status).toBe(206)
    expect(response.headers.get('content-range')).toBe(contentRange)
    expect(response.headers.get('content-length')).toBe(String(piece.length))
    expect(await response.text()).toBe(piece)
  })

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0', 'bytes=99999999999999999999-'])(
    'has no byte of %s',
    async (range) => {
      const response = await get({ range })
      expect(response.headers.get('content-range')).toBe('bytes */10')
      expect(await errorOf(response)).toMatchObject({ status: 416, code: 'range_not_satisfiable' })
    },
  )

  it.each(['bytes=0-1,3-4', 'bytes=5-2', 'bytes=-', 'bytes=x-1', 'lines=1-2', ''])(
    'passes over the range %j',
    async (range) => {
      const response = await get({ range })
      expect([response.status, await response.text()]).toEqual([200, BODY])
    },
  )

  it('gives a piece only of the file that If-Range names', async () => {
    const range = 'bytes=0-1'
    const piece = async (ifRange: string) => (await get({ range, 'if-range': ifRange })).status
    expect(await piece(file.etag)).toBe(206)
    expect(await piece('"another"')).toBe(200)
    expect(await piece(`W/${file.etag}`)).toBe(200)
    expect(await piece(new Date(Date.now() + 1e6).toUTCString())).toBe(200)
  })

  it('says that nothing has changed', async () => {
    for (const tag of [file.etag, `W/${file.etag}`, '*', `"x" , ${file.etag}`]) {
      const response = await get({ 'if-none-match': tag })
      expect([response.status, await response.text()], tag).toEqual([304, ''])
      expect(response.headers.get('etag')).toBe(file.etag)
    }
    expect((await get({ 'if-none-match': '"x"' })).status).toBe(200)
    const [past, future] = [new Date(0).toUTCString(), new Date(Date.now() + 1e6).toUTCString()]
    expect((await get({ 'if-modified-since': future })).status).toBe(304)
    expect((await get({ 'if-modified-since': past })).status).toBe(200)
    expect((await get({ 'if-modified-since': 'yesterday' })).status).toBe(200)
    // Tags come before dates.
    expect((await get({ 'if-modified-since': future, 'if-none-match': '"x"' })).status).toBe(200)
  })

  it('is refused where the file is not the one that is expected', async () => {
    expect((await get({ 'if-match': `"x", ${file.etag}` })).status).toBe(200)
    expect((await get({ 'if-match': '*' })).status).toBe(200)
    for (const headers of [
      { 'if-match': '"x"' },
      { 'if-match': `W/${file.etag}` },
      { 'if-unmodified-since': new Date(0).toUTCString() },
    ]) {
      expect(await errorOf(await get(headers))).toMatchObject({ status: 412, code: 'precondition_failed' })
    }
  })

  it('names the header that holds no tags', async () => {
    for (const header of ['x', '"a" "b"', '"a', ',']) {
      const refused = await errorOf(await get({ 'if-match': header }))
      expect([refused.status, refused.param], header).toEqual([400, 'If-Match'])
    }
  })

  it('is 404 where there is no file', async () => {
    expect(await errorOf(await call('/nothing'))).toMatchObject({ status: 404, code: 'not_found' })
  })
})

describe('GET /v1/workspace', () => {
  let own: string
  const PATHS = ['a', 'a/1', 'a/2', 'a!', 'b', 'b/é', 'ba', '\u{10ffff}']
  beforeAll(async () => {
    own = (await newAccount({ plan: 'enterprise' })).token
    for (const path of PATHS)
      await call(`/${encodeURIComponent(path)}`, { method: 'PUT', body: path, as: own })
  })
  const page = async (query: Record<string, string>) =>
    (await (await call(`?${new URLSearchParams(query)}`, { as: own })).json()) as {
      data: File[]
      has_more: boolean
      next: string | null
    }
  const paths = async (query: Record<string, string>) => (await page(query)).data.map(({ path }) => path)

  it('lists files by the bytes of their paths', async () => {
    expect(await paths({})).toEqual(['a', 'a!', 'a/1', 'a/2', 'b', 'b/é', 'ba', '\u{10ffff}'])
  })

  it.each([
    ['a/', ['a/1', 'a/2']],
    ['/a/', ['a/1', 'a/2']],
    ['a', ['a', 'a!', 'a/1', 'a/2']],
    ['b/e\u0301', ['b/é']],
    ['\u{10ffff}', ['\u{10ffff}']],
    ['%', []],
    ['_', []],
    ['c', []],
  ])('lists those that begin with %j', async (prefix, expected) => {
    expect(await paths({ prefix })).toEqual(expected)
  })

  it('goes on where a page ended, also when its last file is gone', async () => {
    const first = await page({ limit: '3', prefix: '' })
    expect(first).toMatchObject({ has_more: true, next: expect.any(String) })
    await call('/a/1', { method: 'DELETE', as: own })
    const rest = await page({ limit: '5', after: first.next ?? '' })
    expect(rest.data.map(({ path }) => path)).toEqual(['a/2', 'b', 'b/é', 'ba', '\u{10ffff}'])
    expect(rest).toMatchObject({ has_more: false, next: null })
  })

  it.each([
    ['limit', '0'],
    ['limit', String(MAX_LISTED_FILES + 1)],
    ['after', 'not one'],
    ['after', ''],
    ['order', 'asc'],
  ])('refuses %s %j', async (name, value) => {
    expect(await errorOf(await call(`?${name}=${value}`))).toMatchObject({ status: 400, param: name })
  })

  it('takes the largest page', async () => {
    expect((await call(`?limit=${MAX_LISTED_FILES}`)).status).toBe(200)
  })
})
