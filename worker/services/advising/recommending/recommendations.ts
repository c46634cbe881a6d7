import { and, desc, eq, lt, lte, sql } from 'drizzle-orm'
import { MIB } from '../../../../shared/units.ts'
import { type Db, newId } from '../../../db/client.ts'
import { recommendations } from '../../../db/tables/advising.ts'
import { RATES_DATE } from '../catalogue/money.ts'
import type { Program, StoredProgram } from '../catalogue/program.ts'
import { type YearlySum, yearlySums } from '../catalogue/tuition.ts'
import type { Likeness } from '../likeness/vector-set.ts'
import type { Profile } from '../profiles.ts'
import { bestOf, type Scored } from './best.ts'
import { type CatalogueState, type CatalogueView, isSame } from './catalogue-view.ts'
import { MAX_WORDED, type Word } from './drafting.ts'
import { factsOf, plainReasoning } from './facts.ts'
import { certaintyOf, type Difficulty, type Measures } from './scoring.ts'
import { interestText, type Wish, wishOf } from './wish.ts'

/** Programs of one recommendation. */
export const MAX_TOP_K = 50
export const DEFAULT_TOP_K = 5
export const MAX_QUERY_LENGTH = 2_000
/** Recommendations of a page of a list. */
export const MAX_LISTED_RECOMMENDATIONS = 100

/** Bytes of the recommendations of a page, the first of which is always there. */
export const MAX_PAGE_BYTES = 4 * MIB

/** Recommendations of an account that are kept; the oldest go first. */
export const MAX_KEPT_RECOMMENDATIONS = 1_000

/** How often a recommendation begins again when the catalogue moves on under it. */
const TRIES = 3

export type Certainty = 'low' | 'medium' | 'high'

/** One program as it was recommended. Nothing in it changes when the catalogue does. */
export interface RecommendedProgram {
  programId: string
  program: Program
  match: number
  measures: Measures
  difficulty: Difficulty
  certainty: Certainty
  reasoning: string
  wordedBy: 'model' | 'template'
  /** The computed sentences, of which the reasoning says nothing but. */
  facts: readonly string[]
  unknown: readonly string[]
  yearly: readonly YearlySum[]
}

export interface Recommendation {
  id: string
  profileId: string
  query: string
  createdAt: number
  programs: readonly RecommendedProgram[]
  queryTimeMs: number
  searched: number
  /** How many met the constraints. */
  allowed: number
  catalogueVersion: number
  currency: string
  ratesDate: string
  certainty: Certainty
  constraints: {
    level: string | null
    languages: readonly string[]
    places: readonly string[]
    budgetMax: number | null
  }
  notUnderstood: readonly string[]
  /** Absent in those that are older than vectors. */
  foundBy?: readonly ('words' | 'vectors')[]
  /** The model of the vectors; null where there were none. */
  embeddedBy?: string | null
}

/** From these shares of the weights on, a match is of medium and of high certainty. */
const MEDIUM_CERTAINTY = 0.4
const HIGH_CERTAINTY = 0.75

function certaintyIn(share: number): Certainty {
  if (share >= HIGH_CERTAINTY) return 'high'
  return share >= MEDIUM_CERTAINTY ? 'medium' : 'low'
}

interface Found {
  best: readonly Scored[]
  programs: Map<string, StoredProgram>
  state: CatalogueState
  searched: number
  allowed: number
  likeness: Likeness | undefined
}

/** Says how alike programs are to a text; see `createProgramVectors`. */
type LikenessTo = (text: string, state: CatalogueState, accountId: string) => Promise<Likeness | undefined>

export interface RecommendationOptions {
  db: Db
  view: CatalogueView
  /** Absent where nothing embeds. */
  likenessTo?: LikenessTo
  /** Of every budget. */
  currency: string
  now?: () => number
}

export interface NewRecommendation {
  query: string
  topK: number
  /** Words the first of them. */
  word?: Word | undefined
}

export type Recommendations = ReturnType<typeof createRecommendations>

