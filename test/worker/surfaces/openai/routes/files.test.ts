import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../../../../worker/db/client.ts'
import { configOf } from '../../../../../worker/env.ts'
import { MAX_BODY_BYTES } from '../../../../../worker/http/input/raw-body.ts'
import { NO_NODE } from '../../../../../worker/services/documents/reasons.ts'
import { createStubs } from '../../../../../worker/services/stubs.ts'
import { MAX_LISTED_FILES } from '../../../../../worker/surfaces/openai/routes/files.ts'
import {
  FILE_PREFIX,
  MAX_LIFETIME_SECONDS,
  MIN_LIFETIME_SECONDS,
} from '../../../../../worker/surfaces/openai/schemas/file.ts'
import { createServices } from '../../../../../worker/wiring.ts'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { errorOf, fileClient, objectsUnder, storedBy } from '../../../file-client.ts'

const ROW = '{"prompt":"2+2?","completion":"4"}\n'

const services = createServices(env, configOf(env))
const call = await fileClient('files')
const objects = () => objectsUnder('files/')

type Part = [field: string, value: string | File]
const rows = (content: string = ROW, name = 'rows.jsonl') => new File([content], name)

/** As the `openai` client sends it: the file before the fields. */
function form(parts: readonly Part[]): FormData {
  const data = new FormData()
  for (const [field, value] of parts) {
    if (typeof value === 'string') data.append(field, value)
    else data.append(field, value)
  }
  return data
}
const FINE_TUNE: Part = ['purpose', 'fine-tune']
const send = (parts: readonly Part[], as?: string) =>
  call('', { method: 'POST', body: form(parts), ...(as !== undefined && { as }) })

interface FileObject {
  id: string
  bytes: number
  created_at: number
  expires_at?: number
}
async function created(as?: string, content?: string): Promise<FileObject> {
  const response = await send([['file', rows(content)], FINE_TUNE], as)
  expect(response.status).toBe(200)
  return (await response.json()) as FileObject
}

