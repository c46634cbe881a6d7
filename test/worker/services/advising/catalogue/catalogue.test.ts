import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { DAY_MS } from '../../../../../shared/units.ts'
import { createDb, newId } from '../../../../../worker/db/client.ts'
import { createProgramImport } from '../../../../../worker/services/advising/catalogue/import-programs.ts'
import { MAX_PROGRAM_BYTES } from '../../../../../worker/services/advising/catalogue/program.ts'
import { createProfiles } from '../../../../../worker/services/advising/profiles.ts'
import { createCatalogueView } from '../../../../../worker/services/advising/recommending/catalogue-view.ts'
import {
  createRecommendations,
  MAX_KEPT_RECOMMENDATIONS,
  MAX_PAGE_BYTES,
} from '../../../../../worker/services/advising/recommending/recommendations.ts'
import { createAudit } from '../../../../../worker/services/audit.ts'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { givenProgram } from '../../../program-file.ts'

const db = createDb(env.DB)
const audit = createAudit(db)
let actorId: string
beforeAll(async () => {
  actorId = (await newAccount({ roles: ['admin'] })).account.id
})

async function* bytesOf(...programs: object[]): AsyncGenerator<Uint8Array, void, void> {
  for (const program of programs) yield new TextEncoder().encode(`${JSON.stringify(program)}\n`)
}
const importing = (options: { maxRows?: number; now?: () => number } = {}) =>
  createProgramImport({ db, audit, ...options })
const staged = async () =>
  (await env.DB.prepare('select count(*) n from program_imports').first<{ n: number }>())?.n

describe('an import', () => {
  it('takes as many programs as it may, and nothing of one more', async () => {
    const limited = importing({ maxRows: 3 })
    const three = [givenProgram(), givenProgram(), givenProgram()]
    expect(await limited.run(actorId, 'json', bytesOf(...three))).toMatchObject({ added: 3 })
    const more = [...three, givenProgram()]
    await expect(limited.run(actorId, 'json', bytesOf(...more))).rejects.toMatchObject({ code: 'too_large' })
    expect(await staged()).toBe(0)
  })

  it('refuses a program that is longer than what is kept of one', async () => {
    const name = 'x'.repeat(300)
    const tests = Array.from({ length: 20 }, () => ({ name, minimum: null }))
    const long = givenProgram({
      requirements: { tests, subjects: tests.map(({ name: subject }) => subject), text: 'x'.repeat(2_000) },
      admitted: { year: name },
    })
    expect(JSON.stringify(long).length).toBeGreaterThan(MAX_PROGRAM_BYTES - 3_000)
    const longer = {
      ...long,
      tuition: Array.from({ length: 20 }, () => ({
        amount: 1,
        currency: 'EUR',
        period: 'year',
        academic_year: name,
      })),
    }
    expect(await importing().run(actorId, 'json', bytesOf(long))).toMatchObject({ added: 1 })
    await expect(importing().run(actorId, 'json', bytesOf(longer))).rejects.toThrow('Line 1: it is too long.')
  })

  it('leaves nothing behind when its bytes break off, nor for long when its isolate does', async () => {
    async function* broken() {
      yield* bytesOf(givenProgram())
      throw new Error('The client is gone.')
    }
    await expect(importing().run(actorId, 'json', broken())).rejects.toThrow('The client is gone.')
    expect(await staged()).toBe(0)
    const stage = env.DB.prepare(
      'insert into program_imports (import_id, program_id, content, created_at) values (?, ?, ?, ?)',
    )
    const now = Date.now()
    await stage.bind('old', 'a', '{}', now - DAY_MS - 1).run()
    await stage.bind('new', 'a', '{}', now - DAY_MS + 60_000).run()
    expect(await importing({ now: () => now }).sweep()).toBe(1)
    expect(await staged()).toBe(1)
  })
})

describe('the view of a catalogue', () => {
  it('is the same whether it is kept or read anew, and follows the catalogue', async () => {
    const seen = async (view: ReturnType<typeof createCatalogueView>) => {
      const ids: string[] = []
      const { state, searched } = await view.scan((entries) => ids.push(...entries.map(({ id }) => id)))
      expect(searched).toBe(ids.length)
      return { version: state.version, ids: ids.toSorted() }
    }
    const kept = createCatalogueView(db, { currency: 'EUR' })
    const unkept = createCatalogueView(db, { currency: 'EUR', maxKept: 0 })
    const first = await seen(kept)
    expect(await seen(kept)).toEqual(first)
    expect(await seen(unkept)).toEqual(first)
    await importing().run(actorId, 'json', bytesOf(givenProgram()))
    const second = await seen(kept)
    expect(second.ids.length).toBe(first.ids.length + 1)
    expect(second.version).toBe(first.version + 1)
    expect(await seen(unkept)).toEqual(second)
  })
})

const recommending = () =>
  createRecommendations({ db, view: createCatalogueView(db, { currency: 'EUR' }), currency: 'EUR' })

const insertRecommendation = () =>
  env.DB.prepare(
    'insert into recommendations (id, account_id, profile_id, query, result, created_at) values (?, ?, ?, ?, ?, ?)',
  )

describe('recommendations', () => {
  it(`are listed up to ${MAX_PAGE_BYTES} bytes a page`, async () => {
    const listed = async (...sizes: number[]) => {
      const { account } = await newAccount()
      const profile = await createProfiles(db).create(account.id, { name: 'P', status: 'draft' })
      const rows = sizes.map((size, index) => {
        const result = JSON.stringify({ index, text: '' })
        const padded = JSON.stringify({ index, text: 'x'.repeat(size - result.length) })
        return insertRecommendation().bind(newId(), account.id, profile.id, '', padded, -index)
      })
      await env.DB.batch(rows)
      return (await recommending().list(account.id, { limit: 20 })).map((one) =>
        'index' in one ? one.index : undefined,
      )
    }
    const quarter = MAX_PAGE_BYTES / 4
    expect(await listed(quarter, quarter, quarter, quarter)).toEqual([0, 1, 2, 3])
    expect(await listed(quarter, quarter, quarter, quarter + 1, 100)).toEqual([0, 1, 2])
  })

  it(`are kept up to ${MAX_KEPT_RECOMMENDATIONS} of an account, and the oldest goes first`, async () => {
    const { account } = await newAccount()
    const profile = await createProfiles(db).create(account.id, { name: 'P', status: 'draft' })
    const recommendations = recommending()
    const insert = insertRecommendation()
    const ids = Array.from({ length: MAX_KEPT_RECOMMENDATIONS - 1 }, (_, index) =>
      index.toString(16).padStart(24, '0'),
    )
    await env.DB.batch(ids.map((id) => insert.bind(id, account.id, profile.id, '', '{}', 0)))
    const count = async () =>
      (
        await env.DB.prepare('select count(*) n from recommendations where account_id = ?')
          .bind(account.id)
          .first<{ n: number }>()
      )?.n
    const { id } = await recommendations.create(account.id, profile, { query: '', topK: 1 })
    expect(await count()).toBe(MAX_KEPT_RECOMMENDATIONS)
    await recommendations.create(account.id, profile, { query: '', topK: 1 })
    expect(await count()).toBe(MAX_KEPT_RECOMMENDATIONS)
    expect(await recommendations.find(account.id, ids[0] ?? '')).toBeUndefined()
    expect(await recommendations.find(account.id, ids[1] ?? '')).toBeDefined()
    expect(await recommendations.find(account.id, id)).toMatchObject({ id })
    expect(newId() > (ids[1] ?? '')).toBe(true)
  })
})
