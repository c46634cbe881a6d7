import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import {
  MAX_BATCH_PASSAGES,
  MAX_PASSAGE_BYTES,
  MAX_QUERY_LENGTH,
  MAX_SEARCH_RESULTS,
  MAX_STRETCH_CHARACTERS,
} from '../../../../worker/services/library/library-limits.ts'
import { newDocument, passagesOf, shelf } from './shelf.ts'

describe('a search', () => {
  it('answers with the passage, its document, page, place, headings and the words that were found', async () => {
    const { library, put, search } = shelf()
    const id = await put('# Birds\nA heron stands still.\f# Fish\nThe pike waits for hours.', {
      name: 'lake.pdf',
    })
    const { results, foundBy } = await search('pikes')
    expect(foundBy).toEqual(['bm25'])
    expect(results).toHaveLength(1)
    const [found] = results
    expect(found).toMatchObject({ documentId: id, name: 'lake.pdf', page: 2, headings: ['Fish'] })
    const text = await library.documentText(id, { from: 0, characters: 10_000 })
    expect(text.slice(found?.from, found?.to)).toBe(found?.text)
    expect(found?.highlights.map(([from, to]) => found.text.slice(from, to))).toEqual(['pike'])
  })

  it('gives the text of a document in stretches that are it together, whatever their length', async () => {
    const { library, put } = shelf()
    const words = Array.from(
      { length: 700 },
      (_, index) => `word${index}${index % 50 === 0 ? '\n\n\n' : '.'}`,
    )
    const id = await put(`# Lakes\n${words.join(' ')}\f# Fish\nPikes are long.`)
    const whole = await library.documentText(id, { from: 0, characters: MAX_STRETCH_CHARACTERS })
    expect(whole.length).toBeGreaterThan(5_000)
    for (const characters of [7, 333, 1_000, 2_048]) {
      const stretches: string[] = []
      for (let from = 0; from < whole.length; from += characters) {
        const stretch = await library.documentText(id, { from, characters })
        stretches.push(stretch)
        expect(stretch).toHaveLength(Math.min(characters, whole.length - from))
        if (characters === 7 && from > 500) break
      }
      expect(whole.startsWith(stretches.join(''))).toBe(true)
    }
    expect(await library.documentText(id, { from: whole.length, characters: 10 })).toBe('')
  })

  it('tells why it found nothing, and what it did not search', async () => {
    const { library, put, search } = shelf()
    expect(await search('heron')).toMatchObject({ results: [], reason: 'no_documents' })
    const { document } = await library.add(newDocument({ name: 'waits.pdf' }))
    expect(await search('heron')).toMatchObject({
      reason: 'none_ready',
      notSearched: { documents: 1, names: ['waits.pdf'], failed: 0 },
    })
    await put('A heron.')
    expect(await search('pelican')).toMatchObject({ reason: 'none_matches', notSearched: { documents: 1 } })
    await library.move(document.id, 1, { state: 'failed', reason: 'It is empty.' })
    const answer = await search('heron')
    expect(answer.reason).toBeUndefined()
    expect(answer.notSearched).toMatchObject({ documents: 0, names: [], failed: 1 })
  })

  it('finds nothing of another account, with the same words and the same bytes', async () => {
    const one = shelf()
    const other = shelf()
    const sha256 = crypto.randomUUID()
    const ours = await one.put('The merger is secret.', { sha256 })
    const theirs = await other.put('The merger is secret.', { sha256 })
    expect(await one.find('secret merger')).toEqual([ours])
    expect(await other.find('secret merger')).toEqual([theirs])
    expect(await other.find('secret merger', { documentIds: [ours] })).toEqual([])
    expect(await other.library.get(ours)).toBeNull()
    await expect(other.library.documentText(ours, { from: 0, characters: 1 })).rejects.toMatchObject({
      code: 'not_found',
    })
    await one.library.remove(ours)
    expect(await other.find('secret merger')).toEqual([theirs])
  })

  it('sees a document from its last batch on, and all of it', async () => {
    const { library, find, search } = shelf()
    const { document } = await library.add(newDocument())
    const passages = passagesOf(`${'alpha words. '.repeat(200)}\n${'omega words. '.repeat(200)}`)
    await library.index(document.id, 1, { passages: passages.slice(0, 2), isLast: false })
    // Told twice, as one is whose answer was lost.
    await library.index(document.id, 1, { passages: passages.slice(0, 2), isLast: false })
    expect(await find('alpha')).toEqual([])
    expect(await library.get(document.id)).toMatchObject({ state: 'indexing' })
    await library.index(document.id, 1, { passages: passages.slice(2), isLast: true, pages: 2 })
    expect(await library.get(document.id)).toMatchObject({ state: 'ready', passages: passages.length })
    expect((await search('alpha omega', { limit: 50 })).results).toHaveLength(passages.length)
  })

  it('finds nothing of a document from the moment on that it is deleted', async () => {
    const { library, put, find } = shelf()
    const kept = await put('A heron and a pike.')
    const id = await put('A heron alone.')
    expect(await library.remove(id)).toHaveLength(1)
    expect(await find('heron')).toEqual([kept])
    expect(await library.remove(id)).toBeNull()
    await expect(library.documentText(id, { from: 0, characters: 1 })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('is the same after the object was evicted', async () => {
    const { accountId, put, search } = shelf()
    await put('# Birds\nA heron stands still. Another heron flies.')
    const before = await search('herons')
    await evictDurableObject(env.LIBRARY.getByName(accountId))
    expect(await search('herons')).toEqual(before)
  })

  it('is of the named documents alone, where some are named', async () => {
    const { put, find } = shelf()
    const one = await put('A heron.')
    await put('A heron too.')
    expect(await find('heron', { documentIds: [one] })).toEqual([one])
    expect(await find('heron', { documentIds: [] })).toEqual([])
    expect(await find('heron', { documentIds: ['no such'] })).toEqual([])
  })

  it('counts a title double: as much as a word that stands twice in the text, and more than one that stands there once', async () => {
    const { put, search } = shelf()
    // All of the same length, so that nothing else makes a difference.
    const once = await put('Notes of birds, and the heron among them.', { name: 'notes.txt' })
    const twice = await put('Notes of birds, and heron heron among them.', { name: 'notes.txt' })
    const inTitle = await put('Notes of birds, and the pikes among them.', { name: 'heron.txt' })
    const { results } = await search('heron')
    expect(results.map(({ documentId, score }) => [documentId, score])).toEqual([
      [twice, 1],
      [inTitle, 1],
      [once, 0],
    ])
  })

  it.each([
    'heron" OR "pike',
    'heron NOT pike',
    'title:heron OR body:pike',
    'heron*',
    '"',
    "heron' ; DROP TABLE passages; --",
    'NEAR(heron pike, 2)',
    '^heron',
    '{title body}: heron + pike',
    '-heron',
    '\u0000heron\u0000',
    'ＨＥＲＯＮ',
    '\ud800 heron',
  ])('takes no word for an operator: %j', async (query) => {
    const { put, search } = shelf()
    const id = await put('A heron in the reeds.')
    const { results, reason } = await search(query)
    if (query === '"') expect(reason).toBe('none_matches')
    else expect(results.map(({ documentId }) => documentId)).toEqual([id])
  })

  it(`takes queries of up to ${MAX_QUERY_LENGTH} characters, and answers with up to ${MAX_SEARCH_RESULTS}`, async () => {
    const { put, search } = shelf()
    await put('A heron.')
    const longest = `heron ${'x'.repeat(MAX_QUERY_LENGTH - 6)}`
    expect((await search(longest)).results).toHaveLength(1)
    for (const query of [`${longest}x`, '', '  \n'])
      await expect(search(query)).rejects.toMatchObject({ code: 'invalid_request', param: 'query' })
    expect((await search('heron', { limit: MAX_SEARCH_RESULTS })).results).toHaveLength(1)
    for (const limit of [0, 1.5, MAX_SEARCH_RESULTS + 1])
      await expect(search('heron', { limit })).rejects.toMatchObject({
        code: 'invalid_request',
        param: 'limit',
      })
  })

  it('finds words in scripts without blanks, with other endings, and without their accents', async () => {
    const { put, find } = shelf()
    const chinese = await put('北京大学位于中国的首都北京。它是一所著名的大学。')
    const thai = await put('นกกระสาอาศัยอยู่ริมทะเลสาบและกินปลาเป็นอาหาร')
    const russian = await put('Цапля стоит у озера и ждёт рыбу. Цапли живут на озёрах.')
    const spanish = await put('La información sobre las garzas está en el capítulo siguiente.')
    expect(await find('大学')).toEqual([chinese])
    expect(await find('ทะเลสาบ')).toEqual([thai])
    expect(await find('озере')).toEqual([russian])
    expect(await find('INFORMACION garza')).toEqual([spanish])
  })

  it('searches words of every sentence where a query has no others', async () => {
    const { put, find } = shelf()
    const id = await put('To be or not to be, that is the question of the heron.')
    expect(await find('to be or not to be')).toEqual([id])
  })
})

describe('a batch of passages', () => {
  const passage = (at: number, text = 'words') => ({
    page: null,
    from: at,
    to: at + text.length,
    headings: [],
    text,
  })

  it(`has up to ${MAX_BATCH_PASSAGES} passages of up to ${MAX_PASSAGE_BYTES} bytes`, async () => {
    const { library } = shelf()
    const { document } = await library.add(newDocument())
    const most = Array.from({ length: MAX_BATCH_PASSAGES }, (_, index) => passage(index * 6))
    expect(await library.index(document.id, 1, { passages: most, isLast: false })).toBe(true)
    const tooMany = { passages: [...most, passage(1e6)], isLast: false }
    await expect(library.index(document.id, 1, tooMany)).rejects.toMatchObject({ code: 'invalid_request' })
    const largest = { passages: [passage(2e6, 'ä'.repeat(MAX_PASSAGE_BYTES / 2))], isLast: false }
    expect(await library.index(document.id, 1, largest)).toBe(true)
    const tooLarge = { passages: [passage(3e6, `a${'ä'.repeat(MAX_PASSAGE_BYTES / 2)}`)], isLast: true }
    await expect(library.index(document.id, 1, tooLarge)).rejects.toMatchObject({ code: 'invalid_request' })
    // What was refused has left nothing, not its state either.
    expect(await library.get(document.id)).toMatchObject({ state: 'indexing' })
    await library.index(document.id, 1, { passages: [], isLast: true })
    expect(await library.get(document.id)).toMatchObject({ state: 'ready', passages: MAX_BATCH_PASSAGES + 1 })
  })

  it('names the pages that could not be read', async () => {
    const { library, find } = shelf()
    const { document } = await library.add(newDocument())
    const partialReason = 'Pages 2 and 3 have no text.'
    await library.index(document.id, 1, {
      passages: passagesOf('A heron.'),
      isLast: true,
      pages: 3,
      partialReason,
    })
    expect(await library.get(document.id)).toMatchObject({
      state: 'partial',
      reason: partialReason,
      pages: 3,
    })
    expect(await find('heron')).toEqual([document.id])
  })
})
