import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import {
  MAX_LIBRARY_FILES,
  MAX_LIBRARY_PASSAGES,
  MAX_LIBRARY_TEXT_BYTES,
  MAX_SET_FILES,
  MAX_SETS,
} from '../../../../worker/services/library/library-limits.ts'
import { newDocument, passagesOf, shelf } from './shelf.ts'

/** A statement on a library's own tables: as many rows as it would take a day to bring. */
const write = (accountId: string, query: string, ...values: (string | number)[]) =>
  runInDurableObject(env.LIBRARY.getByName(accountId), (_library, { storage }) => {
    storage.sql.exec(query, ...values)
  })

const COUNTED = 'WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?)'

/** Gives a document so many more names. */
const addNames = (accountId: string, documentId: string, count: number) =>
  write(
    accountId,
    `INSERT INTO names (file_id, document, name, tokens, key, added_at) ${COUNTED}
     SELECT 'more' || n, documents.number, 'more.txt', ' more ', 'more', 0 FROM counted, documents WHERE documents.id = ?`,
    ...[count, documentId],
  )

const refused = { code: 'limit_exceeded' }

describe('a library', () => {
  it(`has ${MAX_LIBRARY_FILES} files, and not one more`, async () => {
    const { accountId, library, put, find } = shelf()
    const first = newDocument()
    const id = await put('A heron.', first)
    await addNames(accountId, id, MAX_LIBRARY_FILES - 2)
    const last = newDocument()
    await library.add(last)
    for (const file of [newDocument(), newDocument({ sha256: first.sha256 })])
      await expect(library.add(file)).rejects.toMatchObject({
        ...refused,
        message: `An account has at most ${MAX_LIBRARY_FILES} documents.`,
      })
    expect((await library.list({ limit: 1 })).total).toBe(MAX_LIBRARY_FILES)
    // One that is there already is told, and one that goes makes room.
    expect(await library.add(last)).toMatchObject({ isNew: false })
    await library.removeName(last.fileId)
    expect(await library.add(newDocument())).toMatchObject({ isNew: true })
    expect(await find('heron')).toEqual([id])
  })

  it(`has ${MAX_LIBRARY_PASSAGES} passages, and not one more`, async () => {
    const { accountId, library, put, find } = shelf()
    const large = await put('A heron.')
    await write(accountId, 'UPDATE documents SET passages = ?', MAX_LIBRARY_PASSAGES - 1)
    const { document } = await library.add(newDocument())
    const index = (text: string, isLast: boolean, from = 0) =>
      library.index(document.id, 1, {
        passages: passagesOf(text).map((passage) => ({ ...passage, from: passage.from + from })),
        isLast,
      })
    expect(await index('A pike.', false)).toBe(true)
    const message = `An account has at most ${MAX_LIBRARY_PASSAGES} passages.`
    await expect(index('A perch.', true, 100)).rejects.toMatchObject({ ...refused, message })
    // What was refused is not there, and what was there goes on.
    expect(await library.get(document.id)).toMatchObject({ state: 'indexing' })
    await library.index(document.id, 1, { passages: [], isLast: true })
    expect(await find('perch')).toEqual([])
    expect(await find('pike heron')).toHaveLength(2)
    const next = await library.add(newDocument())
    const one = { passages: passagesOf('A perch.'), isLast: true }
    await expect(library.index(next.document.id, 1, one)).rejects.toMatchObject(refused)
    await library.remove(large)
    expect(await library.index(next.document.id, 1, one)).toBe(true)
  })

  it(`has ${MAX_LIBRARY_TEXT_BYTES} bytes of text, and not one more`, async () => {
    const { accountId, library, put, find } = shelf()
    const text = 'Ein Reiher überfliegt den See.'
    const bytes = new TextEncoder().encode(text).length
    expect(bytes).toBe(text.length + 1)
    const large = await put('A heron.')
    await write(accountId, 'UPDATE documents SET text_bytes = ?', MAX_LIBRARY_TEXT_BYTES - bytes)
    const id = await put(text)
    await write(accountId, 'UPDATE documents SET text_bytes = text_bytes + 1 WHERE id = ?', large)
    const { document } = await library.add(newDocument())
    const index = () => library.index(document.id, 1, { passages: passagesOf(text), isLast: true })
    const message = `An account has at most ${MAX_LIBRARY_TEXT_BYTES} bytes of text.`
    await library.remove(id)
    await expect(index()).rejects.toMatchObject({ ...refused, message })
    expect(await find('Reiher')).toEqual([])
    await write(accountId, 'UPDATE documents SET text_bytes = text_bytes - 1 WHERE id = ?', large)
    expect(await index()).toBe(true)
    expect(await find('Reiher')).toEqual([document.id])
  })

  it(`has ${MAX_SETS} sets, and one more only where another has expired`, async () => {
    const { accountId, library } = shelf()
    await write(
      accountId,
      `INSERT INTO sets (id, data, created_at, last_used_at) ${COUNTED} SELECT 'set' || n, '{}', 0, 0 FROM counted`,
      MAX_SETS - 1,
    )
    await library.createSet({ id: 'last', data: '{}' })
    const message = `An account has at most ${MAX_SETS} sets.`
    const another = () => library.createSet({ id: 'another', data: '{}' })
    await expect(another()).rejects.toMatchObject({ ...refused, message })
    expect(await library.getSet('another')).toBeNull()
    await library.changeSet('set7', { expiresAt: Date.now() - 1 })
    expect(await another()).toMatchObject({ id: 'another' })
    expect(await library.getSet('set7')).toBeNull()
    await expect(library.createSet({ id: 'one more', data: '{}' })).rejects.toMatchObject(refused)
  })
})

describe('a set', () => {
  it(`has ${MAX_SET_FILES} files, and not one more`, async () => {
    const { accountId, library, put, find } = shelf()
    const first = newDocument()
    const id = await put('A heron.', first)
    const last = newDocument({ sha256: first.sha256 })
    await library.add(last)
    await addNames(accountId, id, MAX_SET_FILES - 2)
    await library.createSet({ id: 'set', data: '{}' })
    await write(
      accountId,
      `INSERT INTO members (set_number, name, attributes, data, added_at)
       SELECT sets.number, names.number, '{}', '{}', 0 FROM sets, names WHERE names.file_id LIKE 'more%'`,
    )
    const member = (fileId: string) => ({ fileId, attributes: {}, data: '{}' })
    await library.addToSet('set', member(first.fileId))
    await library.addToSet('set', member(last.fileId))
    expect(await library.getSet('set')).toMatchObject({ counts: { total: MAX_SET_FILES } })
    // One file more than a library takes: it comes past its own limit.
    await write(
      accountId,
      `INSERT INTO names (file_id, document, name, tokens, key, added_at)
       SELECT 'one more', number, 'more.txt', ' more ', 'more', 0 FROM documents`,
    )
    const message = `A set has at most ${MAX_SET_FILES} files.`
    await expect(library.addToSet('set', member('one more'))).rejects.toMatchObject({ ...refused, message })
    expect(await library.getSetMember('set', 'one more')).toBeNull()
    // Those that are in it are changed, found and taken out as before.
    await library.addToSet('set', { ...member(last.fileId), attributes: { kind: 'bird' } })
    expect(await find('heron', { setId: 'set' })).toEqual([id])
    await library.removeFromSet('set', last.fileId)
    expect(await library.addToSet('set', member('one more'))).toMatchObject({ fileId: 'one more' })
  })
})