/** Programs recommended to students, and what was recommended before. Whatever belongs to another account does not exist. */
export function createRecommendations({
  db,
  view,
  currency,
  likenessTo,
  now = Date.now,
}: RecommendationOptions) {
  /** The best programs, all of one state of the catalogue. */
  async function find(accountId: string, wish: Wish, text: string, topK: number): Promise<Found> {
    for (let tries = 1; ; tries += 1) {
      const state = await view.state()
      const likeness = await likenessTo?.(text, state, accountId)
      const collected = bestOf(wish, topK, likeness?.of)
      const { searched } = await view.scan(collected.visit, state)
      const best = collected.best()
      const loaded = await view.load(best.map(({ id }) => id))
      const allowed = collected.allowed()
      const found = { best, programs: loaded.programs, state, searched, allowed, likeness }
      if (tries === TRIES || isSame(loaded.state, state)) return found
    }
  }

  async function toRecommended(
    { id, score }: Scored,
    program: StoredProgram,
    wish: Wish,
    word: Word | undefined,
  ): Promise<RecommendedProgram> {
    const { id: _, ...content } = program
    const facts = factsOf(program, wish, score, currency)
    const worded = await word?.(facts)
    return {
      programId: id,
      program: content,
      match: score.match,
      measures: score.measures,
      difficulty: score.difficulty,
      certainty: certaintyIn(certaintyOf(score.measures)),
      reasoning: worded ?? plainReasoning(facts),
      wordedBy: worded === undefined ? 'template' : 'model',
      facts: facts.known,
      unknown: facts.unknown,
      yearly: yearlySums(program, currency),
    }
  }

  async function store(accountId: string, recommendation: Recommendation): Promise<void> {
    const { id, profileId, query, createdAt } = recommendation
    const oldest = db
      .select({ id: recommendations.id })
      .from(recommendations)
      .where(eq(recommendations.accountId, accountId))
      .orderBy(desc(recommendations.id))
      .limit(1)
      .offset(MAX_KEPT_RECOMMENDATIONS - 1)
    await db.batch([
      db
        .insert(recommendations)
        .values({ id, accountId, profileId, query, result: recommendation, createdAt }),
      db
        .delete(recommendations)
        .where(and(eq(recommendations.accountId, accountId), lt(recommendations.id, sql`(${oldest})`))),
    ])
  }

  // Written by `store` alone.
  const toRecommendation = ({ result }: { result: unknown }) => result as Recommendation

  return {
    /** Recommends programs for a profile and keeps that. There may be none. */
    async create(
      accountId: string,
      profile: Profile,
      { query, topK, word }: NewRecommendation,
    ): Promise<Recommendation> {
      const began = now()
      const wish = wishOf(profile.academicRecord?.fields ?? {}, profile.preferences?.fields ?? {}, query)
      const text = interestText(profile.preferences?.fields ?? {}, query)
      const found = await find(accountId, wish, text, topK)
      const { best, programs: loaded, state, searched, allowed, likeness } = found
      const recommended = await Promise.all(
        best.flatMap((scored, index) => {
          const program = loaded.get(scored.id)
          return program ? [toRecommended(scored, program, wish, index < MAX_WORDED ? word : undefined)] : []
        }),
      )
      const known = best.map(({ score }) => certaintyOf(score.measures))
      const mean = known.length === 0 ? 0 : known.reduce((sum, share) => sum + share, 0) / known.length
      const recommendation: Recommendation = {
        id: newId(),
        profileId: profile.id,
        query,
        createdAt: began,
        programs: recommended,
        queryTimeMs: now() - began,
        searched,
        allowed,
        catalogueVersion: state.version,
        currency,
        ratesDate: RATES_DATE,
        certainty: certaintyIn(mean),
        constraints: {
          level: wish.level ?? null,
          languages: wish.languages,
          places: wish.places.map(({ name }) => name),
          budgetMax: wish.budgetMax ?? null,
        },
        notUnderstood: wish.notUnderstood,
        foundBy: likeness ? ['words', 'vectors'] : ['words'],
        embeddedBy: likeness?.model ?? null,
      }
      await store(accountId, recommendation)
      return recommendation
    },

    /** The newest first, as many as go into a page. */
    async list(
      accountId: string,
      { profileId, limit }: { profileId?: string | undefined; limit: number },
    ): Promise<Recommendation[]> {
      const ofProfile = profileId === undefined ? undefined : eq(recommendations.profileId, profileId)
      const newest = db
        .select({
          id: recommendations.id,
          bytes:
            sql<number>`sum(octet_length(${recommendations.result})) over (order by ${recommendations.createdAt} desc, ${recommendations.id} desc)`.as(
              'bytes',
            ),
        })
        .from(recommendations)
        .where(and(eq(recommendations.accountId, accountId), ofProfile))
        .orderBy(desc(recommendations.createdAt), desc(recommendations.id))
        .limit(limit)
        .as('newest')
      const rows = await db
        .select({ result: recommendations.result })
        .from(recommendations)
        .innerJoin(newest, eq(newest.id, recommendations.id))
        .where(lte(newest.bytes, MAX_PAGE_BYTES))
        .orderBy(desc(recommendations.createdAt), desc(recommendations.id))
      return rows.map(toRecommendation)
    },

    async find(accountId: string, id: string): Promise<Recommendation | undefined> {
      const [row] = await db
        .select({ result: recommendations.result })
        .from(recommendations)
        .where(and(eq(recommendations.accountId, accountId), eq(recommendations.id, id)))
      return row && toRecommendation(row)
    },
  }
}
