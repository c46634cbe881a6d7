import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createReadDocument } from '../../../../../worker/services/agent-tools/own/read-document.ts'
import {
  createSearchDocuments,
  MAX_DOCUMENT_QUERY_CHARACTERS,
  MAX_NAME_CHARACTERS,
  MAX_PASSAGES,
} from '../../../../../worker/services/agent-tools/own/search-documents.ts'
import { docIdOf } from '../../../../../worker/services/documents/doc-ids.ts'
import { contextOf } from '../samples.ts'
import { newOwner, services } from './own-setup.ts'

const CONTRACT = 'The contract ends after ninety days. Rent is due each month.'
const LONG = Array.from({ length: 400 }, (_, at) => `Sentence number ${at} is here.`).join(' ')

let owner: Awaited<ReturnType<typeof newOwner>>
let stranger: typeof owner
beforeAll(async () => {
  owner = await newOwner()
  stranger = await newOwner()
  await owner.addDocument('lease.txt', CONTRACT)
  await owner.addDocument('long-story.txt', LONG)
})

describe('search_documents', () => {
  it('finds passages, and says where they stand', async () => {
    const { text, citations, data } = await owner.result('search_documents', {
      query: 'when does rent fall due?',
    })
    expect(text).toBe(`[1] lease.txt\n${CONTRACT}`)
    expect(citations).toEqual([
      expect.objectContaining({ type: 'document', name: 'lease.txt', page: null, from: 0, quote: CONTRACT }),
    ])
    expect(data).toMatchObject({ passages: [{ name: 'lease.txt', text: CONTRACT }] })
  })

  it('looks into one document where one is named', async () => {
    const within = { query: 'rent number', document: 'long story' }
    const { citations = [] } = await owner.result('search_documents', within)
    expect(new Set(citations.map((citation) => 'name' in citation && citation.name))).toEqual(
      new Set(['long-story.txt']),
    )
    const unknown = await owner.call('search_documents', { query: 'a', document: 'nothing.pdf' })
    expect(unknown).toMatchObject({ ok: false, message: 'There is no document "nothing.pdf".' })
  })

  it('says so where nothing matches, where there is nothing, and where a key may not', async () => {
    const { text } = await owner.result('search_documents', { query: 'zygote' })
    expect(text).toBe('No passage of the documents matches.')
    expect(await stranger.whyNot('search_documents')).toBe('No documents have been uploaded.')
    expect(await owner.whyNot('search_documents')).toBeUndefined()
    const narrowed = { mayReadFiles: false }
    expect(await owner.whyNot('search_documents', narrowed)).toBe('This key may not read documents.')
    expect(await owner.call('search_documents', { query: 'rent' }, narrowed)).toMatchObject({
      code: 'not_offered',
    })
  })

  it('says what is still being read, and was not searched', async () => {
    const reader = await newOwner()
    await reader.addDocument('waits.pdf', '%PDF-1.7 that no node reads here')
    const said = async () => (await reader.result('search_documents', { query: 'rent' })).text
    expect(await said()).toBe(
      'No document has been read yet.\n\nStill being read, and not searched yet: waits.pdf.',
    )
    const words = 'No connected node reads PDF and Word files. It is read as soon as one does.'
    await expect
      .poll(() => reader.call('read_document', { document: 'waits.pdf' }))
      .toMatchObject({ ok: false, message: `waits.pdf is still being read in. ${words}` })
  })

  it('finds nothing of another account', async () => {
    await stranger.addDocument('own.txt', 'Nothing about that.')
    const { text } = await stranger.result('search_documents', { query: 'rent contract ninety days' })
    expect(text).not.toContain('ninety')
    const named = await stranger.call('search_documents', { query: 'rent', document: 'lease.txt' })
    expect(named).toMatchObject({ ok: false, code: 'failed' })
  })

  it('takes queries, names and counts at their limits, and none past them', () => {
    const { arguments: schema } = createSearchDocuments(() => {
      throw new Error('Nothing is searched.')
    })
    const takes = (args: unknown) => schema.safeParse(args).success
    const most = {
      query: 'q'.repeat(MAX_DOCUMENT_QUERY_CHARACTERS),
      document: 'd'.repeat(MAX_NAME_CHARACTERS),
      count: MAX_PASSAGES,
    }
    expect(takes(most)).toBe(true)
    expect(takes({ ...most, query: `${most.query}q` })).toBe(false)
    expect(takes({ ...most, document: `${most.document}d` })).toBe(false)
    expect(takes({ ...most, count: MAX_PASSAGES + 1 })).toBe(false)
    expect(takes({ ...most, account_id: 'somebody' })).toBe(false)
  })
})

