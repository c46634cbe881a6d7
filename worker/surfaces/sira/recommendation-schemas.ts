import { z } from '@hono/zod-openapi'
import { LEVELS } from '../../services/advising/catalogue/program.ts'
import {
  DEFAULT_TOP_K,
  MAX_LISTED_RECOMMENDATIONS,
  MAX_QUERY_LENGTH,
  MAX_TOP_K,
} from '../../services/advising/recommending/recommendations.ts'

const uuid = z.guid({ error: 'value is not a valid uuid' }).openapi({ format: 'uuid' })

export const NewRecommendation = z
  .object({
    profile_id: uuid,
    query: z.string().max(MAX_QUERY_LENGTH).default('').openapi({
      description:
        'What is looked for. It goes before the profile where both name a level, a language or a place.',
    }),
    top_k: z.int().min(1).max(MAX_TOP_K).default(DEFAULT_TOP_K),
  })
  .openapi('NewRecommendation')

export const RecommendationQuery = z.object({
  profile_id: uuid.optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LISTED_RECOMMENDATIONS).default(20),
})

export const RecommendationPath = z.object({
  recommendation_id: z.string().openapi({ example: 'rec_abc123' }),
})

const Band = z.object({ from: z.number(), to: z.number().nullable(), share: z.number() })
const measure = z.number().nullable().openapi({ description: '0 to 1; null: not known, and counted as 0.5.' })

export const Source = z
  .object({ name: z.string(), licence: z.string(), address: z.string(), edition: z.string() })
  .openapi('Source')

const AdmissionRequirements = z
  .object({
    minimum_grade: z.object({ value: z.number(), out_of: z.number() }).nullable(),
    tests: z.array(z.object({ name: z.string(), minimum: z.number().nullable() })).nullable(),
    subjects: z.array(z.string()).nullable(),
    text: z.string().nullable(),
    admitted: z
      .object({
        access_rate: z.number().nullable(),
        grade_bands: z.array(Band).nullable(),
        tariff_bands: z.array(Band).nullable(),
        year: z.string().nullable(),
      })
      .nullable(),
  })
  .openapi('AdmissionRequirements')

const TuitionFees = z
  .object({
    stated: z.array(
      z.object({
        amount: z.number(),
        currency: z.string(),
        period: z.enum(['year', 'semester', 'total']),
        audience: z.enum(['all', 'domestic', 'international']),
        academic_year: z.string().nullable(),
      }),
    ),
    yearly: z
      .array(
        z.object({
          amount: z.number(),
          currency: z.string(),
          audience: z.enum(['all', 'domestic', 'international']),
          converted: z.object({ amount: z.number(), currency: z.string() }).nullable(),
        }),
      )
      .openapi({ description: 'A total is a yearly sum only by the duration that its source states.' }),
  })
  .openapi('TuitionFees')

const Certainty = z.enum(['low', 'medium', 'high']).openapi('Certainty')

const RecommendedProgram = z
  .object({
    university: z.string(),
    program: z.string(),
    match_score: z.number().min(0).max(1),
    difficulty: z.enum(['low', 'medium', 'high', 'unknown']),
    reasoning: z.string(),
    admission_requirements: AdmissionRequirements,
    tuition_fees: TuitionFees,
    program_id: z.string(),
    level: z.enum(LEVELS).nullable(),
    country: z.string(),
    city: z.string().nullable(),
    languages: z.array(z.string()).nullable(),
    page: z.string().nullable(),
    certainty: Certainty,
    score_parts: z
      .object({
        academics: measure,
        interests: measure,
        budget: measure,
        career_goals: measure,
        place_and_language: measure,
      })
      .openapi({ description: 'Weights: 0.35, 0.30, 0.15, 0.10, 0.10.' }),
    facts: z
      .array(z.string())
      .openapi({ description: 'The computed sentences; the reasoning says nothing else.' }),
    unknown: z.array(z.string()).openapi({ description: 'What would count and is not known.' }),
    reasoning_by: z.enum(['model', 'template']),
    source: Source,
  })
  .openapi('RecommendedProgram')

export const Recommendation = z
  .object({
    recommendation_id: z.string().openapi({ example: 'rec_abc123' }),
    profile_id: z.uuid(),
    recommendations: z.array(RecommendedProgram),
    metadata: z.object({
      query_time_ms: z.number(),
      total_documents_searched: z.int(),
      programs_allowed: z.int().openapi({ description: 'Programs that no constraint speaks against.' }),
      catalogue_version: z.int(),
      query: z.string(),
      currency: z
        .string()
        .openapi({ description: 'Of the budget, by the deployment: the contract names none.' }),
      rates_date: z.string().openapi({ description: 'Of the table by which sums were converted.' }),
      certainty: Certainty,
      constraints: z.object({
        level: z.string().nullable(),
        languages: z.array(z.string()),
        places: z.array(z.string()),
        budget_max: z.number().nullable(),
      }),
      not_understood: z
        .array(z.string())
        .openapi({ description: 'Wishes of the profile that limit nothing: nobody knows what they name.' }),
      found_by: z.array(z.enum(['words', 'vectors'])).openapi({
        description:
          'By vectors too, where the pool embeds and every program of the catalogue has its vector.',
      }),
      embedding_model: z.string().nullable(),
      created_at: z.iso.datetime(),
    }),
  })
  .openapi('Recommendation')
