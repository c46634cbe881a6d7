import '../../workerd.ts'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { toAppError } from '../../../../shared/errors.ts'
import { fileNameOf, receiveFile, type UploadedFile } from '../../../../worker/http/input/upload.ts'

const MAX_BYTES = 100_000

async function textOf({ bytes }: UploadedFile): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of bytes) text += decoder.decode(chunk, { stream: true })
  return text
}

const app = new Hono()
  .post('/read', async (c) =>
    c.json(
      await receiveFile(c, { field: 'file', maxBytes: MAX_BYTES }, async (file) => ({
        name: file.name,
        type: file.type,
        text: await textOf(file),
      })),
    ),
  )
  .post('/refuse', async (c) =>
    c.json(
      await receiveFile(c, { field: 'file', maxBytes: MAX_BYTES }, async () => {
        throw new RangeError('not this one')
      }),
    ),
  )
app.onError((thrown, c) => {
  const { code, message } = toAppError(thrown)
  return c.json({ code, message: thrown instanceof RangeError ? thrown.message : message }, 400)
})

function send(path: string, parts: [field: string, value: File | string][]) {
  const form = new FormData()
  for (const [field, value] of parts) form.append(field, value)
  return app.request(path, { method: 'POST', body: form })
}
const file = (content: string, name = 'a.csv') => new File([content], name, { type: 'text/csv' })

describe('receiveFile', () => {
  it('hands the file on as it is, with its name and type', async () => {
    const response = await send('/read', [
      ['note', 'x'],
      ['file', file('a,b\r\n1,2\r\n')],
      ['other', 'y'],
    ])
    expect(await response.json()).toEqual({ name: 'a.csv', type: 'text/csv', text: 'a,b\r\n1,2\r\n' })
  })

  it('takes the first of two files', async () => {
    const response = await send('/read', [
      ['file', file('first')],
      ['file', file('second', 'b.csv')],
    ])
    expect(await response.json()).toMatchObject({ name: 'a.csv', text: 'first' })
  })

  it('passes over files of other fields', async () => {
    const response = await send('/read', [
      ['picture', file('x'.repeat(MAX_BYTES + 1), 'x.png')],
      ['file', file('mine')],
    ])
    expect(await response.json()).toMatchObject({ text: 'mine' })
  })

  it('takes a file of the largest size, and not one byte more', async () => {
    const largest = await send('/read', [['file', file('x'.repeat(MAX_BYTES))]])
    expect(((await largest.json()) as { text: string }).text).toHaveLength(MAX_BYTES)
    const larger = await send('/read', [['file', file('x'.repeat(MAX_BYTES + 1))]])
    expect(await larger.json()).toMatchObject({ code: 'too_large' })
  })

  it('throws what its taker throws, without reading the rest', async () => {
    const response = await send('/refuse', [['file', file('x'.repeat(MAX_BYTES))]])
    expect(await response.json()).toMatchObject({ message: 'not this one' })
  })

  it('waits for its reader: what is not read yet is not taken from the client', async () => {
    let sent = 0
    const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1
        if (sent > 500) throw new Error('too much was taken')
        controller.enqueue(new TextEncoder().encode(sent === 1 ? head : 'x'.repeat(16 * 1024)))
      },
    })
    const unread = new Hono().post('/', async (c) =>
      c.json(
        await receiveFile(c, { field: 'file', maxBytes: 1e9 }, async ({ bytes }) => {
          for await (const _ of bytes) break
          return sent
        }),
      ),
    )
    unread.onError((_thrown, c) => c.json({ sent }))
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const response = await unread.request('/', { method: 'POST', body, headers })
    await response.json()
    expect(sent).toBeLessThan(500)
  })
})

describe('fileNameOf', () => {
  it.each([
    ['a.csv', 'a.csv'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\a\\b.csv', 'b.csv'],
    ['a\u0000\u202eb.csv', 'ab.csv'],
    ['dir/', ''],
  ])('makes of %j %j', (path, name) => {
    expect(fileNameOf(path)).toBe(name)
  })
})

describe('a form with a file, by its type', () => {
  it.each([
    'multipart/form-data; boundary=x',
    'multipart/form-data ;boundary=x',
    'multipart/form-data ; boundary="x" ; charset=utf-8',
    'multipart/form-data; charset=utf-8; boundary=x;',
    'Multipart/Form-Data; Boundary=x',
  ])('is read: %s', async (type) => {
    const disposition = 'content-disposition: form-data; name="file"; filename="a.csv"'
    const body = `--x\r\n${disposition}\r\ncontent-type: text/csv\r\n\r\na,b\r\n--x--\r\n`
    const response = await app.request('/read', { method: 'POST', body, headers: { 'content-type': type } })
    expect(await response.json()).toEqual({ name: 'a.csv', type: 'text/csv', text: 'a,b' })
  })
})