describe('read_document', () => {
  it('reads a stretch that fits the context, and goes on from where it ended', async () => {
    const first = await owner.result('read_document', { document: 'long-story.txt' })
    expect(first.text).toMatch(
      /^long-story\.txt, from character 0 to 1386, where it goes on:\nSentence number 0 is here\./,
    )
    const Read = z.object({ to: z.int(), is_end: z.boolean() })
    const parts = [first.text]
    for (let read = Read.parse(first.data); !read.is_end; ) {
      const next = await owner.result('read_document', { document: 'LONG STORY', from: read.to })
      parts.push(next.text)
      read = Read.parse(next.data)
    }
    expect(parts.at(-1)).toMatch(/^long-story\.txt, from character \d+ to its end:/)
    const read = parts.map((part) => part.slice(part.indexOf('\n') + 1)).join('')
    expect(read).toBe(LONG)
  })

  it('finds a document by its id, and cites it', async () => {
    const [file] = (
      await services.documents.listFiles(owner.accountId, { limit: 10, offset: 0 })
    ).files.filter(({ name }) => name === 'lease.txt')
    const id = file?.documentId ?? ''
    for (const document of [id, docIdOf(id)]) {
      const { text, citations } = await owner.result('read_document', { document })
      expect(text).toContain(CONTRACT)
      expect(citations).toMatchObject([{ type: 'document', documentId: id, quote: CONTRACT }])
    }
  })

  it('reads on in the whole result of an earlier step', async () => {
    const result = `${'a'.repeat(5_000_000)}${'b'.repeat(5_000_000)}`
    const known = { resultOf: async (step: number) => (step === 2 ? result : undefined) }
    const { text, citations } = await owner.result('read_document', { step: 2, from: 4_999_990 }, known)
    expect(text).toMatch(
      /^The result of step 2, from character 4999990 to 5001376, where it goes on:\na{10}b+$/,
    )
    expect(citations).toBeUndefined()
    const none = await owner.call('read_document', { step: 3 }, known)
    expect(none).toMatchObject({ ok: false, message: 'Step 3 of this run has no result.' })
  })

  it('says so where there is nothing to read', async () => {
    const said = async (args: unknown) => {
      const answer = await owner.call('read_document', args)
      return answer.ok ? '' : answer.message
    }
    expect(await said({ document: 'nothing.pdf' })).toBe('There is no document "nothing.pdf".')
    expect(await said({ document: 'lease.txt', from: CONTRACT.length })).toBe(
      'lease.txt has no character 60.',
    )
    expect(await said({})).toBe('Name either a document or a step.')
    expect(await said({ document: 'lease.txt', step: 1 })).toBe('Name either a document or a step.')
  })

  it('reads nothing of another account, nor for a key that may not', async () => {
    const strange = await stranger.call('read_document', { document: 'lease.txt' })
    expect(strange).toMatchObject({ ok: false, message: 'There is no document "lease.txt".' })
    const narrowed = await owner.call('read_document', { document: 'lease.txt' }, { mayReadFiles: false })
    expect(narrowed).toMatchObject({ ok: false, message: 'This key may not read documents.' })
  })

  it('takes a name at its limit and steps from 1, and nothing else', async () => {
    const { arguments: schema, offered } = createReadDocument(() => {
      throw new Error('Nothing is read.')
    })
    const takes = (args: unknown) => schema.safeParse(args).success
    expect(await offered(contextOf())).toBeUndefined()
    expect(takes({ document: 'd'.repeat(MAX_NAME_CHARACTERS), from: 0 })).toBe(true)
    expect(takes({ document: 'd'.repeat(MAX_NAME_CHARACTERS + 1) })).toBe(false)
    expect([takes({ step: 1 }), takes({ step: 0 }), takes({ step: 1_001 })]).toEqual([true, false, false])
    expect(takes({ document: 'd', from: -1 })).toBe(false)
  })
})
