import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import {
  MAX_ATTEMPTS,
  MAX_INTERRUPTIONS,
  MAX_NAME_LENGTH,
  MAX_REASON_LENGTH,
} from '../../../../worker/services/library/library-limits.ts'
import { newDocument, passagesOf, shelf } from './shelf.ts'

/** Lets the leases that are over end. */
const endLeases = (accountId: string) => runDurableObjectAlarm(env.LIBRARY.getByName(accountId))

describe('the documents of a library', () => {
  it('are queued when they come, with their name', async () => {
    const { library } = shelf()
    const given = newDocument({ name: 'contract.pdf' })
    const { document, isNew } = await library.add(given)
    expect(isNew).toBe(true)
    expect(document).toMatchObject({
      id: given.id,
      state: 'queued',
      attempt: 1,
      key: given.key,
      names: [{ fileId: given.fileId, name: 'contract.pdf' }],
    })
    expect(await library.findByFile(given.fileId)).toEqual(document)
    expect(await library.unsettled()).toEqual([given.id])
  })

  it('are one with two names where their bytes are the same', async () => {
    const { library, put, find } = shelf()
    const first = newDocument({ name: 'one.txt' })
    const id = await put('The heron waits.', first)
    const second = newDocument({ name: 'two.txt', sha256: first.sha256 })
    const added = await library.add(second)
    expect(added).toMatchObject({ isNew: false, document: { id, state: 'ready' } })
    expect(added.document.names.map(({ name }) => name)).toEqual(['one.txt', 'two.txt'])

    expect(await library.removeName(first.fileId)).toEqual({
      documentId: id,
      isDocumentGone: false,
      unusedKey: first.key,
    })
    expect(await find('heron')).toEqual([id])
    expect(await library.get(id)).toMatchObject({ key: second.key, names: [{ name: 'two.txt' }] })

    expect(await library.removeName(second.fileId)).toMatchObject({ isDocumentGone: true })
    expect(await find('heron')).toEqual([])
    expect(await library.get(id)).toBeNull()
  })

  it('keep bytes that another name still has', async () => {
    const { library } = shelf()
    const first = newDocument()
    await library.add(first)
    await library.add(newDocument({ sha256: first.sha256, key: first.key }))
    expect(await library.removeName(first.fileId)).toMatchObject({ unusedKey: null })
  })

  it('are read again when the bytes of one that failed come again', async () => {
    const { library } = shelf()
    const first = newDocument()
    await library.add(first)
    await library.move(first.id, 1, { state: 'failed', reason: 'It is encrypted.' })
    const again = await library.add(newDocument({ sha256: first.sha256 }))
    expect(again).toMatchObject({ isNew: true, document: { id: first.id, state: 'queued', reason: null } })
  })

  it('are there once when the same file is told twice', async () => {
    const { library } = shelf()
    const given = newDocument()
    await library.add(given)
    expect(await library.add(given)).toMatchObject({ isNew: false })
    expect(await library.list({ limit: 10 })).toMatchObject({ total: 1, hasMore: false })
  })

  it(`have names of up to ${MAX_NAME_LENGTH} characters`, async () => {
    const { library } = shelf()
    await library.add(newDocument({ name: 'n'.repeat(MAX_NAME_LENGTH) }))
    for (const name of ['', 'n'.repeat(MAX_NAME_LENGTH + 1)])
      await expect(library.add(newDocument({ name }))).rejects.toMatchObject({ code: 'invalid_request' })
    expect(await library.list({ limit: 10 })).toMatchObject({ total: 1 })
  })

  it('are listed from the newest, by places and behind one', async () => {
    const { library } = shelf()
    const files = Array.from({ length: 5 }, (_, index) => newDocument({ name: `${index}` }))
    for (const file of files) await library.add(file)
    const names = async (page: Parameters<typeof library.list>[0]) =>
      (await library.list(page)).files.map(({ name }) => name)
    expect(await names({ limit: 2 })).toEqual(['4', '3'])
    expect(await names({ limit: 2, offset: 4 })).toEqual(['0'])
    expect(await names({ limit: 9, after: files[3]?.fileId ?? '' })).toEqual(['2', '1', '0'])
    expect(await library.list({ limit: 2 })).toMatchObject({ total: 5, hasMore: true })
    expect(await library.list({ limit: 5 })).toMatchObject({ hasMore: false })
  })

  it('tell a sweep which of their files are not there', async () => {
    const { library } = shelf()
    const file = newDocument()
    await library.add(file)
    expect(await library.missingFiles([file.fileId, 'another'])).toEqual(['another'])
  })

  it('have a reason that is cut and never broken', async () => {
    const { library } = shelf()
    const { document } = await library.add(newDocument())
    const moved = await library.move(document.id, 1, {
      state: 'queued',
      reason: `${'r'.repeat(MAX_REASON_LENGTH - 1)}😀`,
    })
    expect(moved?.reason).toHaveLength(MAX_REASON_LENGTH)
    expect(moved?.reason?.isWellFormed()).toBe(true)
  })
})

