import { describe, expect, it } from 'vitest'
import { MAX_SET_DATA_LENGTH } from '../../../../worker/services/library/library-limits.ts'
import { newDocument, shelf } from './shelf.ts'

/** A library with a set in it, and files of the set with these attributes. */
async function filled(attributes: readonly Record<string, string | number | boolean>[]) {
  const shelved = shelf()
  const { library, put } = shelved
  await library.createSet({ id: 'set', data: '{}' })
  const ids: string[] = []
  const files: string[] = []
  for (const [index, said] of attributes.entries()) {
    const given = newDocument({ name: `${index}.txt` })
    ids.push(await put(`A heron, number ${index}.`, given))
    files.push(given.fileId)
    await library.addToSet('set', { fileId: given.fileId, attributes: said, data: '{}' })
  }
  return { ...shelved, ids, files }
}

describe('a set of files', () => {
  it('counts its files by their states, and is found again', async () => {
    const { library, files } = await filled([{}, {}])
    const waits = newDocument()
    await library.add(waits)
    await library.addToSet('set', { fileId: waits.fileId, attributes: {}, data: '{}' })
    expect(await library.getSet('set')).toMatchObject({
      id: 'set',
      expiresAt: null,
      counts: { inProgress: 1, ready: 2, failed: 0, total: 3 },
      textLength: 2 * 'A heron, number 0.'.length,
    })
    expect(await library.listSetMembers('set', { limit: 9, order: 'asc', state: 'ready' })).toMatchObject({
      members: files.map((fileId) => ({ fileId })),
      hasMore: false,
    })
    expect(await library.getSetMember('set', waits.fileId)).toMatchObject({ state: 'inProgress' })
  })

  it('is searched alone, by the attributes of its files', async () => {
    const { put, find, search, ids } = await filled([
      { year: 2020, kind: 'a' },
      { year: 2024, kind: 'b' },
      { kind: 'b' },
    ])
    await put('A heron outside.')
    expect((await find('heron', { setId: 'set' })).toSorted()).toEqual(ids.toSorted())
    expect(await find('heron', { setId: 'set', filter: { type: 'gt', key: 'year', value: 2020 } })).toEqual([
      ids[1],
    ])
    const filter = {
      type: 'and' as const,
      filters: [
        { type: 'eq' as const, key: 'kind', value: 'b' },
        { type: 'ne' as const, key: 'year', value: 2024 },
      ],
    }
    const { results } = await search('heron', { setId: 'set', filter })
    expect(results).toMatchObject([{ documentId: ids[2], name: '2.txt', attributes: { kind: 'b' } }])
    expect(await find('heron', { setId: 'set', documentIds: [ids[0] ?? ''] })).toEqual([ids[0]])
    await expect(find('heron', { setId: 'none' })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('lets its files go, and they stay', async () => {
    const { library, find, ids, files } = await filled([{}, {}])
    expect(await library.removeFromSet('set', files[0] ?? '')).toBe(true)
    expect(await library.removeFromSet('set', files[0] ?? '')).toBe(false)
    expect(await find('heron', { setId: 'set' })).toEqual([ids[1]])
    expect(await library.removeSet('set')).toBe(true)
    expect(await library.removeSet('set')).toBe(false)
    expect(await library.getSet('set')).toBeNull()
    expect((await find('heron')).toSorted()).toEqual(ids.toSorted())
  })

  it('loses a file with its document', async () => {
    const { library, ids, files } = await filled([{}, {}])
    await library.remove(ids[0] ?? '')
    await library.removeName(files[1] ?? '')
    expect(await library.getSet('set')).toMatchObject({ counts: { total: 0 } })
  })

  it('is listed in both orders, behind one and before one', async () => {
    const { library } = shelf()
    for (const id of ['a', 'b', 'c', 'd']) await library.createSet({ id, data: '{}' })
    const ids = async (page: Parameters<typeof library.listSets>[0]) =>
      (await library.listSets(page)).sets.map(({ id }) => id)
    expect(await ids({ limit: 2, order: 'asc' })).toEqual(['a', 'b'])
    expect(await ids({ limit: 2, order: 'desc' })).toEqual(['d', 'c'])
    expect(await ids({ limit: 2, order: 'asc', after: 'b' })).toEqual(['c', 'd'])
    expect(await ids({ limit: 2, order: 'asc', before: 'd' })).toEqual(['b', 'c'])
    expect(await ids({ limit: 2, order: 'desc', before: 'a' })).toEqual(['c', 'b'])
    expect(await library.listSets({ limit: 3, order: 'asc' })).toMatchObject({ hasMore: true })
    expect(await library.listSets({ limit: 4, order: 'asc' })).toMatchObject({ hasMore: false })
  })

  it('changes its words, its end and the time of its use', async () => {
    const { library } = shelf()
    await library.createSet({ id: 'set', data: '{}' })
    const expiresAt = Date.now() + 60_000
    expect(await library.changeSet('set', { data: '{"a":1}', expiresAt })).toMatchObject({
      data: '{"a":1}',
      expiresAt,
      hasExpired: false,
    })
    expect(await library.changeSet('set', { isUse: true })).toMatchObject({ data: '{"a":1}', expiresAt })
    expect(await library.changeSet('set', { expiresAt: null })).toMatchObject({ expiresAt: null })
    expect(await library.changeSet('none', {})).toBeNull()
  })

  it('loses its files when its time is over, and is still there to be looked at and removed', async () => {
    const { library, find, ids, files } = await filled([{}, {}])
    await library.changeSet('set', { expiresAt: Date.now() - 1 })
    const over = { hasExpired: true, counts: { total: 0 }, textLength: 0 }
    expect(await library.getSet('set')).toMatchObject(over)
    expect(await library.listSets({ limit: 9, order: 'asc' })).toMatchObject({ sets: [over] })
    expect(await library.listSetMembers('set', { limit: 9, order: 'asc' })).toMatchObject({ members: [] })
    const member = { fileId: files[0] ?? '', attributes: {}, data: '{}' }
    for (const refused of [
      library.addToSet('set', member),
      library.changeSet('set', { expiresAt: null }),
      find('heron', { setId: 'set' }),
    ])
      await expect(refused).rejects.toMatchObject({ code: 'conflict' })
    expect((await find('heron')).toSorted()).toEqual(ids.toSorted())
    expect(await library.removeSet('set')).toBe(true)
  })

  it('refuses files and sets that are not there', async () => {
    const { library } = await filled([])
    const member = { fileId: 'none', attributes: {}, data: '{}' }
    await expect(library.addToSet('set', member)).rejects.toMatchObject({
      code: 'not_found',
      param: 'file_id',
    })
    await expect(library.addToSet('none', member)).rejects.toMatchObject({ code: 'not_found' })
  })

  it(`has up to ${MAX_SET_DATA_LENGTH} characters about it`, async () => {
    const { library } = shelf()
    await library.createSet({ id: 'set', data: 'd'.repeat(MAX_SET_DATA_LENGTH) })
    const data = 'd'.repeat(MAX_SET_DATA_LENGTH + 1)
    await expect(library.createSet({ id: 'other', data })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(library.changeSet('set', { data })).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
