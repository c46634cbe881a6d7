import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  AdapterCache,
  type CachedAdapter,
  checkContent,
  MAX_CACHED_ADAPTERS,
} from '../../../gpu-node/adapters/adapter-cache.ts'
import { hashFile } from '../../../gpu-node/model-files/model-files.ts'
import { createLogger } from '../../../shared/log.ts'

let folder = ''
let clock = 0
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-cache-'))
})
afterEach(() => rm(folder, { recursive: true }))

const open = (limitBytes = 100, maxAdapters?: number) =>
  AdapterCache.open({
    folder,
    limitBytes,
    ...(maxAdapters !== undefined && { maxAdapters }),
    log: createLogger(() => {}),
    now: () => ++clock,
  })
const idOf = (number: number) => number.toString(16).padStart(24, '0')
const hashOf = (number: number) => number.toString(16).padStart(64, '0')
const entryOf = (number: number, over: Partial<CachedAdapter> = {}): CachedAdapter => ({
  id: idOf(number),
  model: 'starter',
  modelFile: { sizeBytes: 1, modifiedAt: 1 },
  sha256: hashOf(number),
  contentSha256: hashOf(number),
  bytes: 10,
  createdAt: 0,
  needMiB: 1,
  usedAt: ++clock,
  ...over,
})

/** Fetches a file of ten bytes, or so many. */
async function put(cache: AdapterCache, entry: CachedAdapter): Promise<void> {
  const room = cache.hold(entry.bytes)
  await writeFile(room.path, 'x'.repeat(entry.bytes))
  await room.keep(entry)
  await room.release()
}
const files = async () => (await readdir(folder)).filter((name) => name !== 'index.json').toSorted()
const idsOf = (entries: readonly CachedAdapter[] | undefined) => entries?.map(({ id }) => id)

describe('a file that was fetched', () => {
  it('is called by its hash, and is there after a restart', async () => {
    const cache = await open()
    const entry = entryOf(1)
    await put(cache, entry)
    expect(await files()).toEqual([`${hashOf(1)}.gguf`])
    expect((await open()).entries).toEqual([entry])
    expect(await readFile(cache.pathOf(entry), 'utf8')).toBe('x'.repeat(10))
  })

  it('that was not whole leaves nothing', async () => {
    const cache = await open()
    const room = cache.hold(10)
    await writeFile(room.path, 'x')
    await room.release()
    expect(await files()).toEqual([])
    expect(cache.entries).toEqual([])
    expect(cache.victimsFor(100, () => true)).toEqual([])
  })

  it('may be several adapters’, and goes with the last', async () => {
    const cache = await open()
    await put(cache, entryOf(1))
    await cache.add(entryOf(2, { sha256: hashOf(1) }))
    expect(cache.bytes).toBe(10)
    await cache.drop(idOf(1))
    expect(await files()).toEqual([`${hashOf(1)}.gguf`])
    await cache.drop(idOf(2))
    expect(await files()).toEqual([])
    expect((await open()).entries).toEqual([])
  })
})

describe('room for a file', () => {
  it('is made by those that were not used for longest', async () => {
    const cache = await open(30)
    for (const number of [1, 2, 3]) await put(cache, entryOf(number))
    cache.touch(idOf(1))
    expect(cache.victimsFor(0, () => true)).toEqual([])
    expect(idsOf(cache.victimsFor(1, () => true))).toEqual([idOf(2)])
    expect(idsOf(cache.victimsFor(11, () => true))).toEqual([idOf(2), idOf(3)])
    expect(idsOf(cache.victimsFor(30, () => true))).toEqual([idOf(2), idOf(3), idOf(1)])
    expect(cache.victimsFor(31, () => true)).toBeUndefined()
  })

  it('is not made by those that are in use', async () => {
    const cache = await open(30)
    for (const number of [1, 2, 3]) await put(cache, entryOf(number))
    const mayGo = ({ id }: CachedAdapter) => id !== idOf(1)
    expect(idsOf(cache.victimsFor(20, mayGo))).toEqual([idOf(2), idOf(3)])
    expect(cache.victimsFor(21, mayGo)).toBeUndefined()
  })

  it('counts what is on its way', async () => {
    const cache = await open(30)
    const room = cache.hold(25)
    expect(cache.victimsFor(5, () => true)).toEqual([])
    expect(cache.victimsFor(6, () => true)).toBeUndefined()
    await room.release()
    expect(cache.victimsFor(30, () => true)).toEqual([])
  })

  it('is for so many adapters, however small', async () => {
    const cache = await open(1_000, 2)
    await put(cache, entryOf(1))
    expect(cache.victimsFor(1, () => true)).toEqual([])
    await put(cache, entryOf(2))
    expect(idsOf(cache.victimsFor(1, () => true))).toEqual([idOf(1)])
    expect(MAX_CACHED_ADAPTERS).toBeGreaterThan(2)
  })
})

describe('what an earlier run has left', () => {
  it('and what is in no index is deleted, and what is not whole forgotten', async () => {
    const cache = await open()
    await put(cache, entryOf(1))
    await put(cache, entryOf(2))
    await writeFile(join(folder, `${hashOf(2)}.gguf`), 'cut')
    await writeFile(join(folder, `${hashOf(3)}.gguf`), 'nobody’s')
    await writeFile(join(folder, 'half.part'), 'x')
    await writeFile(join(folder, 'index.json.half'), 'x')
    expect(idsOf((await open()).entries)).toEqual([idOf(1)])
    expect(await files()).toEqual([`${hashOf(1)}.gguf`])
  })

  it.each(['', '{', '[{"id": 7}]', 'null'])('is nothing where the index is %j', async (text) => {
    await writeFile(join(folder, 'index.json'), text)
    const cache = await open()
    expect(cache.entries).toEqual([])
    await put(cache, entryOf(1))
    expect((await open()).entries).toHaveLength(1)
  })
})

describe('before a load', () => {
  it('a file is held to its hash', async () => {
    const path = join(folder, 'file')
    await writeFile(path, 'content')
    const { signal } = new AbortController()
    const sha256 = await hashFile(path, signal)
    await checkContent(path, sha256, signal)
    await writeFile(path, 'Content')
    await expect(checkContent(path, sha256, signal)).rejects.toThrow('not the one that was fetched')
  })
})
