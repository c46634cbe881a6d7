import { randomUUID } from 'node:crypto'
import OpenAI from 'openai'
import { beforeAll, describe, expect, it } from 'vitest'
import type { EdgeClient } from './support/edge-client.ts'
import { sharedEdge } from './support/shared-edge.ts'

let edge: EdgeClient
let client: OpenAI

beforeAll(async () => {
  edge = await sharedEdge()
  client = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: edge.key, maxRetries: 0 })
})

const textFile = (text: string, name = 'notes.txt') => new File([text], name)
/** A sentence that is in no other document. */
const sentence = (word: string) => `The ${word} of ${randomUUID().slice(0, 8)} ends in May.`

async function uploaded(text: string, name?: string) {
  return client.files.create({ file: textFile(text, name), purpose: 'assistants' })
}

describe('the unchanged openai client, with documents', () => {
  it('uploads a document that is found at once, and deletes it', async () => {
    const text = sentence('zymurgy')
    const file = await client.files.create({ file: textFile(text), purpose: 'user_data' })
    expect(file).toMatchObject({ purpose: 'user_data', status: 'processed', bytes: text.length })
    expect(await client.files.waitForProcessing(file.id)).toMatchObject({ status: 'processed' })
    expect(await (await client.files.content(file.id)).text()).toBe(text)
    const search = () =>
      client.post<{ data: { text: string; file_id: string }[] }>('/documents/search', {
        body: { query: text },
      })
    expect((await search()).data[0]).toMatchObject({ text, file_id: file.id })
    await client.files.delete(file.id)
    expect((await search()).data.filter((found) => found.file_id === file.id)).toEqual([])
  })

  it('is told in words why a document is refused', async () => {
    const broken = client.files.create({ file: textFile('{"a": ', 'data.json'), purpose: 'user_data' })
    await expect(broken).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("'data.json' is no JSON"),
    })
  })
})

