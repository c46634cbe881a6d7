import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import OpenAI from 'openai'
import { beforeAll, describe, expect, it } from 'vitest'
import type { EdgeClient } from './support/edge-client.ts'
import { violations } from './support/openai-schema.ts'
import { sharedEdge } from './support/shared-edge.ts'
import { until } from './support/until.ts'

let edge: EdgeClient
let client: OpenAI

beforeAll(async () => {
  edge = await sharedEdge()
  client = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: edge.key, maxRetries: 0 })
})

const ROWS = Array.from(
  { length: 50 },
  (_, index) =>
    `${JSON.stringify({
      messages: [
        { role: 'user', content: `What is ${index} + 1? é` },
        { role: 'assistant', content: String(index + 1) },
      ],
    })}\n`,
).join('')
const rowsFile = (content = ROWS) => new File([content], 'rows.jsonl', { type: 'application/jsonl' })

describe('the unchanged openai client', () => {
  it('creates, retrieves, reads and deletes a file', async () => {
    const file = await client.files.create({ file: rowsFile(), purpose: 'fine-tune' })
    expect(violations('file', file)).toEqual([])
    expect(file).toMatchObject({
      bytes: Buffer.byteLength(ROWS),
      filename: 'rows.jsonl',
      status: 'processed',
    })
    expect(await client.files.retrieve(file.id)).toEqual(file)
    expect(await client.files.waitForProcessing(file.id)).toEqual(file)
    const content = await client.files.content(file.id)
    expect(await content.text()).toBe(ROWS)
    expect(await client.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true })
    await expect(client.files.retrieve(file.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  })

  it('walks its list, page by page, in both orders', async () => {
    const made = []
    for (const _ of [1, 2, 3]) {
      const expires_after = { anchor: 'created_at' as const, seconds: 3_600 }
      made.push(await client.files.create({ file: rowsFile(), purpose: 'fine-tune', expires_after }))
    }
    expect(made.map(({ created_at, expires_at }) => (expires_at ?? 0) - created_at)).toEqual([
      3_600, 3_600, 3_600,
    ])
    const ids = made.map(({ id }) => id)
    const page = await client.files.list({ limit: 2, purpose: 'fine-tune' })
    expect(page.hasNextPage()).toBe(true)
    for (const order of ['asc', 'desc'] as const) {
      const walked: string[] = []
      for await (const file of client.files.list({ limit: 1, order })) walked.push(file.id)
      expect(new Set(walked).size).toBe(walked.length)
      expect(walked.toSorted()).toEqual(order === 'asc' ? walked : walked.toReversed())
      expect(walked).toEqual(expect.arrayContaining(ids))
    }
    for (const id of ids) await client.files.delete(id)
  })

  it('is told of rows that are none, and of purposes that do not act, by the class it knows', async () => {
    const bad = client.files.create({ file: rowsFile(`${ROWS}{"messages": []}\n`), purpose: 'fine-tune' })
    await expect(bad).rejects.toBeInstanceOf(OpenAI.BadRequestError)
    await expect(bad).rejects.toMatchObject({
      param: 'file',
      message: expect.stringContaining('line 51, messages: '),
    })
    const other = client.files.create({ file: rowsFile(), purpose: 'batch' })
    await expect(other).rejects.toMatchObject({ status: 400, param: 'purpose' })
  })

  it('uploads a file in parts, in the order that it names', async () => {
    const bytes = Buffer.from(ROWS)
    const upload = await client.uploads.create({
      bytes: bytes.length,
      filename: 'parts.jsonl',
      mime_type: 'application/jsonl',
      purpose: 'fine-tune',
    })
    expect(violations('upload', upload)).toEqual([])
    const cuts = [0, 1_111, 1_112, 3_000, bytes.length]
    const parts = await Promise.all(
      cuts.slice(1).map((end, index) => {
        const data = new File([bytes.subarray(cuts[index], end)], 'part')
        return client.uploads.parts.create(upload.id, { data })
      }),
    )
    expect(parts.flatMap((part) => violations('uploadPart', part))).toEqual([])
    const part_ids = parts.map(({ id }) => id)
    const wrong = client.uploads.complete(upload.id, { part_ids, md5: '0'.repeat(32) })
    await expect(wrong).rejects.toMatchObject({ status: 400, param: 'md5' })
    const md5 = createHash('md5').update(bytes).digest('hex')
    const done = await client.uploads.complete(upload.id, { part_ids, md5 })
    expect(violations('upload', done)).toEqual([])
    expect(done.status).toBe('completed')
    const id = done.file?.id ?? ''
    expect(await (await client.files.content(id)).text()).toBe(ROWS)
    await client.files.delete(id)
  })

  it('cancels an upload', async () => {
    const upload = await client.uploads.create({
      bytes: 10,
      filename: 'x.jsonl',
      mime_type: 'application/jsonl',
      purpose: 'fine-tune',
    })
    expect((await client.uploads.cancel(upload.id)).status).toBe('cancelled')
  })
})

describe('a workspace behind a real socket', () => {
  const at = (path: string) => `${edge.url}/v1/workspace/${path}`
  const send = (path: string, method: string, init: RequestInit = {}) =>
    fetch(at(path), { ...init, method, headers: { authorization: `Bearer ${edge.key}`, ...init.headers } })

  /** A request by hand, that is given up in its middle. */
  async function giveUp(
    target: string,
    headers: string,
    body: string,
    isRead: () => Promise<void>,
  ): Promise<void> {
    const { hostname, port, host } = new URL(edge.url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.write(
      `PUT ${target} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${edge.key}\r\n${headers}\r\n${body}`,
    )
    // Its room is held once it is being read.
    await isRead()
    socket.destroy()
  }

  it('keeps a text as it is, whatever a client says that it can unpack', async () => {
    const path = `${randomUUID()}/text.txt`
    const text = 'to be packed '.repeat(2_000)
    const written = await send(path, 'PUT', { body: text, headers: { 'content-type': 'text/plain' } })
    expect(written.status).toBe(201)
    const headers = { 'accept-encoding': 'gzip, br' }
    const [whole, head, piece] = [
      await send(path, 'GET', { headers }),
      await send(path, 'HEAD', { headers }),
      await send(path, 'GET', { headers: { ...headers, range: 'bytes=10-12' } }),
    ]
    expect(await whole.text()).toBe(text)
    for (const { headers: answered } of [whole, head, piece])
      expect(answered.get('etag')).toBe(written.headers.get('etag'))
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(text.length)])
    expect([piece.status, await piece.text()]).toEqual([206, text.slice(10, 13)])
    expect((await send(path, 'DELETE')).status).toBe(200)
  })

  it.each([
    ['its length is promised', 'content-length: 1000\r\n', 'begun'],
    ['it comes in chunks', 'transfer-encoding: chunked\r\n', '5\r\nbegun\r\n'],
  ])('shows nothing of a file that breaks off where %s', async (_case, headers, body) => {
    const path = randomUUID()
    const stored = async () => (await edge.json<{ storage: object }>('/v1/usage')).storage
    const before = await stored()
    const isRead = () =>
      until(async () => expect(await stored()).not.toEqual(before), { limitMs: 25_000, intervalMs: 50 })
    await giveUp(`/v1/workspace/${path}`, headers, body, isRead)
    // Once the room that was held for it is free, the edge is done with it.
    await until(async () => expect(await stored()).toEqual(before), { limitMs: 25_000, intervalMs: 100 })
    expect((await send(path, 'GET')).status).toBe(404)
  })

  it('lets no path climb out of it that is escaped', async () => {
    for (const path of ['a/..%2F..%2Fkeys', '..%2Fkeys', 'a%2F.%2Fb'])
      expect(await (await send(path, 'GET')).json(), path).toMatchObject({ error: { param: 'path' } })
  })
})