describe('POST /v1/files', () => {
  it('keeps a file, and answers in OpenAI’s form', async () => {
    const own = (await newAccount()).token
    const file = await created(own)
    expect(file).toEqual({
      id: expect.stringMatching(/^file-[0-9a-f]{24}$/),
      object: 'file',
      bytes: ROW.length,
      created_at: expect.any(Number),
      filename: 'rows.jsonl',
      purpose: 'fine-tune',
      status: 'processed',
    })
    expect(await storedBy(own)).toEqual([ROW.length, 1])
  })

  it('takes the fields before the file, or behind it', async () => {
    expect((await send([FINE_TUNE, ['file', rows()]])).status).toBe(200)
    expect((await send([['file', rows()], FINE_TUNE])).status).toBe(200)
  })

  it('takes an end, counted from its beginning', async () => {
    for (const seconds of [MIN_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS]) {
      const response = await send([
        ['file', rows()],
        FINE_TUNE,
        ['expires_after[anchor]', 'created_at'],
        ['expires_after[seconds]', String(seconds)],
      ])
      const file = (await response.json()) as FileObject
      expect(file.expires_at).toBe(file.created_at + seconds)
    }
  })

  const file: Part = ['file', rows()]
  const anchor: Part = ['expires_after[anchor]', 'created_at']
  it.each<[string, Part[], string, string]>([
    ['no purpose', [file], 'purpose', "Missing required parameter: 'purpose'."],
    [
      'a purpose that does not act yet',
      [file, ['purpose', 'vision']],
      'purpose',
      "Invalid 'purpose': 'vision' is not supported. Supported are 'fine-tune', 'user_data' and 'assistants'.",
    ],
    [
      'the purpose of jobs',
      [file, ['purpose', 'fine-tune-results']],
      'purpose',
      "Invalid 'purpose': files of this purpose are written by jobs alone.",
    ],
    ['two purposes', [file, FINE_TUNE, FINE_TUNE], 'purpose', 'not supported'],
    ['no file', [FINE_TUNE], 'file', "Invalid 'file': a file is required."],
    ['an unknown field', [file, FINE_TUNE, ['purposes', 'x']], 'purposes', 'unknown or not supported'],
    ['__proto__', [file, FINE_TUNE, ['__proto__', 'x']], '__proto__', 'unknown or not supported'],
    ['an anchor alone', [file, FINE_TUNE, anchor], 'expires_after[seconds]', 'it is required beside'],
    [
      'another anchor',
      [file, FINE_TUNE, ['expires_after[anchor]', 'now'], ['expires_after[seconds]', '3600']],
      'expires_after[anchor]',
      'created_at',
    ],
    [
      'too short a life',
      [file, FINE_TUNE, anchor, ['expires_after[seconds]', String(MIN_LIFETIME_SECONDS - 1)]],
      'expires_after[seconds]',
      '>= 3600',
    ],
    [
      'too long a life',
      [file, FINE_TUNE, anchor, ['expires_after[seconds]', String(MAX_LIFETIME_SECONDS + 1)]],
      'expires_after[seconds]',
      '<= 2592000',
    ],
  ])('refuses %s by name, and keeps nothing', async (_case, parts, param, words) => {
    const kept = await objects()
    const error = await errorOf(await send(parts))
    expect(error).toMatchObject({ status: 400, param, message: expect.stringContaining(words) })
    expect(await objects()).toEqual(kept)
  })

  it('tells the mistakes of the rows with line and field, and keeps nothing', async () => {
    const own = (await newAccount()).token
    const kept = await objects()
    const content = `${ROW}{"prompt":"a"}\n{"prompt":"a","completion":2}\nnonsense\n`
    const response = await send([['file', rows(content)], FINE_TUNE], own)
    const error = await errorOf(response)
    expect(error).toMatchObject({ status: 400, param: 'file' })
    expect(error.message).toContain('line 2: it has the fields of none of')
    expect(error.message).toContain('line 3, completion: ')
    expect(error.message).toContain('line 4: it is not valid JSON.')
    expect(await objects()).toEqual(kept)
    expect(await storedBy(own)).toEqual([0, 0])
  })

  it('says of the wrong purpose before it speaks of rows', async () => {
    const error = await errorOf(
      await send([
        ['file', rows('no rows')],
        ['purpose', 'vision'],
      ]),
    )
    expect(error).toMatchObject({ param: 'purpose' })
  })

  it(`takes ${MAX_BODY_BYTES} bytes, and not one more`, async () => {
    const own = (await newAccount()).token
    const line = `{"text":"${'x'.repeat(1_000_000)}"}\n`
    const count = Math.floor(MAX_BODY_BYTES / line.length)
    const whole = line.repeat(count) + '\n'.repeat(MAX_BODY_BYTES - count * line.length)
    const largest = await send([['file', rows(whole)], FINE_TUNE], own)
    expect(await largest.json()).toMatchObject({ bytes: MAX_BODY_BYTES })
    const kept = await objects()
    const refused = await send([['file', rows(`${whole}\n`)], FINE_TUNE], own)
    expect(await errorOf(refused)).toMatchObject({
      status: 413,
      message: 'The file is larger than 95 MB: send it in parts (POST /v1/uploads).',
    })
    expect(await objects()).toEqual(kept)
    expect(await storedBy(own)).toEqual([MAX_BODY_BYTES, 1])
    // Twice the most that a request brings, on a machine that may have more to do.
  }, 120_000)

  it('refuses a form that ends too early, and what is no form', async () => {
    const kept = await objects()
    const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const broken = await call('', { method: 'POST', body: head + ROW, headers })
    expect(await errorOf(broken)).toMatchObject({
      status: 400,
      message: expect.stringContaining('malformed'),
    })
    const json = await call('', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    expect(json.status).toBe(415)
    expect(await objects()).toEqual(kept)
  })
})

describe('GET /v1/files', () => {
  let own: string
  const ids: string[] = []
  beforeAll(async () => {
    const { token, account } = await newAccount({ plan: 'enterprise' })
    own = token
    const { files } = createServices(env, configOf(env))
    // Ids of one second have no order of their own.
    for (const seconds of [3, 2, 1]) {
      const id = (Math.floor(Date.now() / 1000) - seconds).toString(16) + newId().slice(8)
      await env.DB.prepare(
        `INSERT INTO files (id, account_id, name, purpose, content_type, size_bytes, created_at) VALUES (?, ?, 'a', ?, 'x/y', 0, 0)`,
      )
        .bind(id, account.id, seconds === 2 ? 'fine-tune-results' : 'fine-tune')
        .run()
      ids.push(`file-${id}`)
    }
    expect(await files.find(account.id, ids[0]?.slice(5) ?? '')).toBeDefined()
  })
  const list = async (query: string) =>
    (await (await call(query, { as: own })).json()) as {
      data: FileObject[]
      has_more: boolean
      first_id: string | null
      last_id: string | null
    }
  const listed = async (query: string) => (await list(query)).data.map(({ id }) => id)

  it('lists files by age, the newest first', async () => {
    const [first, second, third] = ids
    expect(await listed('')).toEqual([third, second, first])
    expect(await listed('?order=asc')).toEqual([first, second, third])
    expect(await listed('?purpose=fine-tune-results')).toEqual([second])
    expect(await listed('?purpose=assistants')).toEqual([])
  })

  it('gives pages, which go on behind a file', async () => {
    const [first, second, third] = ids
    expect(await list('?limit=2')).toMatchObject({ has_more: true, first_id: third, last_id: second })
    expect(await list(`?limit=2&after=${second}`)).toMatchObject({ has_more: false, data: [{ id: first }] })
    expect(await listed(`?order=asc&after=${first}`)).toEqual([second, third])
    expect(await list(`?after=${first}`)).toMatchObject({ data: [], first_id: null, last_id: null })
    expect((await call(`?limit=${MAX_LISTED_FILES}`)).status).toBe(200)
  })

  it('says of each document where it stands, as it does when that is retrieved', async () => {
    const own = (await newAccount()).token
    const { id: accountId } = await services.accounts.authenticate(own)
    const shelf = createStubs(env).library(accountId)
    const upload = async (content: string, name: string): Promise<string> => {
      const response = await send(
        [
          ['file', rows(content, name)],
          ['purpose', 'assistants'],
        ],
        own,
      )
      return ((await response.json()) as FileObject).id
    }
    const ids = [await upload('Words.', 'ready.txt')]
    // No node reads them: they wait, until the test moves them.
    for (const name of ['failed.pdf', 'waits.pdf']) ids.unshift(await upload(`%PDF-1.7 ${name}`, name))
    const reason = 'Its pages cannot be found.'
    const moves = [
      { state: 'queued' as const, reason: NO_NODE },
      { state: 'failed' as const, reason },
    ]
    for (const [index, move] of moves.entries()) {
      const document = await shelf.findByFile(ids[index]?.slice(FILE_PREFIX.length) ?? '')
      await shelf.move(document?.id ?? '', 1, move)
    }
    const { data } = (await (await call('', { as: own })).json()) as { data: FileObject[] }
    const byId = new Map(data.map((file) => [file.id, file]))
    expect(ids.map((id) => byId.get(id))).toMatchObject([
      { status: 'uploaded', status_details: expect.stringContaining('No connected node') },
      { status: 'error', status_details: reason },
      { status: 'processed' },
    ])
    for (const file of data) expect(await (await call(`/${file.id}`, { as: own })).json()).toEqual(file)
  })

  it.each([
    ['limit', '0', 400],
    ['limit', String(MAX_LISTED_FILES + 1), 400],
    ['order', 'up', 400],
    ['page', '1', 400],
    ['after', 'x', 404],
  ])('refuses %s %s', async (name, value, status) => {
    expect((await call(`?${name}=${value}`)).status).toBe(status)
  })
})

describe('a file', () => {
  it('is retrieved, read whole and in pieces, and deleted', async () => {
    const own = (await newAccount()).token
    const file = await created(own)
    expect(await (await call(`/${file.id}`, { as: own })).json()).toEqual(file)
    const whole = await call(`/${file.id}/content`, { as: own })
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(ROW.length),
      'content-disposition': "attachment; filename*=UTF-8''rows.jsonl",
      'x-content-type-options': 'nosniff',
    })
    expect(await whole.text()).toBe(ROW)
    const piece = await call(`/${file.id}/content`, { as: own, headers: { range: 'bytes=2-7' } })
    expect([piece.status, await piece.text()]).toEqual([206, 'prompt'])
    const kept = await objects()
    const deleted = await call(`/${file.id}`, { method: 'DELETE', as: own })
    expect(await deleted.json()).toEqual({ id: file.id, object: 'file', deleted: true })
    expect(await objects()).toHaveLength(kept.length - 1)
    expect(await storedBy(own)).toEqual([0, 0])
  })

  it('does not exist for another account, nor where there is none', async () => {
    const { id } = await created()
    const eve = (await newAccount()).token
    for (const name of [id, `file-${newId()}`, 'file-x', id.slice(5), 'part_x'])
      for (const [method, path] of [
        ['GET', `/${name}`],
        ['GET', `/${name}/content`],
        ['DELETE', `/${name}`],
      ] as const) {
        const response = await call(path, { method, as: eve })
        expect(await errorOf(response), path).toMatchObject({ status: 404, code: 'not_found' })
      }
    expect((await call(`/${id}`)).status).toBe(200)
    expect(await (await call('', { as: eve })).json()).toMatchObject({ data: [] })
  })

  it('is gone when its time is over, and swept', async () => {
    const own = (await newAccount()).token
    const { id } = await created(own)
    await env.DB.prepare('UPDATE files SET expires_at = ? WHERE id = ?').bind(Date.now(), id.slice(5)).run()
    for (const path of [`/${id}`, `/${id}/content`]) expect((await call(path, { as: own })).status).toBe(404)
    expect((await call(`/${id}`, { method: 'DELETE', as: own })).status).toBe(404)
    expect(await (await call('', { as: own })).json()).toMatchObject({ data: [] })
    expect(await storedBy(own)).toEqual([ROW.length, 1])
    const kept = await objects()
    expect(await createServices(env, configOf(env)).files.sweepExpired()).toBe(1)
    expect(await objects()).toHaveLength(kept.length - 1)
    expect(await storedBy(own)).toEqual([0, 0])
  })
})
