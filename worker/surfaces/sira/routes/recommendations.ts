import { createRoute, type z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { isId, toUuid } from '../../../../shared/ids.ts'
import type { Logger } from '../../../../shared/log.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Account } from '../../../services/accounts/accounts.ts'
import type { Profiles } from '../../../services/advising/profiles.ts'
import type { Word } from '../../../services/advising/recommending/drafting.ts'
import type {
  Recommendation as Given,
  Recommendations,
  RecommendedProgram,
} from '../../../services/advising/recommending/recommendations.ts'
import type { ChooseModel } from '../../../services/models/model-choice.ts'
import {
  NewRecommendation,
  Recommendation,
  RecommendationPath,
  RecommendationQuery,
} from '../recommendation-schemas.ts'
import { failures, SECURITY, timeOf } from '../responses.ts'
import { profileIdOf } from './profiles.ts'

const common = { tags: ['Recommendations'], security: SECURITY }

export const RECOMMEND_ROUTE = 'POST /api/recommendations'

const createRecommendation = createRoute({
  ...common,
  method: 'post',
  path: '/api/recommendations',
  operationId: 'createRecommendation',
  summary: 'Programs for one of the caller’s profiles, with reasons that are true',
  description:
    'What is known to be of another level, language or place, or above the budget, is left out; what is not known leaves nothing out. ' +
    'The reasons are computed; a model words those of the first three where one is connected, and no number, name, currency or ' +
    'superlative of its own stands.',
  request: {
    body: jsonBody(NewRecommendation, {
      profile_id: '8a6e0804-2bd0-4672-b79d-d97027f9071a',
      query: 'Computer science in Europe',
      top_k: 5,
    }),
  },
  responses: { 200: json(Recommendation, 'The recommendation, which is kept.'), ...failures(401, 404, 422) },
})

const listRecommendations = createRoute({
  ...common,
  method: 'get',
  path: '/api/recommendations',
  operationId: 'listRecommendations',
  summary: 'The caller’s recommendations as they were given, newest first',
  request: { query: RecommendationQuery },
  responses: { 200: json(Recommendation.array(), 'The recommendations.'), ...failures(401, 404, 422) },
})

const getRecommendation = createRoute({
  ...common,
  method: 'get',
  path: '/api/recommendations/{recommendation_id}',
  operationId: 'getRecommendation',
  summary: 'One recommendation as it was given',
  request: { params: RecommendationPath },
  responses: { 200: json(Recommendation, 'The recommendation.'), ...failures(401, 404) },
})

const PREFIX = 'rec_'
const FORM = /^rec_(.*)$/

const admittedOf = ({ admitted }: RecommendedProgram['program']) =>
  admitted && {
    access_rate: admitted.accessRate,
    grade_bands: admitted.gradeBands,
    tariff_bands: admitted.tariffBands,
    year: admitted.year,
  }

function requirementsOf(
  program: RecommendedProgram['program'],
): z.infer<typeof Recommendation>['recommendations'][number]['admission_requirements'] {
  const { minimumGrade = null, tests = null, subjects = null, text = null } = program.requirements ?? {}
  return {
    minimum_grade: minimumGrade && { value: minimumGrade.value, out_of: minimumGrade.outOf },
    tests,
    subjects,
    text,
    admitted: admittedOf(program),
  }
}

const feesOf = (
  { program, yearly }: RecommendedProgram,
  currency: string,
): z.infer<typeof Recommendation>['recommendations'][number]['tuition_fees'] => ({
  stated: program.tuition.map(({ academicYear, source: _, ...sum }) => ({
    ...sum,
    academic_year: academicYear,
  })),
  yearly: yearly.map(({ tuition, amount, converted }) => ({
    amount,
    currency: tuition.currency,
    audience: tuition.audience,
    converted: converted === undefined ? null : { amount: converted, currency },
  })),
})

function toProgram(
  recommended: RecommendedProgram,
  currency: string,
): z.infer<typeof Recommendation>['recommendations'][number] {
  const { program, measures } = recommended
  return {
    university: program.institution,
    program: program.title,
    match_score: recommended.match,
    difficulty: recommended.difficulty,
    reasoning: recommended.reasoning,
    admission_requirements: requirementsOf(program),
    tuition_fees: feesOf(recommended, currency),
    program_id: `prog_${recommended.programId}`,
    level: program.level,
    country: program.country,
    city: program.city,
    languages: program.languages,
    page: program.page,
    certainty: recommended.certainty,
    score_parts: {
      academics: measures.academics,
      interests: measures.interests,
      budget: measures.budget,
      career_goals: measures.careerGoals,
      place_and_language: measures.place,
    },
    facts: [...recommended.facts],
    unknown: [...recommended.unknown],
    reasoning_by: recommended.wordedBy,
    source: program.source,
  }
}

const toRecommendation = (given: Given): z.infer<typeof Recommendation> => ({
  recommendation_id: PREFIX + given.id,
  profile_id: toUuid(given.profileId),
  recommendations: given.programs.map((program) => toProgram(program, given.currency)),
  metadata: {
    query_time_ms: given.queryTimeMs,
    total_documents_searched: given.searched,
    programs_allowed: given.allowed,
    catalogue_version: given.catalogueVersion,
    query: given.query,
    currency: given.currency,
    rates_date: given.ratesDate,
    certainty: given.certainty,
    constraints: {
      level: given.constraints.level,
      languages: [...given.constraints.languages],
      places: [...given.constraints.places],
      budget_max: given.constraints.budgetMax,
    },
    not_understood: [...given.notUnderstood],
    found_by: [...(given.foundBy ?? ['words' as const])],
    embedding_model: given.embeddedBy ?? null,
    created_at: timeOf(given.createdAt),
  },
})

const missing = () => new AppError('not_found', 'There is no such recommendation.')

export interface RecommendationServices {
  profiles: Pick<Profiles, 'find'>
  recommendations: Recommendations
  chooseModel: ChooseModel
  /** Words reasons with a model, for an account. */
  wordingFor: (model: string, account: Account, requestId: string) => Word
  log: Logger
}

export function recommendationRoutes(app: Surface, services: RecommendationServices): void {
  const { profiles, recommendations, chooseModel, wordingFor } = services

  /** The wording of an answer; none where no model is connected, or chat is switched off. */
  async function wordingOf(account: Account, requestId: string, isOn: boolean): Promise<Word | undefined> {
    if (!isOn) return undefined
    const model = await chooseModel(account, {}).catch(() => undefined)
    return model && wordingFor(model.id, account, requestId)
  }

  app.openapi(createRecommendation, async (c) => {
    const account = accountOf(c)
    const { profile_id, query, top_k: topK } = c.req.valid('json')
    const [profile, word] = await Promise.all([
      profiles.find(account.id, profileIdOf(profile_id)),
      wordingOf(account, c.get('requestId'), c.get('settings')?.features.chat ?? true),
    ])
    if (!profile) throw new AppError('not_found', 'There is no such profile.')
    const given = await recommendations.create(account.id, profile, { query, topK, word })
    return c.json(toRecommendation(given), 200)
  })

  app.openapi(listRecommendations, async (c) => {
    const { profile_id, limit } = c.req.valid('query')
    const profileId = profile_id === undefined ? undefined : profileIdOf(profile_id)
    const listed = await recommendations.list(accountOf(c).id, { profileId, limit })
    return c.json(listed.map(toRecommendation), 200)
  })

  app.openapi(getRecommendation, async (c) => {
    const [, id = ''] = FORM.exec(c.req.valid('param').recommendation_id) ?? []
    const found = isId(id) ? await recommendations.find(accountOf(c).id, id) : undefined
    if (!found) throw missing()
    return c.json(toRecommendation(found), 200)
  })
}
