import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { VectorStore } from '../../../../worker/durable/library/vector-store.ts'
import { loadAnalyser } from '../../../../worker/services/library/analysis/analyser.ts'
import { FULL_TRUST_WORDS } from '../../../../worker/services/library/ranking/fusion.ts'
import { toStored } from '../../../../worker/services/library/ranking/vector-codes.ts'
import { shelf } from './shelf.ts'

/** The vectors of three words: a heron is more like a crane than like an egret. */
const TERMS = { heron: [1, 0], crane: [0.7, -0.7], egret: [0.6, 0.8] }

/** English of a usual passage's length that says nothing but these words. */
const saying = (words: string) => `There they were, and this is what it was about: the ${words}. `.repeat(6)

/** Gives a library vectors that are made of these. */
const giveVectors = (accountId: string) =>
  runInDurableObject(env.LIBRARY.getByName(accountId), async (_library, { storage }) => {
    const none = { model: 'lsa', sha256: null, queryPrefix: '', passagePrefix: '' }
    const vectors = new VectorStore({
      sql: storage.sql,
      transaction: (work) => storage.transactionSync(work),
      embedding: () => ({ current: async () => undefined, embed: async () => [] }),
      accountId,
      log: () => createLogger(() => {}, {}),
    })
    const { number } = vectors.models.begin('lsa', none, { dimensions: 2, fittedPassages: 3 })
    for (const [term, vector] of Object.entries(TERMS)) {
      const stored = toStored(Float32Array.from(vector))
      storage.sql.exec('INSERT INTO terms VALUES (?, ?, ?)', number, term, stored.buffer)
    }
    const analyser = await loadAnalyser()
    while (vectors.fillLsa(analyser));
  })

describe('a search by fitted vectors', () => {
  it('goes on with what it found first: what is like that comes before what is like the question alone', async () => {
    const { accountId, put, search } = shelf()
    const found = await put(saying('heron egret'))
    const crane = await put(saying('crane crane'))
    const egret = await put(saying('egret egret'))
    // As like it as the other, and of too few words to be trusted as much.
    const short = await put('egret')
    await giveVectors(accountId)
    const { results, foundBy } = await search('heron')
    expect(foundBy).toEqual(['bm25', 'lsa'])
    expect(results.map(({ documentId }) => documentId)).toEqual([found, egret, short, crane])
    const scoreOf = (id: string) => results.find(({ documentId }) => documentId === id)?.score ?? 0
    expect(scoreOf(egret)).toBeGreaterThan(0)
    expect(scoreOf(short)).toBeCloseTo(scoreOf(egret) / FULL_TRUST_WORDS, 6)
    // With nothing found first but itself there is nothing else to lean to.
    const alone = await search('heron', { documentIds: [crane] })
    expect(alone.results.map(({ documentId }) => documentId)).toEqual([crane])
  })
})