describe('the unchanged openai client, with vector stores', () => {
  it('makes, lists, changes and deletes stores', async () => {
    const store = await client.vectorStores.create({
      name: 'Laws',
      metadata: { kind: 'law' },
      expires_after: { anchor: 'last_active_at', days: 2 },
    })
    expect(store).toMatchObject({
      object: 'vector_store',
      name: 'Laws',
      status: 'completed',
      metadata: { kind: 'law' },
      file_counts: { total: 0, completed: 0, in_progress: 0, failed: 0, cancelled: 0 },
      expires_after: { anchor: 'last_active_at', days: 2 },
    })
    expect((store.expires_at ?? 0) - store.created_at).toBeCloseTo(2 * 86_400, -2)
    expect((await client.vectorStores.retrieve(store.id)).id).toBe(store.id)
    const changed = await client.vectorStores.update(store.id, {
      name: 'Rules',
      metadata: null,
      expires_after: null,
    })
    expect(changed).toMatchObject({ name: 'Rules', metadata: null, expires_at: null })
    const other = await client.vectorStores.create({})
    const ids: string[] = []
    for await (const one of client.vectorStores.list({ limit: 1 })) ids.push(one.id)
    expect(ids.indexOf(other.id)).toBeLessThan(ids.indexOf(store.id))
    expect(await client.vectorStores.delete(store.id)).toEqual({
      id: store.id,
      object: 'vector_store.deleted',
      deleted: true,
    })
    await expect(client.vectorStores.retrieve(store.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  })

  it('puts files in, searches them by attributes, and takes them out', async () => {
    const store = await client.vectorStores.create({ name: 'Contracts' })
    const [old, recent] = [sentence('contract'), sentence('contract')]
    const first = await client.vectorStores.files.uploadAndPoll(store.id, textFile(old, 'old.txt'))
    expect(first).toMatchObject({ object: 'vector_store.file', status: 'completed', last_error: null })
    const file = await uploaded(recent, 'recent.txt')
    const attributes = { year: 2_026, kind: 'lease', signed: true }
    const second = await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id, attributes })
    expect(second).toMatchObject({ id: file.id, status: 'completed', attributes })
    await client.vectorStores.files.update(first.id, {
      vector_store_id: store.id,
      attributes: { year: 2_001 },
    })
    const all = await client.vectorStores.search(store.id, { query: 'contract' })
    expect(all.data.map(({ content }) => content[0]?.text).toSorted()).toEqual([old, recent].toSorted())
    const search = async (filters: OpenAI.ComparisonFilter | OpenAI.CompoundFilter) =>
      (await client.vectorStores.search(store.id, { query: 'contract', filters })).data.map(
        ({ filename }) => filename,
      )
    expect(await search({ type: 'gte', key: 'year', value: 2_020 })).toEqual(['recent.txt'])
    const both: OpenAI.CompoundFilter = {
      type: 'or',
      filters: [
        { type: 'eq', key: 'kind', value: 'lease' },
        { type: 'lt', key: 'year', value: 2_010 },
      ],
    }
    expect((await search(both)).toSorted()).toEqual(['old.txt', 'recent.txt'])
    expect(await search({ ...both, type: 'and' })).toEqual([])
    const [best] = (
      await client.vectorStores.search(store.id, {
        ...{ query: recent, max_num_results: 1 },
        ranking_options: { ranker: 'auto', score_threshold: 0.5 },
      })
    ).data
    expect(best).toMatchObject({ file_id: file.id, attributes, content: [{ type: 'text', text: recent }] })
    const parts = []
    for await (const part of client.vectorStores.files.content(file.id, { vector_store_id: store.id }))
      parts.push(part)
    expect(parts).toEqual([{ type: 'text', text: recent }])
    await client.vectorStores.files.delete(first.id, { vector_store_id: store.id })
    const left = []
    for await (const member of client.vectorStores.files.list(store.id)) left.push(member.id)
    expect(left).toEqual([file.id])
    // The file itself stays.
    expect((await client.files.retrieve(first.id)).id).toBe(first.id)
  })

  it('puts files in as batches', async () => {
    const store = await client.vectorStores.create({})
    const files = [1, 2, 3].map((number) => textFile(sentence('batch'), `${number}.txt`))
    const batch = await client.vectorStores.fileBatches.uploadAndPoll(store.id, { files })
    expect(batch).toMatchObject({ status: 'completed', file_counts: { completed: 3, total: 3 } })
    const listed = []
    const page = { vector_store_id: store.id, limit: 2 }
    for await (const member of client.vectorStores.fileBatches.listFiles(batch.id, page)) listed.push(member)
    expect(listed.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed'])
    const extra = await uploaded(sentence('batch'), 'extra.txt')
    const own = await client.vectorStores.fileBatches.create(store.id, {
      files: [{ file_id: extra.id, attributes: { kind: 'extra' } }],
    })
    expect(
      await client.vectorStores.fileBatches.retrieve(own.id, { vector_store_id: store.id }),
    ).toMatchObject({
      file_counts: { total: 1 },
    })
    const cancelled = await client.vectorStores.fileBatches.cancel(own.id, { vector_store_id: store.id })
    expect(cancelled).toMatchObject({ status: 'cancelled' })
    expect((await client.vectorStores.retrieve(store.id)).file_counts).toMatchObject({
      total: 4,
      completed: 4,
    })
  })
})

describe('a chat that is answered from documents', () => {
  it('shows the model numbered passages, and tells of the markers that it used', async () => {
    const code = randomUUID().slice(0, 8)
    const file = await uploaded(`The access code of the ${code} archive is seven.`, `${code}.txt`)
    const answer = await client.chat.completions.create({
      model: 'starter',
      messages: [{ role: 'user', content: `What is the access code of the ${code} archive?` }],
      max_tokens: 30,
      ...{ x_documents: { search: true } },
    })
    const [choice] = answer.choices
    expect(choice).toHaveProperty('x_citations')
    expect(answer.usage?.prompt_tokens).toBeGreaterThan(80)
    await client.files.delete(file.id)
  })
})

/** A PDF of one page with a line of text. */
function pdfOf(line: string): File {
  const content = `BT /F1 18 Tf 72 700 Td (${line}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let text = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const at = text.length
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
    return at
  })
  const start = text.length
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`
  text += offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return new File([text], 'page.pdf')
}

describe('a PDF', () => {
  it('is read by a node, and found with its page', async () => {
    const line = `The quince of ${randomUUID().slice(0, 8)} ripens.`
    const file = await client.files.create({ file: pdfOf(line), purpose: 'user_data' })
    const body = { query: line, limit: 1 }
    await expect
      .poll(async () => (await client.post<{ data: object[] }>('/documents/search', { body })).data, {
        timeout: 50_000,
        interval: 500,
      })
      .toEqual([expect.objectContaining({ text: line, page: 1, file_id: file.id })])
    await client.files.delete(file.id)
  })
})
