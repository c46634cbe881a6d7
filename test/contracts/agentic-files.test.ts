import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { zipSync } from 'fflate'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_DOCUMENT_BYTES } from '../../worker/services/documents/receiving.ts'
import { objectsUnder, storedBy } from '../worker/file-client.ts'
import { contractClient, newAccount, read } from './contract-client.ts'

const { call, raw } = contractClient('agentic')
const UPLOAD = '/api/files/upload'
const LIST = '/api/files/documents'

interface Uploaded {
  success: boolean
  file_id: string
  doc_id: string
  filename: string
  size: number
  message: string
}

let ada: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  ada = await newAccount()
})

/** Sends a file as the page's curl line does. */
function upload(
  content: string | Uint8Array<ArrayBuffer>,
  name: string,
  token = ada.token,
): Promise<Response> {
  const form = new FormData()
  form.append('file', new File([content], name))
  return raw(UPLOAD, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: form })
}

async function uploaded(
  content: string | Uint8Array<ArrayBuffer>,
  name: string,
  token = ada.token,
): Promise<Uploaded> {
  const response = await upload(content, name, token)
  expect(response.status).toBe(200)
  return (await response.json()) as Uploaded
}

/** Passages that a search finds. */
async function found(query: string, token = ada.token): Promise<string[]> {
  const response = await SELF.fetch('http://localhost/v1/documents/search', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  expect(response.status).toBe(200)
  const { data } = (await response.json()) as { data: { text: string }[] }
  return data.map(({ text }) => text)
}

const documentsOf = async (token: string, query = '') =>
  (await (await call(LIST + query, { token })).json()) as {
    documents: { file_id: string; filename: string; full_path: string; size: number; created: number }[]
    total: number
    page: number
    page_size: number
    total_pages: number
  }

describe('POST /api/files/upload', () => {
  it('answers as the page does once the file is found', async () => {
    const text = 'The contract ends after a notice of ninety days.'
    const file = await uploaded(text, 'contract.txt')
    expect(file).toEqual({
      success: true,
      file_id: expect.stringMatching(/^[a-z0-9]{8}$/),
      doc_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      filename: 'contract.txt',
      size: text.length,
      message: 'File uploaded and indexed successfully',
    })
    expect(await found('notice')).toEqual([text])
  })

  it.each([
    ['notes.md', '# Tides\n\nThe zebrafish swims.', 'zebrafish'],
    ['page.html', '<html><body><p>The okapi sleeps.</p></body></html>', 'okapi'],
    ['data.json', '{"animal": "The quokka smiles"}', 'quokka'],
    ['table.csv', 'name,place\nThe axolotl,Mexico\n', 'axolotl'],
  ])('reads %s', async (name, content, word) => {
    await uploaded(content, name)
    expect(await found(word)).toEqual([expect.stringContaining(word)])
  })

  it('keeps two accounts apart that have the same words', async () => {
    const eve = await newAccount()
    await uploaded('The pangolin of Ada rolls up.', 'a.txt')
    await uploaded('The pangolin of Eve rolls up.', 'a.txt', eve.token)
    expect(await found('pangolin')).toEqual(['The pangolin of Ada rolls up.'])
    expect(await found('pangolin', eve.token)).toEqual(['The pangolin of Eve rolls up.'])
  })

  it('makes one document with two names of the same bytes', async () => {
    const bob = await newAccount()
    const first = await uploaded('The narwhal dives.', 'one.txt', bob.token)
    const second = await uploaded('The narwhal dives.', 'two.txt', bob.token)
    expect(second.doc_id).toBe(first.doc_id)
    expect(second.file_id).not.toBe(first.file_id)
    expect(await found('narwhal', bob.token)).toHaveLength(1)
    await call(`${LIST}/${first.file_id}`, { method: 'DELETE', token: bob.token })
    expect(await found('narwhal', bob.token)).toHaveLength(1)
    await call(`${LIST}/${second.file_id}`, { method: 'DELETE', token: bob.token })
    expect(await found('narwhal', bob.token)).toEqual([])
  })

  it.each<[string, string | Uint8Array<ArrayBuffer>, RegExp]>([
    ['empty.txt', '', /'empty\.txt' is empty/],
    ['blank.txt', ' \n\n ', /'blank\.txt' holds no text/],
    ['fake.pdf', 'Hello', /'fake\.pdf' is not a PDF/],
    ['picture.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 0]), /'picture\.png' is a picture/],
    ['broken.json', '{"a": [1, 2', /'broken\.json' is no JSON/],
    ['quote.csv', 'a,b\n"x', /'quote\.csv' is no CSV file/],
    ['archive.docx', zipSync({ a: new Uint8Array(4) }), /'archive\.docx' is an archive/],
    ['page.html', '<html><script>1</script></html>', /'page\.html' holds no text/],
  ])('refuses %s and keeps nothing of it', async (name, content, detail) => {
    const { token } = await newAccount()
    const before = await objectsUnder('files/')
    expect(await read(await upload(content, name, token))).toEqual([
      400,
      { error: 'Bad Request', detail: expect.stringMatching(detail), status_code: 400 },
    ])
    expect(await storedBy(token)).toEqual([0, 0])
    expect(await objectsUnder('files/')).toEqual(before)
    expect(await documentsOf(token)).toMatchObject({ documents: [], total: 0 })
  })

  it('says which field is missing', async () => {
    const form = new FormData()
    form.append('other', new File(['x'], 'x.txt'))
    const headers = { authorization: `Bearer ${ada.token}` }
    expect(await read(await raw(UPLOAD, { method: 'POST', headers, body: form }))).toEqual([
      422,
      { detail: [{ loc: ['body', 'file'], msg: 'field required', type: 'value_error.missing' }] },
    ])
  })

  it('keeps a PDF that no node reads, and says that it waits', async () => {
    const { token } = await newAccount()
    const file = await uploaded('%PDF-1.7\nnothing else', 'scan.pdf', token)
    expect(file.message).toMatch(/^File uploaded; indexing goes on\. No connected node reads PDF/)
    expect(await documentsOf(token)).toMatchObject({ total: 1 })
  })

  it('asks for an account', async () => {
    const response = await SELF.fetch(`http://localhost/agentic${UPLOAD}`, { method: 'POST' })
    expect(await read(response)).toEqual([401, { detail: 'Not authenticated' }])
  })
})

/** A form with a file of so many bytes that nothing reads here, as it is sent. */
function largeForm(bytes: number): ReadableStream<Uint8Array> {
  const encode = (text: string) => new TextEncoder().encode(text)
  const chunk = new Uint8Array(1 << 20).fill(0x20)
  const mark = '%PDF-1.7\n'
  let left = bytes - mark.length
  return new ReadableStream({
    start(controller) {
      const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
      controller.enqueue(encode(head + mark))
    },
    pull(controller) {
      if (left > 0) controller.enqueue(chunk.slice(0, left))
      else {
        controller.enqueue(encode('\r\n--b--\r\n'))
        controller.close()
      }
      left -= chunk.byteLength
    },
  })
}

describe('the largest document', () => {
  it('has 100 MB, and not one byte more', async () => {
    const { token } = await newAccount({ plan: 'enterprise' })
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'multipart/form-data; boundary=b' }
    const send = (bytes: number) => raw(UPLOAD, { method: 'POST', headers, body: largeForm(bytes) })
    const before = await objectsUnder('files/')
    expect(await read(await send(MAX_DOCUMENT_BYTES + 1))).toEqual([
      413,
      { error: 'Payload Too Large', detail: 'The file is larger than 100 MB.', status_code: 413 },
    ])
    expect(await storedBy(token)).toEqual([0, 0])
    expect(await objectsUnder('files/')).toEqual(before)
    expect(await read(await send(MAX_DOCUMENT_BYTES))).toMatchObject([200, { size: MAX_DOCUMENT_BYTES }])
  }, 180_000)
})

describe('GET /api/files/documents', () => {
  it('pages through the newest first', async () => {
    const { token } = await newAccount()
    const names = ['a.txt', 'b.txt', 'c.txt']
    const files: Uploaded[] = []
    for (const name of names) files.push(await uploaded(`Words of ${name}.`, name, token))
    const ids = files.map(({ file_id }) => file_id).toReversed()
    const first = await documentsOf(token, '?page=1&page_size=2')
    expect(first).toMatchObject({ total: 3, page: 1, page_size: 2, total_pages: 2 })
    expect(first.documents.map(({ file_id }) => file_id)).toEqual(ids.slice(0, 2))
    const { documents } = await documentsOf(token, '?page=2&page_size=2')
    expect(documents).toEqual([
      {
        file_id: ids[2],
        filename: 'a.txt',
        full_path: `${ids[2]}_a.txt`,
        size: 15,
        created: expect.closeTo(Date.now() / 1_000, -2),
      },
    ])
    expect(await documentsOf(token)).toMatchObject({ page: 1, page_size: 20, total_pages: 1 })
  })

  it.each(['page=0', 'page_size=0', 'page_size=101', 'page=x'])('refuses %s with 422', async (query) => {
    expect((await call(`${LIST}?${query}`, { token: ada.token })).status).toBe(422)
    expect((await call(`${LIST}?page_size=100`, { token: ada.token })).status).toBe(200)
  })
})

describe('DELETE /api/files/documents/{file_id}', () => {
  it('deletes the file, its bytes and what is found of it', async () => {
    const { token } = await newAccount()
    const file = await uploaded('The capybara bathes.', 'a.txt', token)
    expect(await found('capybara', token)).toHaveLength(1)
    const answer = await call(`${LIST}/${file.file_id}`, { method: 'DELETE', token })
    expect(await read(answer)).toEqual([200, { success: true, message: 'File deleted successfully' }])
    expect(await found('capybara', token)).toEqual([])
    expect(await storedBy(token)).toEqual([0, 0])
    expect((await documentsOf(token)).total).toBe(0)
    const rows = await env.DB.prepare('SELECT count(*) AS n FROM files WHERE short_id = ?')
      .bind(file.file_id)
      .first('n')
    expect(rows).toBe(0)
    const again = await call(`${LIST}/${file.file_id}`, { method: 'DELETE', token })
    expect(await read(again)).toEqual([
      404,
      { error: 'Not Found', detail: 'File not found', status_code: 404 },
    ])
  })

  it('leaves alone what is another user’s', async () => {
    const { token } = await newAccount()
    const file = await uploaded('The ibex climbs.', 'a.txt', token)
    expect(await read(await call(`${LIST}/${file.file_id}`, { method: 'DELETE', token: ada.token }))).toEqual(
      [403, { error: 'Forbidden', detail: 'File belongs to another user', status_code: 403 }],
    )
    expect(await found('ibex', token)).toHaveLength(1)
  })
})
