import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { MAX_UNSETTLED, MirroredVectors } from '../../../../worker/durable/library/mirrored-vectors.ts'
import { VectorStore } from '../../../../worker/durable/library/vector-store.ts'
import { configOf } from '../../../../worker/env.ts'
import { createVectorize } from '../../../../worker/services/library/vectorize.ts'
import { createServices } from '../../../../worker/wiring.ts'
import { fakeVectorize } from '../../fake-vectorize.ts'
import { newDocument, shelf } from './shelf.ts'

const DIMENSIONS = 4

/** Texts are their own vectors: four numbers. */
const vectorOf = (text: string): Float32Array =>
  Float32Array.from(text.split(' ').slice(0, DIMENSIONS), Number)

type Index = ReturnType<typeof fakeVectorize>

/** A library whose vectors a mirror has, looked at from within. */
function mirroredShelf(index: Index | undefined, embedder = 'made-up') {
  const { accountId, library } = shelf()
  const names = { embedder, index }

  async function put(texts: readonly string[]): Promise<string> {
    const { document } = await library.add(newDocument())
    const passages = texts.map((text, at) => ({
      page: null,
      from: at * 50,
      to: at * 50 + text.length,
      headings: [],
      text,
    }))
    await library.index(document.id, 1, { passages, isLast: true })
    return document.id
  }

  function within<Result>(
    look: (vectors: VectorStore, mirrored: MirroredVectors, sql: SqlStorage) => Promise<Result>,
  ) {
    return runInDurableObject(env.LIBRARY.getByName(accountId), (_library, { storage }) => {
      const log = () => createLogger(() => {}, {})
      const { index: place } = names
      const mirror = place && createVectorize(place.index, 50)
      const mirrored = new MirroredVectors({ storage, mirror: () => mirror, accountId, log })
      const embedding = {
        current: async () => ({ model: names.embedder, sha256: null, queryPrefix: '', passagePrefix: '' }),
        embed: async (_model: string, texts: readonly string[]) => texts.map(vectorOf),
      }
      const transaction = <Done>(work: () => Done) => storage.transactionSync(work)
      const options = { sql: storage.sql, transaction, embedding: () => embedding, accountId, log, mirrored }
      return look(new VectorStore(options), mirrored, storage.sql)
    })
  }

  /** Embeds what is there, and brings the mirror as near as it comes without waiting. */
  const follow = () =>
    within(async (vectors) => {
      while (await vectors.fillEmbeddings());
      let step = await vectors.mirror()
      while (step === 'more') step = await vectors.mirror()
      return step
    })
  /** The texts that a question finds by vectors, from the best on. */
  const find = (question: string) =>
    within(async (vectors, _mirrored, sql) => {
      const found = (await vectors.ask(question, []))?.best(undefined) ?? []
      const rows = sql.exec<{ id: number; text: string }>('SELECT id, text FROM passages').toArray()
      return found.map(({ id }) => rows.find((row) => row.id === id)?.text)
    })
  /** Follows, and has the index find it all. */
  async function settle() {
    await follow()
    names.index?.process()
    expect(await follow()).toBe('done')
  }
  return { accountId, library, put, within, follow, find, settle, names }
}

const NORTH = '1 0 0 0.1'
const EAST = '0 1 0 0.1'
const UP = '0 0 1 0.1'

