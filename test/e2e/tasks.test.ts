import { readFileSync } from 'node:fs'
import OpenAI from 'openai'
import { beforeAll, expect, it } from 'vitest'
import { linesAt, pdfOf } from '../support/pdf-file.ts'
import type { EdgeClient } from './support/edge-client.ts'
import { sharedEdge } from './support/shared-edge.ts'

let edge: EdgeClient
let client: OpenAI

beforeAll(async () => {
  edge = await sharedEdge()
  client = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: edge.key, maxRetries: 0 })
})

const upload = (name: string) =>
  client.files.create({
    file: new File([readFileSync(`test/fixtures/documents/${name}`)], name, { type: 'application/pdf' }),
    purpose: 'user_data',
  })

const found = (query: string) =>
  client.post<{ data: { text: string; file_id: string }[] }>('/documents/search', { body: { query } })

it('a PDF is read by a node, and found by what stands on its pages', async () => {
  const file = await upload('printed.pdf')
  expect(await client.files.waitForProcessing(file.id)).toMatchObject({ status: 'processed' })
  const { data } = await found('lighthouse on the long pier')
  expect(data[0]).toMatchObject({ file_id: file.id, text: expect.stringContaining('lighthouse') })
  await client.files.delete(file.id)
}, 120_000)

it('a page that is a picture is read by its letters', async () => {
  const file = await upload('scanned.pdf')
  expect(await client.files.waitForProcessing(file.id)).toMatchObject({ status: 'processed' })
  const { data } = await found('twenty cents for each day')
  expect(data[0]).toMatchObject({ file_id: file.id, text: expect.stringContaining('twenty cents') })
  await client.files.delete(file.id)
}, 120_000)

it('a transcript is read by a node, and its grades are proposed', async () => {
  const login = { email: 'guest', password: 'guest_test1' }
  const { access_token: token } = await edge.json<{ access_token: string }>(
    '/dualquery/api/auth/login',
    login,
  )
  const headers = { authorization: `Bearer ${token}` }
  const lines = ['Mathematics: 18.5 / 20', 'Physics 17/20 (coefficient 3)', 'Average 17.8 / 20']
  const body = new FormData()
  body.append('file', new File([pdfOf([{ drawing: linesAt(72, 700, lines) }])], 'transcript.pdf'))
  const uploaded = await fetch(`${edge.url}/sira/api/upload/transcript`, { method: 'POST', headers, body })
  const { url } = (await uploaded.json()) as { url: string }
  const grades = () => fetch(`${edge.url}${url}/grades`, { headers })
  await expect.poll(async () => (await grades()).status, { timeout: 60_000, interval: 500 }).toBe(200)
  expect(await (await grades()).json()).toMatchObject({
    grade_scale: 20,
    gpa: { value: 17.8 },
    subject_grades: [
      { subject_name: 'Mathematics', grade: 18.5, weight: null, page: 1 },
      { subject_name: 'Physics', grade: 17, weight: 3, page: 1 },
    ],
  })
  await fetch(`${edge.url}${url}`, { method: 'DELETE', headers })
}, 120_000)
