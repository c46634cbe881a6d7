import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { EMBEDDED_PASSAGES, VectorStore } from '../../../../worker/durable/library/vector-store.ts'
import type { Embedder } from '../../../../worker/services/library/vector-models.ts'
import { newDocument, shelf } from './shelf.ts'

/** All texts are somewhat alike. */
const vectorOf = (text: string) => Float32Array.of(1, 0.5, text.length / 100, 0.1)

/** The vectors of a library of more passages than are embedded together, by a model in the test's hands. */
async function inHand(
  look: (
    vectors: VectorStore,
    model: { embedder: Embedder; asked: string[]; dimensions: number },
    sql: SqlStorage,
  ) => Promise<void>,
): Promise<void> {
  const { accountId, library } = shelf()
  const { document } = await library.add(newDocument())
  const passages = Array.from({ length: EMBEDDED_PASSAGES + 1 }, (_, index) => {
    const text = `Bird ${index}.`
    return { page: null, from: index * 10, to: index * 10 + text.length, headings: [], text }
  })
  await library.index(document.id, 1, { passages, isLast: true })
  await runInDurableObject(env.LIBRARY.getByName(accountId), async (_library, { storage }) => {
    const asked: string[] = []
    const embedder: Embedder = { model: 'm', sha256: 'a', queryPrefix: 'q:', passagePrefix: 'p:' }
    const model = { asked, embedder, dimensions: 4 }
    const embedding = {
      current: async () => model.embedder,
      embed: async (_model: string, texts: readonly string[]) => {
        asked.push(...texts)
        return texts.map((text) => vectorOf(text).slice(0, model.dimensions))
      },
    }
    const vectors = new VectorStore({
      sql: storage.sql,
      transaction: (work) => storage.transactionSync(work),
      embedding: () => embedding,
      accountId,
      log: () => createLogger(() => {}, {}),
    })
    while (await vectors.fillEmbeddings());
    asked.length = 0
    await look(vectors, model, storage.sql)
  })
}

describe('a library whose model has changed', () => {
  it('is asked by the vectors that it has, with their own prefix, until all have been made with another one', async () => {
    await inHand(async (vectors, model) => {
      model.embedder = { ...model.embedder, queryPrefix: 'ask:', passagePrefix: 'other:' }
      const found = async () => (await vectors.ask('heron', []))?.best(undefined).length
      expect(await found()).toBe(EMBEDDED_PASSAGES + 1)
      // A part of them has its new vectors: that part is not searched alone.
      expect(await vectors.fillEmbeddings()).toBe(true)
      expect(await found()).toBe(EMBEDDED_PASSAGES + 1)
      expect(model.asked.filter((text) => /heron/.test(text))).toEqual(['q:heron', 'q:heron'])
      while (await vectors.fillEmbeddings());
      expect(await found()).toBe(EMBEDDED_PASSAGES + 1)
      expect(model.asked.at(-1)).toBe('ask:heron')
      expect(model.asked.filter((text) => /^other:Bird/.test(text))).toHaveLength(EMBEDDED_PASSAGES + 1)
    })
  })

  it.each([
    ['file', { sha256: 'b' }],
    ['name', { model: 'another' }],
  ])(
    'to one of another %s has no vectors that its questions can be compared with until they are made',
    async (_what, over) => {
      await inHand(async (vectors, model) => {
        model.embedder = { ...model.embedder, ...over }
        expect(await vectors.ask('heron', [])).toBeUndefined()
        await vectors.fillEmbeddings()
        expect(await vectors.ask('heron', [])).toBeUndefined()
        while (await vectors.fillEmbeddings());
        const question = await vectors.ask('heron', [])
        expect(question?.by).toBe(`embedding:${model.embedder.model}`)
        expect(question?.best(undefined)).toHaveLength(EMBEDDED_PASSAGES + 1)
      })
    },
  )
})

describe('a library whose model makes vectors of another length, and nobody has told that it is another one', () => {
  it.each([
    ['a question', async (vectors: VectorStore) => expect(await vectors.ask('heron', [])).toBeUndefined()],
    [
      'new passages',
      async (vectors: VectorStore, sql: SqlStorage) => {
        sql.exec('INSERT INTO lacking SELECT model, passage FROM vectors LIMIT 1')
        await vectors.fillEmbeddings()
      },
    ],
  ])('notices it by %s, and is embedded anew', async (_what, notice) => {
    await inHand(async (vectors, model, sql) => {
      model.dimensions = 3
      await notice(vectors, sql)
      expect(await vectors.ask('heron', [])).toBeUndefined()
      while (await vectors.fillEmbeddings());
      const question = await vectors.ask('heron', [])
      expect(question?.best(undefined)).toHaveLength(EMBEDDED_PASSAGES + 1)
      expect(vectors.models.all()).toMatchObject([{ dimensions: 3, state: 'serving' }])
    })
  })
})