describe('a library with an index of Vectorize', () => {
  it('asks it for what is most alike in its own namespace, and compares that with its own vectors', async () => {
    const index = fakeVectorize(DIMENSIONS)
    const { accountId, put, find, settle } = mirroredShelf(index)
    await put([NORTH, EAST, UP])
    await settle()
    expect(index.ids()).toHaveLength(3)
    expect(index.ids().every((id) => id.startsWith(`${accountId}:`))).toBe(true)
    expect((await find('0.9 0.2 0 0')).slice(0, 2)).toEqual([NORTH, EAST])
    expect(index.asked).toEqual([{ namespace: accountId, results: 3 }])
  })

  it('finds at once what the index does not find yet', async () => {
    const index = fakeVectorize(DIMENSIONS)
    const { put, follow, find, settle } = mirroredShelf(index)
    await put([NORTH])
    await settle()
    await put([EAST])
    expect(await follow()).toBe('unsettled')
    expect((await find('0 1 0 0'))[0]).toBe(EAST)
    expect(index.asked.at(-1)?.results).toBe(1)
    index.process()
    expect(await follow()).toBe('done')
    expect((await find('0 1 0 0'))[0]).toBe(EAST)
    expect(index.asked.at(-1)?.results).toBe(2)
  })

  it('never shows what is deleted, though the index still finds it, and has it forgotten there', async () => {
    const index = fakeVectorize(DIMENSIONS)
    const { library, put, follow, find, settle } = mirroredShelf(index)
    const gone = await put([NORTH])
    await put([EAST])
    await settle()
    await library.remove(gone)
    expect(await find('1 0 0 0')).toEqual([EAST])
    expect(index.asked.at(-1)?.results).toBe(2)
    await follow()
    index.process()
    expect(index.ids()).toHaveLength(1)
    expect(await find('1 0 0 0')).toEqual([EAST])
  })

  it('has nothing of an account that is gone', async () => {
    const index = fakeVectorize(DIMENSIONS)
    const { library, put, follow, settle } = mirroredShelf(index)
    await put([NORTH, EAST])
    await settle()
    await library.clear()
    await follow()
    index.process()
    expect(index.ids()).toEqual([])
  })

  it('never sees another account, whatever the index answers', async () => {
    const index = fakeVectorize(DIMENSIONS)
    const [mine, other] = [mirroredShelf(index), mirroredShelf(index)]
    await mine.put([EAST])
    await other.put([NORTH, UP])
    await mine.settle()
    await other.settle()
    expect(await mine.find('1 0 0 0')).toEqual([EAST])
    // An index that forgets about namespaces tells nothing of others either, and forgets nothing of them.
    const careless = createVectorize({
      ...index.index,
      query: (question) => index.index.query(question, { topK: 100 }),
    })
    expect(await careless.nearest(mine.accountId, Float32Array.of(1, 0, 0, 0))).toHaveLength(1)
    const before = index.ids().filter((id) => id.startsWith(other.accountId))
    await careless.remove(
      mine.accountId,
      before.map((id) => id.split(':')[1] ?? ''),
    )
    index.process()
    expect(index.ids().filter((id) => id.startsWith(other.accountId))).toEqual(before)
  })

  it('compares all vectors itself where the index fails, is silent, or is another one than was filled', async () => {
    const index = fakeVectorize(DIMENSIONS)
    const { put, find, follow, settle } = mirroredShelf(index)
    await put([NORTH, EAST])
    await settle()
    index.fail(new Error('VECTOR_QUERY_ERROR'))
    expect((await find('1 0 0 0'))[0]).toBe(NORTH)
    await put([UP])
    expect(await follow()).toBe('failed')
    expect((await find('0 0 1 0'))[0]).toBe(UP)
    index.fail(undefined)
    index.empty()
    expect((await find('0 0 1 0'))[0]).toBe(UP)
    expect(index.asked.at(-1)?.results).toBe(0)
    // All of it is sent anew.
    await settle()
    expect(index.ids()).toHaveLength(3)
    index.silence()
    expect((await find('0 0 1 0'))[0]).toBe(UP)
  })

  it('goes on without it where its vectors have other dimensions', async () => {
    const index = fakeVectorize(DIMENSIONS + 1)
    const { put, find, follow } = mirroredShelf(index)
    await put([NORTH])
    expect(await follow()).toBe('done')
    expect(await find('1 0 0 0')).toEqual([NORTH])
    expect(index.asked).toEqual([])
  })

  it('sends the vectors of another model, and has those of the old one forgotten', async () => {
    const index = fakeVectorize(DIMENSIONS)
    const { accountId, put, find, settle, names } = mirroredShelf(index)
    await put([NORTH])
    await settle()
    const old = index.ids()
    names.embedder = 'another'
    await settle()
    expect(index.ids()).toHaveLength(1)
    expect(index.ids()).not.toEqual(old)
    expect(await find('1 0 0 0')).toEqual([NORTH])
    expect(index.asked).toEqual([{ namespace: accountId, results: 1 }])
  })

  it('sends all anew when the index was not bound for a time', async () => {
    const index = fakeVectorize(DIMENSIONS)
    const { put, find, follow, settle, names } = mirroredShelf(index)
    await put([NORTH])
    await settle()
    names.index = undefined
    await put([EAST])
    expect(await follow()).toBe('done')
    expect((await find('0 1 0 0'))[0]).toBe(EAST)
    names.index = index
    await settle()
    expect(index.ids()).toHaveLength(2)
    expect((await find('0 1 0 0'))[0]).toBe(EAST)
    expect(index.asked.at(-1)?.results).toBe(2)
  })

  it('is not asked while more wait for it than are looked at beside its answer', async () => {
    const index = fakeVectorize(DIMENSIONS)
    const { put, find, follow } = mirroredShelf(index)
    await put(Array.from({ length: MAX_UNSETTLED }, (_, at) => `0 1 0 ${at / MAX_UNSETTLED}`))
    await follow()
    await find('1 0 0 0')
    expect(index.asked).toHaveLength(1)
    await put([NORTH])
    await follow()
    expect((await find('1 0 0 0'))[0]).toBe(NORTH)
    expect(index.asked).toHaveLength(1)
  })

  it('is the one that the deployment has bound, and none where it has bound none', async () => {
    const config = configOf(env)
    expect(createServices(env, config).library.mirror).toBeUndefined()
    const { index } = fakeVectorize(DIMENSIONS)
    const { mirror } = createServices({ ...env, VECTORS: index } as Cloudflare.Env, config).library
    expect(await mirror?.takes(DIMENSIONS)).toBe(true)
    expect(await mirror?.takes(DIMENSIONS + 1)).toBe(false)
  })
})