describe('the state of a document', () => {
  it('moves by its current attempt alone, and not when it is settled', async () => {
    const { library } = shelf()
    const { document } = await library.add(newDocument())
    expect(await library.move(document.id, 2, { state: 'reading' })).toBeNull()
    expect(await library.move(document.id, 1, { state: 'reading', pages: 3 })).toMatchObject({
      state: 'reading',
      pages: 3,
    })
    expect(await library.move(document.id, 1, { state: 'failed', reason: 'no' })).toMatchObject({
      state: 'failed',
      reason: 'no',
      leaseUntil: null,
      pages: 3,
    })
    expect(await library.move(document.id, 1, { state: 'reading' })).toBeNull()
    expect(await library.index(document.id, 1, { passages: [], isLast: true })).toBe(false)
  })

  it('is waited for until it is settled, until it is gone, or as long as was said', async () => {
    const { library } = shelf()
    const one = (await library.add(newDocument())).document
    const other = (await library.add(newDocument())).document
    const settled = library.waitSettled(one.id, 20_000)
    const gone = library.waitSettled(other.id, 20_000)
    expect(await library.waitSettled(one.id, 1)).toBeUndefined()
    await library.index(one.id, 1, { passages: passagesOf('words'), isLast: true, pages: 1 })
    await library.remove(other.id)
    expect(await settled).toMatchObject({ state: 'ready', pages: 1, passages: 1 })
    expect(await gone).toBeNull()
    expect(await library.waitSettled(one.id, 20_000)).toMatchObject({ state: 'ready' })
    expect(await library.waitSettled('nothing', 20_000)).toBeNull()
  })

  it('goes back to the queue where it stood still, and fails at the last attempt', async () => {
    const { accountId, library, find } = shelf()
    const { document } = await library.add(newDocument())
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      expect(await library.get(document.id)).toMatchObject({ state: 'queued', attempt })
      await library.index(document.id, attempt, { passages: passagesOf('the otter'), isLast: false })
      await library.move(document.id, attempt, { state: 'indexing', leaseMs: 0 })
      await endLeases(accountId)
      expect(await library.move(document.id, attempt, { state: 'indexing' })).toBeNull()
    }
    expect(await library.get(document.id)).toMatchObject({
      state: 'failed',
      attempt: MAX_ATTEMPTS,
      leaseUntil: null,
      reason: `It could not be indexed in ${MAX_ATTEMPTS} attempts: each stood still.`,
    })
    expect(await find('otter')).toEqual([])
  })

  it('goes on as long as each attempt brings something, and keeps what came of the others', async () => {
    const { accountId, library, find } = shelf()
    // Whoever is rung for it here finds no node that reads it.
    const { document } = await library.add(newDocument({ contentType: 'application/pdf' }))
    const passages = passagesOf('the first\fthe second\fthe third\fthe fourth\fthe fifth')
    for (const [index, passage] of passages.entries()) {
      const attempt = index + 1
      await library.index(document.id, attempt, { passages: [passage], isLast: false })
      expect(await library.lastStaged(document.id, attempt)).toEqual(passage)
      await library.move(document.id, attempt, { state: 'indexing', leaseMs: 0 })
      await endLeases(accountId)
    }
    expect(passages.length).toBeGreaterThan(MAX_ATTEMPTS)
    const attempt = passages.length + 1
    expect(await library.lastStaged(document.id, attempt - 1)).toBeNull()
    expect(await find('third')).toEqual([])
    await library.index(document.id, attempt, { passages, isLast: true })
    expect(await library.get(document.id)).toMatchObject({
      state: 'ready',
      attempt,
      passages: passages.length,
    })
    expect(await find('third')).toEqual([document.id])
  })

  it('fails where attempts in a row bring nothing more, and keeps nothing of it', async () => {
    const { accountId, library } = shelf()
    const { document } = await library.add(newDocument({ contentType: 'application/pdf' }))
    for (let attempt = 1; attempt <= MAX_ATTEMPTS + 1; attempt += 1) {
      // The second brings as much as the first, and more.
      const text = attempt === 1 ? 'one' : 'one\ftwo'
      await library.index(document.id, attempt, { passages: passagesOf(text), isLast: false })
      await library.move(document.id, attempt, { state: 'indexing', leaseMs: 0 })
      await endLeases(accountId)
    }
    expect(await library.get(document.id)).toMatchObject({ state: 'failed', attempt: MAX_ATTEMPTS + 1 })
    await library.add(newDocument({ sha256: document.sha256 }))
    expect(await library.lastStaged(document.id, 1)).toBeNull()
  })

  it('waits again where reading broke off, and fails when that has happened too often without a passage more', async () => {
    const { library, find } = shelf()
    const { document } = await library.add(newDocument())
    const interrupt = async (times: number) => {
      for (let time = 0; time < times; time += 1) {
        await library.index(document.id, 1, { passages: passagesOf('the otter'), isLast: false })
        await library.interrupt(document.id, 1)
      }
    }
    await interrupt(MAX_INTERRUPTIONS - 1)
    const reason = 'It was interrupted and is gone on with.'
    expect(await library.get(document.id)).toMatchObject({ state: 'queued', attempt: 1, reason })
    // A passage more, and it begins to count anew.
    await library.index(document.id, 1, { passages: passagesOf('the otter\fthe heron'), isLast: false })
    await interrupt(MAX_INTERRUPTIONS - 1)
    expect(await library.get(document.id)).toMatchObject({ state: 'queued', attempt: 1 })
    await interrupt(1)
    expect(await library.get(document.id)).toMatchObject({
      state: 'failed',
      reason: `It could not be read: that broke off ${MAX_INTERRUPTIONS} times.`,
      leaseUntil: null,
    })
    expect(await library.interrupt(document.id, 1)).toBeNull()
    expect(await find('otter')).toEqual([])
  })

  it('stays where it waits: another ring costs no attempt', async () => {
    const { accountId, library } = shelf()
    const { document } = await library.add(newDocument())
    const reason = 'No node reads PDF files now.'
    await library.move(document.id, 1, { state: 'queued', reason, leaseMs: 0 })
    await endLeases(accountId)
    const waiting = await library.get(document.id)
    expect(waiting).toMatchObject({ state: 'queued', attempt: 1, reason })
    expect(waiting?.leaseUntil).toBeGreaterThan(Date.now())
  })

  it('never stands longer than the longest lease without an alarm', async () => {
    const { library } = shelf()
    const { document } = await library.add(newDocument())
    const moved = await library.move(document.id, 1, { state: 'reading', leaseMs: 3_600_000 })
    expect(moved?.leaseUntil).toBeLessThan(Date.now() + 15 * 60_000)
  })
})
