import { SELF } from 'cloudflare:test'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { MIB } from '../../shared/units.ts'
import { openaiErrorBody } from '../../worker/http/openai-errors.ts'
import * as agentic from '../../worker/surfaces/agentic/errors.ts'
import * as clara from '../../worker/surfaces/clara/errors.ts'
import * as rajora from '../../worker/surfaces/rajora/index.ts'
import * as sira from '../../worker/surfaces/sira/errors.ts'
import { createWorld, type World } from '../worker/world.ts'
import { contractClient, newAccount, newAdmin, read } from './contract-client.ts'
import { csv, keptFiles, upload, uploaded } from './dualquery-uploader.ts'

const { call } = contractClient('dualquery')

/** A table of so many bytes. */
const tableOf = (bytes: number) => csv(`a\n${'x'.repeat(bytes - 3)}\n`)

const LIMIT = 1_000
let world: World
let admin: Awaited<ReturnType<typeof newAdmin>>
let ada: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  world = await createWorld()
  admin = await newAdmin()
})
beforeEach(async () => {
  ada = await newAccount()
  await admin.configure({ storage_limits: { tiers: { free: { bytes: LIMIT, files: 3 } } } })
})
afterEach(() => admin.configure({ storage_limits: { bytes: null, files: null, tiers: { free: null } } }))

const storageOf = async (token: string) => {
  const body = (await (await world.request('/v1/usage', { key: token })).json()) as { storage: object }
  return body.storage
}
const using = (bytes: number, files: number) => ({ bytes, files, limit_bytes: LIMIT, limit_files: 3 })

describe('what an account stores', () => {
  it('may be as much as its plan says, and not one byte more', async () => {
    await uploaded(tableOf(LIMIT - 10), ada.token)
    await uploaded(tableOf(10), ada.token)
    expect(await read(await upload(tableOf(4), ada.token))).toEqual([
      413,
      { detail: 'Your storage holds at most 1,000 bytes: 0 are left.' },
    ])
    expect(await storageOf(ada.token)).toEqual(using(LIMIT, 2))
  })

  it('may be no file that is larger than all of it, which leaves nothing behind', async () => {
    const before = await keptFiles()
    const response = await upload(tableOf(LIMIT + 1), ada.token)
    expect(await read(response)).toEqual([
      413,
      { detail: 'Your storage holds at most 1,000 bytes: this file is larger than that.' },
    ])
    expect(await storageOf(ada.token)).toEqual(using(0, 0))
    expect(await keptFiles()).toBe(before)
  })

  it('may be as many files as its plan says, and not one more', async () => {
    for (let file = 0; file < 3; file += 1) await uploaded(tableOf(5), ada.token)
    expect(await read(await upload(tableOf(5), ada.token))).toEqual([
      413,
      { detail: 'Your storage holds at most 3 files, and has 3.' },
    ])
  })

  it('does not pass the limit by uploads beside each other', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => upload(tableOf(300), ada.token)))
    const statuses = answers.map(({ status }) => status).toSorted()
    expect(statuses).toEqual([201, 201, 201, 413, 413])
    expect(await storageOf(ada.token)).toEqual(using(900, 3))
  })

  it('is less by what is deleted, once', async () => {
    const { _id } = await uploaded(tableOf(LIMIT), ada.token)
    const remove = () => call(`/api/datasets/${_id}`, { method: 'DELETE', token: ada.token })
    const statuses = (await Promise.all([remove(), remove()])).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([204, 404])
    expect(await storageOf(ada.token)).toEqual(using(0, 0))
    await uploaded(tableOf(LIMIT), ada.token)
    await call(`/api/datasets/${_id}`, { method: 'DELETE', token: ada.token })
    expect(await storageOf(ada.token)).toEqual(using(LIMIT, 1))
  })

  it('is not more by a file that was refused', async () => {
    expect((await upload(csv('a,b\n1,2,3\n'), ada.token)).status).toBe(400)
    expect((await upload(csv('a\n1\n', 'a.xlsx', 'application/x'), ada.token)).status).toBe(400)
    expect(await storageOf(ada.token)).toEqual(using(0, 0))
  })

  it('is held against the plan as it is now, and has no limit for administrators', async () => {
    await admin.configure({ storage_limits: { bytes: 0 } })
    expect((await upload(tableOf(LIMIT), ada.token)).status).toBe(201)
    await admin.configure({ storage_limits: { tiers: { free: null } } })
    expect((await upload(tableOf(4), ada.token)).status).toBe(413)
    const response = await upload(tableOf(4), admin.token)
    expect(response.status).toBe(201)
  })
})

it.each([
  ['DualQuery', '/dualquery/api/datasets/upload', 'POST'],
  ['/v1/files', '/v1/files', 'POST'],
  ['/v1/workspace', '/v1/workspace/a.csv', 'PUT'],
])('a file that cannot fit, by its length, is refused by %s before it is read', async (_, path, method) => {
  await admin.configure({ storage_limits: { tiers: { free: { bytes: 4 * MIB, files: 3 } } } })
  const size = 8 * MIB
  const head = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\na\n'
  const { readable, writable } = new FixedLengthStream(size)
  const writer = writable.getWriter()
  let sent = 0
  const sending = (async () => {
    await writer.write(new TextEncoder().encode(head))
    const chunk = new Uint8Array(64 * 1024).fill(120)
    for (sent = head.length; sent < size; sent += chunk.length)
      await writer.write(chunk.subarray(0, size - sent))
  })().catch(() => {}) // whoever reads it has left
  const response = await SELF.fetch(`http://localhost${path}`, {
    method,
    headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'multipart/form-data; boundary=x' },
    body: readable,
  })
  expect(response.status).toBe(413)
  expect(await response.text()).toContain('Your storage holds at most 4,194,304 bytes')
  expect(sent).toBeLessThan(MIB)
  await writer.abort()
  await sending
})

describe('a storage that is full', () => {
  const error = new AppError('storage_full', 'Why.')
  it.each([
    [
      '/v1',
      openaiErrorBody(error),
      { error: { message: 'Why.', type: 'invalid_request_error', param: null, code: 'storage_full' } },
    ],
    [
      'Clara',
      clara.errorBody(error),
      { success: false, message: 'Why.', error_code: 'STORAGE_FULL', details: {} },
    ],
    ['SIRA', sira.errorBody(error), { error: 'Payload Too Large', message: 'Why.', details: {} }],
    ['Agentic', agentic.errorBody(error), { error: 'Payload Too Large', detail: 'Why.', status_code: 413 }],
    ['Rajora', rajora.errorBody(error), { detail: 'Why.', status_code: 413 }],
  ])('is told in the words of %s', (_name, body, expected) => expect(body).toEqual(expected))
})
