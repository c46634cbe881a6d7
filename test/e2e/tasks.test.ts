import { readFileSync } from 'node:fs'
import OpenAI from 'openai'
import { beforeAll, expect, it } from 'vitest'
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
