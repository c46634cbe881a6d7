import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { configOf } from '../../worker/env.ts'
import { UNNAMED_KEPT_MS } from '../../worker/services/advising/transcripts.ts'
import { MAX_TRANSCRIPT_BYTES } from '../../worker/surfaces/sira/routes/uploads.ts'
import { createServices } from '../../worker/wiring.ts'
import { contractClient, from, newAccount, read } from './contract-client.ts'
import { invalid, type Profile, profilesOf, refused } from './sira-client.ts'

const PDF = '%PDF-1.7\n% Mathematics 18.5\n'
const client = contractClient('sira')

let ada: Awaited<ReturnType<typeof newAccount>>
let eve: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  ada = await newAccount()
  eve = await newAccount()
})
const profiles = profilesOf(() => ada.token)

function formOf(
  content: string | Uint8Array<ArrayBuffer>,
  name = 'transcript.pdf',
  type = 'application/pdf',
) {
  const form = new FormData()
  form.append('file', new File([content], name, { type }))
  return form
}

const upload = (body: FormData, token = ada.token) =>
  client.raw('/api/upload/transcript', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...from() },
    body,
  })

interface Uploaded {
  filename: string
  url: string
  original_filename: string
  content_type: string
}
const uploaded = async (content: string | Uint8Array<ArrayBuffer> = PDF): Promise<Uploaded> => {
  const response = await upload(formOf(content))
  expect(response.status).toBe(201)
  return response.json()
}
const fetched = (filename: string, token = ada.token, init: { method?: string; headers?: object } = {}) =>
  profiles.call(`/api/upload/files/${filename}`, {
    token,
    ...(init.method && { method: init.method }),
    headers: { ...init.headers },
  })

const stored = async () => {
  const sizes = await env.DB.prepare('SELECT bytes, files FROM stored_files WHERE account_id = ?')
    .bind(ada.account.id)
    .first()
  return sizes ?? { bytes: 0, files: 0 }
}
const objects = async () => (await env.FILES.list({ prefix: 'transcripts/' })).objects.length
const NO_FILE = refused(404, 'Not Found', 'There is no such file.')

describe('POST /api/upload/transcript', () => {
  it('answers as the page does', async () => {
    const response = await upload(formOf(PDF))
    expect(response.status).toBe(201)
    const body = (await response.json()) as Uploaded
    expect(body).toEqual({
      filename: expect.stringMatching(/^[0-9a-f]{16}\.pdf$/),
      url: `/sira/api/upload/files/${body.filename}`,
      original_filename: 'transcript.pdf',
      content_type: 'application/pdf',
    })
  })

  it('names the address by the host where it was asked by the host', async () => {
    const response = await fetchByHost(formOf(PDF))
    const { url, filename } = (await response.json()) as Uploaded
    expect(url).toBe(`/api/upload/files/${filename}`)
  })

  it('believes the content, and neither the name nor the type', async () => {
    const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1)
    expect(await (await upload(formOf(png, 'x.pdf'))).json()).toMatchObject({
      content_type: 'image/png',
      filename: expect.stringMatching(/\.png$/),
      original_filename: 'x.pdf',
    })
  })

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\grades\\mine.pdf', 'mine.pdf'],
    ['gra\u202efdp.exe', 'grafdp.exe'],
    ['\u0007', 'transcript.pdf'],
    [`${'é'.repeat(4_000)}.pdf`, 'é'.repeat(255)],
  ])('keeps of the name %j what a name can be', async (name, kept) => {
    expect(await (await upload(formOf(PDF, name))).json()).toMatchObject({ original_filename: kept })
  })

  it.each([
    ['nothing', '', 'The file is empty'],
    ['HTML', '<html></html>', 'File must be a PDF, JPG or PNG'],
  ])('refuses %s and leaves nothing', async (_what, content, message) => {
    const before = [await stored(), await objects()]
    expect(await read(await upload(formOf(content)))).toEqual(invalid(['body -> file', message]))
    expect([await stored(), await objects()]).toEqual(before)
  })

  it('refuses a form without the file', async () => {
    const form = new FormData()
    form.append('other', 'x')
    expect(await read(await upload(form))).toEqual(
      invalid(['body -> file', 'field required', 'value_error.missing']),
    )
  })

  it(`takes ${MAX_TRANSCRIPT_BYTES} bytes, and not one more`, async () => {
    const most = PDF + 'x'.repeat(MAX_TRANSCRIPT_BYTES - PDF.length)
    const { filename } = await uploaded(most)
    const before = [await stored(), await objects()]
    expect(await read(await upload(formOf(`${most}x`)))).toEqual(
      refused(413, 'Payload Too Large', 'The file is larger than 5 MB.'),
    )
    expect([await stored(), await objects()]).toEqual(before)
    expect((await fetched(filename, ada.token, { method: 'DELETE' })).status).toBe(204)
  })

  it('is nobody’s without a token', async () => {
    const response = await client.raw('/api/upload/transcript', {
      method: 'POST',
      headers: from(),
      body: formOf(PDF),
    })
    expect(response.status).toBe(401)
  })
})

