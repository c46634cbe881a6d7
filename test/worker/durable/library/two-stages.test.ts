import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { VectorIndex } from '../../../../worker/durable/library/vector-index.ts'
import { VectorStore } from '../../../../worker/durable/library/vector-store.ts'
import { storedBytes, toStored } from '../../../../worker/services/library/ranking/vector-codes.ts'
import { newDocument, shelf } from './shelf.ts'

const DIMENSIONS = 256
/** More than the first stage leaves to the second, in two documents. */
const PASSAGES = 2_000
const FIRST_PASS = 1_000
const OF_A_DOCUMENT = PASSAGES / 2
const QUESTIONS = 20
const BEST = 10

/** Numbers from -1 to 1, the same ones for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}

/** Vectors lie around centres, as those of texts on some subjects do; a question lies beside a passage. */
function vectorOf(text: string): Float32Array {
  const [, kind, digits] = /^([#?])(\d+)/.exec(text) ?? []
  const number = Number(digits)
  const [centre, own, question] = [random(number % 50), random(1_000 + number), random(100_000 + number)]
  const vector = Float32Array.from({ length: DIMENSIONS }, () => 0.3 * centre() + 0.7 * own())
  if (kind === '#') return vector
  return vector.map((value) => 0.5 * value + 0.5 * question())
}

/** A library with an embedding of each passage, and a way to have its vectors looked at from within. */
async function filled() {
  const { accountId, library } = shelf()
  const documents: string[] = []
  for (const first of [0, OF_A_DOCUMENT]) {
    const { document } = await library.add(newDocument())
    const passages = Array.from({ length: OF_A_DOCUMENT }, (_, index) => {
      const text = `#${first + index}`
      return { page: null, from: index * 10, to: index * 10 + text.length, headings: [], text }
    })
    await library.index(document.id, 1, { passages, isLast: true })
    documents.push(document.id)
  }
  /** The vectors of this library, held whole up to so many bytes. */
  function within<Result>(
    maxWholeBytes: number,
    look: (vectors: VectorStore, sql: SqlStorage) => Promise<Result>,
  ): Promise<Result> {
    return runInDurableObject(env.LIBRARY.getByName(accountId), (_library, { storage }) => {
      const embedding = {
        current: async () => ({ model: 'made-up', sha256: null, queryPrefix: '', passagePrefix: '' }),
        embed: async (_model: string, texts: readonly string[]) => texts.map(vectorOf),
      }
      const vectors = new VectorStore({
        sql: storage.sql,
        transaction: (work) => storage.transactionSync(work),
        embedding: () => embedding,
        accountId,
        log: () => createLogger(() => {}, {}),
        limits: { maxWholeBytes, firstPassPassages: FIRST_PASS },
      })
      return look(vectors, storage.sql)
    })
  }
  await within(Number.POSITIVE_INFINITY, async (vectors) => {
    while (await vectors.fillEmbeddings());
  })
  return { documents, within }
}

const WHOLE = PASSAGES * storedBytes(DIMENSIONS)
const questions = Array.from({ length: QUESTIONS }, (_, index) => `?${(index * 97) % PASSAGES}`)
const bestOf = async (vectors: VectorStore, question: string, documents?: number[]) =>
  (await vectors.ask(question, []))?.best(documents) ?? []
const idsOf = (found: readonly { id: number }[], count = BEST) => found.slice(0, count).map(({ id }) => id)

describe('a search in two stages, by codes and then by vectors', () => {
  it('keeps 0.98 of the exact best ten, with the scores of whole vectors', async () => {
    const { within } = await filled()
    const ask = async (vectors: VectorStore) => {
      const answers = []
      for (const question of questions) answers.push(await bestOf(vectors, question))
      return answers
    }
    const exact = await within(WHOLE, ask)
    const staged = await within(WHOLE - 1, ask)
    let kept = 0
    for (const [index, answer] of staged.entries()) {
      const truth = new Map(exact[index]?.map(({ id, score }) => [id, score]))
      const best = new Set(idsOf(exact[index] ?? []))
      kept += idsOf(answer).filter((id) => best.has(id)).length
      for (const { id, score } of answer.slice(0, BEST)) expect(score).toBeCloseTo(truth.get(id) ?? 0, 5)
    }
    expect(kept / (QUESTIONS * BEST)).toBeGreaterThanOrEqual(0.98)
    // The stages are not the same as looking at everything: the last of two hundred differ.
    expect(staged.map((answer) => idsOf(answer, 200))).not.toEqual(exact.map((answer) => idsOf(answer, 200)))
  })

  it('looks at the passages of the named documents alone, and at none that is gone', async () => {
    const { within } = await filled()
    await within(0, async (vectors, sql) => {
      const [question = ''] = questions
      const numbers = sql.exec<{ number: number }>('SELECT number FROM documents ORDER BY number').toArray()
      const second = numbers[1]?.number ?? 0
      const places = new Set(
        sql
          .exec<{ id: number }>('SELECT id FROM passages WHERE document = ?', second)
          .toArray()
          .map(({ id }) => id),
      )
      const found = await bestOf(vectors, question, [second])
      expect(found).toHaveLength(200)
      expect(found.every(({ id }) => places.has(id))).toBe(true)
      const gone = idsOf(await bestOf(vectors, question))
      vectors.remove(gone)
      const left = idsOf(await bestOf(vectors, question), 200)
      expect(left).toHaveLength(200)
      expect(left.filter((id) => gone.includes(id))).toEqual([])
      // Also where they are read anew.
      vectors.forget()
      expect(idsOf(await bestOf(vectors, question), 200)).toEqual(left)
    })
  })

  it('begins with one byte of vectors more than are held whole, or twice as many where they grow', async () => {
    const { within } = await filled()
    await within(WHOLE, async (vectors, sql) => {
      const model = { model: vectors.models.all()[0]?.number ?? 0, dimensions: DIMENSIONS }
      const indexOf = (maxWholeBytes: number) =>
        new VectorIndex(sql, model, { maxWholeBytes, firstPassPassages: FIRST_PASS })
      expect(indexOf(WHOLE).isWhole).toBe(true)
      expect(indexOf(WHOLE - 1).isWhole).toBe(false)
      const grown = indexOf(WHOLE)
      const vector = toStored(vectorOf('#0'))
      for (let id = PASSAGES + 1; id <= 2 * PASSAGES; id += 1) grown.add(id, vector, undefined)
      expect(grown.isOutgrown).toBe(false)
      grown.add(2 * PASSAGES + 1, vector, undefined)
      expect(grown.isOutgrown).toBe(true)
    })
  })

  it('finds what has come since vectors were held whole', async () => {
    const { within } = await filled()
    const first = PASSAGES / 4
    await within(WHOLE / 4, async (vectors, sql) => {
      sql.exec('INSERT INTO lacking SELECT model, passage FROM vectors WHERE passage > ?', first)
      for (const table of ['vectors', 'codes']) sql.exec(`DELETE FROM ${table} WHERE passage > ?`, first)
      const question = `?${PASSAGES - 1}`
      expect((await bestOf(vectors, question)).every(({ id }) => id <= first)).toBe(true)
      while (await vectors.fillEmbeddings());
      expect((await bestOf(vectors, question))[0]?.id).toBe(PASSAGES)
    })
  })
})
