import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../../../../shared/log.ts'
import { createDb } from '../../../../../worker/db/client.ts'
import { createProgramImport } from '../../../../../worker/services/advising/catalogue/import-programs.ts'
import { createPrograms } from '../../../../../worker/services/advising/catalogue/programs.ts'
import { createProgramVectors } from '../../../../../worker/services/advising/likeness/program-vectors.ts'
import { createProfiles } from '../../../../../worker/services/advising/profiles.ts'
import { createCatalogueView } from '../../../../../worker/services/advising/recommending/catalogue-view.ts'
import { createRecommendations } from '../../../../../worker/services/advising/recommending/recommendations.ts'
import { createAudit } from '../../../../../worker/services/audit.ts'
import { storedBytes } from '../../../../../worker/services/library/ranking/vector-codes.ts'
import type { Embedder } from '../../../../../worker/services/library/vector-models.ts'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { givenProgram } from '../../../program-file.ts'

/** Subjects of a model that was made up: each a dimension, the last for everything else. */
const CONCEPTS = [/comput|informati|coding|software/i, /law|droit/i, /music|musi[qc]/i]
const DIMENSIONS = CONCEPTS.length + 1

function vectorOf(text: string): Float32Array {
  const found = CONCEPTS.findIndex((concept) => concept.test(text))
  const vector = new Float32Array(DIMENSIONS).fill(0.1)
  vector[found < 0 ? CONCEPTS.length : found] = 1
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

const MODEL: Embedder = { model: 'embedder', sha256: 'a', queryPrefix: 'query: ', passagePrefix: 'passage: ' }

const db = createDb(env.DB)
const audit = createAudit(db)
let student: Awaited<ReturnType<typeof newAccount>>
let administrator: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  student = await newAccount()
  administrator = await newAccount({ roles: ['admin'] })
})

/** A pool with an embedding model in the test's hands, and recommendations by it. */
function setUp({ maxBytes }: { maxBytes?: number } = {}) {
  const pool: { model: Embedder | undefined; fails: boolean } = { model: MODEL, fails: false }
  const embedded: { texts: readonly string[]; accountId: string }[] = []
  const embedding = {
    current: async () => pool.model,
    async embed(_model: string, texts: readonly string[], accountId: string) {
      if (pool.fails) throw new Error('The node is gone.')
      embedded.push({ texts, accountId })
      return texts.map(vectorOf)
    },
  }
  const vectors = createProgramVectors({
    ...{ db, embedding, log: createLogger(() => {}) },
    ...(maxBytes !== undefined && { maxBytes }),
  })
  const view = createCatalogueView(db, { currency: 'EUR' })
  const recommendations = createRecommendations({ db, currency: 'EUR', view, likenessTo: vectors.likenessTo })
  async function recommend(query: string, favoriteSubjects: string[] = []) {
    const profile = await createProfiles(db).create(student.account.id, {
      name: 'P',
      status: 'draft',
      preferences: { favoriteSubjects },
    })
    const given = await recommendations.create(student.account.id, profile, { query, topK: 50 })
    return {
      by: given.foundBy,
      model: given.embeddedBy,
      titles: given.programs.map(({ program }) => program.title),
      scores: Object.fromEntries(given.programs.map(({ program, match }) => [program.title, match])),
    }
  }
  return { pool, embedded, vectors, recommend }
}

async function importing(...programs: object[]): Promise<void> {
  async function* bytes() {
    for (const program of programs) yield new TextEncoder().encode(`${JSON.stringify(program)}\n`)
  }
  await createProgramImport({ db, audit }).run(administrator.account.id, 'json', bytes())
}

const titled = (title: string, over = {}) => givenProgram({ title, ...over })
const WORDS_ONLY = { by: ['words'], model: null }
const WITH_VECTORS = { by: ['words', 'vectors'], model: 'embedder' }