const fetchByHost = (body: FormData) =>
  fetchAt('http://sira.localhost/api/upload/transcript', { method: 'POST', body })
const fetchAt = (url: string, init: RequestInit) =>
  SELF.fetch(url, { ...init, headers: { authorization: `Bearer ${ada.token}`, ...from() } })

describe('GET /api/upload/files/{filename}', () => {
  it('is the file, as a download that nobody guesses the type of', async () => {
    const { filename } = await uploaded()
    const response = await fetched(filename)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': "attachment; filename*=UTF-8''transcript.pdf",
      'content-length': String(PDF.length),
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
    })
    expect(await response.text()).toBe(PDF)
  })

  it('is a piece of it, nothing of it that is there already, and refuses what is not', async () => {
    const { filename } = await uploaded()
    const piece = await fetched(filename, ada.token, { headers: { range: 'bytes=0-4' } })
    expect([piece.status, piece.headers.get('content-range'), await piece.text()]).toEqual([
      206,
      `bytes 0-4/${PDF.length}`,
      '%PDF-',
    ])
    const tag = piece.headers.get('etag') ?? ''
    const again = await fetched(filename, ada.token, { headers: { 'if-none-match': tag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await fetched(filename, ada.token, { headers: { range: 'bytes=99-' } })).status).toBe(416)
  })

  it('does not exist for others, an administrator among them', async () => {
    const { filename } = await uploaded()
    const admin = await newAccount({ roles: ['admin'] })
    for (const { token } of [eve, admin]) {
      expect(await read(await fetched(filename, token))).toEqual(NO_FILE)
      expect(await read(await fetched(filename, token, { method: 'DELETE' }))).toEqual(NO_FILE)
    }
    expect((await fetched(filename)).status).toBe(200)
  })

  it.each(['0000000000000000.pdf', 'x', '..%2F..%2Fsecret', 'constructor'])(
    'answers 404 to %s',
    async (name) => {
      expect(await read(await fetched(name))).toEqual(NO_FILE)
    },
  )
})

describe('DELETE /api/upload/files/{filename}', () => {
  const named = async (url: string) =>
    profiles.created({ profile_name: 'x', academic_record: { gpa: 15, transcript_url: url } })
  const urlOf = async ({ id }: Profile) =>
    ((await (await profiles.get(id)).json()) as Profile).academic_record?.transcript_url

  it('takes the bytes, the count and every mention of it, and nothing else', async () => {
    const [before, left] = [await stored(), await objects()]
    const mine = await uploaded()
    const other = await uploaded()
    const byPath = await named(`http://localhost${mine.url}`)
    const byHost = await named(`https://sira.example.org/api/upload/files/${mine.filename}`)
    const elsewhere = await named(`http://localhost${other.url}`)
    expect((await fetched(mine.filename, ada.token, { method: 'DELETE' })).status).toBe(204)
    expect(await read(await fetched(mine.filename))).toEqual(NO_FILE)
    expect(await read(await fetched(mine.filename, ada.token, { method: 'DELETE' }))).toEqual(NO_FILE)
    expect(await urlOf(byPath)).toBeNull()
    expect(await urlOf(byHost)).toBeNull()
    expect(await urlOf(elsewhere)).toBe(`http://localhost${other.url}`)
    const kept = (await (await profiles.get(byPath.id)).json()) as Profile
    expect(kept.academic_record).toMatchObject({ gpa: 15 })
    await fetched(other.filename, ada.token, { method: 'DELETE' })
    expect([await stored(), await objects()]).toEqual([before, left])
  })

  it('of another’s file clears nothing in one’s own profiles', async () => {
    const theirs = (await (await upload(formOf(PDF), eve.token)).json()) as Uploaded
    const mine = await named(`http://localhost${theirs.url}`)
    await fetched(theirs.filename, ada.token, { method: 'DELETE' })
    expect(await urlOf(mine)).toBe(`http://localhost${theirs.url}`)
  })
})

describe('a transcript that no profile names', () => {
  it('is deleted after 30 days, one that is named is not', async () => {
    const { transcripts } = createServices(env, configOf(env))
    const [old, young, kept] = [await uploaded(), await uploaded(), await uploaded()]
    await profiles.created({
      profile_name: 'x',
      academic_record: { transcript_url: `http://localhost${kept.url}` },
    })
    const age = async (filename: string, ms: number) =>
      env.DB.prepare('UPDATE transcripts SET created_at = ? WHERE file_name = ?')
        .bind(Date.now() - ms, filename)
        .run()
    await age(old.filename, UNNAMED_KEPT_MS + 60_000)
    await age(kept.filename, UNNAMED_KEPT_MS + 60_000)
    await age(young.filename, UNNAMED_KEPT_MS - 60_000)
    const before = await objects()
    await transcripts.sweep()
    expect((await fetched(old.filename)).status).toBe(404)
    expect((await fetched(young.filename)).status).toBe(200)
    expect((await fetched(kept.filename)).status).toBe(200)
    expect(await objects()).toBe(before - 1)
  })
})