beforeEach(async () => {
  await env.DB.batch(['program_vectors', 'programs'].map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
})

describe('recommendations of a pool that embeds', () => {
  it('find by meaning what shares no word with the wishes, and say so', async () => {
    await importing(titled('Droit'), titled('Informatique'), titled('Histoire'))
    const { vectors, recommend } = setUp()
    await vectors.tick()
    const found = await recommend('coding')
    expect(found).toMatchObject({
      ...WITH_VECTORS,
      titles: ['Informatique', expect.anything(), expect.anything()],
    })
    expect(found.scores.Informatique).toBeGreaterThan(found.scores.Droit ?? 1)
    expect((await recommend('', ['Software'])).titles[0]).toBe('Informatique')
  })

  it('are found by words alone while a program has no vector, without a model, and where it fails', async () => {
    await importing(titled('Droit'), titled('Informatique'))
    const { pool, vectors, recommend } = setUp()
    expect(await recommend('coding')).toMatchObject(WORDS_ONLY)
    await vectors.tick()
    expect(await recommend('coding')).toMatchObject(WITH_VECTORS)
    await importing(titled('Musique'))
    expect(await recommend('coding')).toMatchObject(WORDS_ONLY)
    await vectors.tick()
    expect(await recommend('coding')).toMatchObject(WITH_VECTORS)
    pool.fails = true
    expect(await recommend('coding')).toMatchObject(WORDS_ONLY)
    pool.fails = false
    pool.model = undefined
    expect(await recommend('coding')).toMatchObject(WORDS_ONLY)
  })

  it('are found by words alone where nothing is wished for', async () => {
    await importing(titled('Droit'))
    const { vectors, recommend } = setUp()
    await vectors.tick()
    expect(await recommend('')).toMatchObject(WORDS_ONLY)
  })

  it('score a program the same whatever stands beside it, and however often it is asked', async () => {
    const rivals = [titled('Informatique'), titled('Histoire'), titled('Musique')]
    await importing(titled('Droit'), ...rivals)
    const { vectors, recommend } = setUp()
    await vectors.tick()
    const before = await recommend('lawyer of software, law')
    expect(await recommend('lawyer of software, law')).toEqual(before)
    const { results } = await env.DB.prepare(`SELECT id FROM programs WHERE title <> 'Droit'`).all<{
      id: string
    }>()
    const programs = createPrograms({ db, audit })
    for (const { id } of results) await programs.remove(id, administrator.account.id)
    const after = await recommend('lawyer of software, law')
    expect([after.by, after.scores]).toEqual([before.by, { Droit: before.scores.Droit }])
  })
})

describe('the vectors of programs', () => {
  const ofPrograms = (embedded: { texts: readonly string[] }[]) =>
    embedded.flatMap(({ texts }) => texts).filter((text) => /Droit|Informatique|Jura/.test(text))
  const ids = async () => {
    const { results } = await env.DB.prepare(
      `SELECT id FROM program_vectors WHERE id NOT LIKE 'field-%'`,
    ).all<{ id: string }>()
    return results.length
  }

  it('are made once, with the model’s words before a passage, on the account of who changed the catalogue', async () => {
    const program = titled('Droit', { field: { isced: '0421', words: 'Études de droit' } })
    await importing(program, titled('Informatique'))
    const { embedded, vectors } = setUp()
    await vectors.tick()
    expect(ofPrograms(embedded).toSorted()).toEqual([
      'passage: Droit. Études de droit. Law',
      'passage: Informatique',
    ])
    expect(new Set(embedded.map(({ accountId }) => accountId))).toEqual(new Set([administrator.account.id]))
    embedded.length = 0
    await vectors.tick()
    expect(embedded).toEqual([])
    await importing({ ...program, title: 'Jura' })
    await vectors.tick()
    expect(ofPrograms(embedded)).toEqual(['passage: Jura. Études de droit. Law'])
  })

  it('are all made again by another model, and go with their programs', async () => {
    await importing(titled('Droit'), titled('Informatique'))
    const { pool, embedded, vectors, recommend } = setUp()
    await vectors.tick()
    pool.model = { ...MODEL, sha256: 'b' }
    expect(await recommend('coding')).toMatchObject(WORDS_ONLY)
    embedded.length = 0
    await vectors.tick()
    expect(ofPrograms(embedded)).toHaveLength(2)
    expect(await recommend('coding')).toMatchObject(WITH_VECTORS)
    await env.DB.prepare(`DELETE FROM programs WHERE title = 'Droit'`).run()
    await vectors.tick()
    expect(await ids()).toBe(1)
  })

  it('are used up to the memory that they may have, and not made beyond it', async () => {
    await importing(titled('Droit'), titled('Informatique'))
    const exact = 2 * storedBytes(DIMENSIONS)
    const over = setUp({ maxBytes: exact - 1 })
    await over.vectors.tick()
    expect([await over.recommend('coding'), await ids()]).toMatchObject([WORDS_ONLY, 0])
    const within = setUp({ maxBytes: exact })
    await within.vectors.tick()
    expect(await within.recommend('coding')).toMatchObject(WITH_VECTORS)
    expect(await over.recommend('coding')).toMatchObject(WORDS_ONLY)
  })
})
