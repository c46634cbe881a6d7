import { z } from '@hono/zod-openapi'
import { sanitizeText } from '../../services/sanitize.ts'

/** RFC 5321 §4.5.3.1.3, without its angle brackets. */
export const MAX_EMAIL_LENGTH = 254
export const MAX_NAME_LENGTH = 255
export const MAX_SUBJECT_LENGTH = 255

/** Part of a person's name, without markup. An empty one was not given. */
const personName = z.string().trim().max(MAX_NAME_LENGTH).transform(sanitizeText).nullish()

const Time = z.iso.datetime().openapi({ example: '2026-01-29T10:00:00Z' })

export const ErrorBody = z
  .object({
    error: z.string(),
    message: z.string(),
    details: z.object({}),
  })
  .openapi('Error')

/** 422: every mistake and where it is, from the part of the request inwards. */
export const ValidationErrorBody = z
  .object({
    error: z.literal('Validation Error'),
    message: z.string(),
    details: z.array(
      z.object({
        field: z.string().openapi({ example: 'body -> email' }),
        message: z.string(),
        type: z.string(),
      }),
    ),
  })
  .openapi('ValidationError')

export const LimitErrorBody = z
  .object({ detail: z.string().openapi({ example: 'Rate limit exceeded: 120 requests per minute' }) })
  .openapi('RateLimitError')

export const Service = z
  .object({ service: z.literal('SIRA API'), status: z.literal('ok'), version: z.string() })
  .openapi('Service')

export const Health = z.object({ status: z.literal('healthy'), timestamp: Time }).openapi('Health')

export const UserSync = z
  .object({
    clerk_user_id: z.string().min(1).max(MAX_SUBJECT_LENGTH).openapi({
      description: "The caller's own subject; without an identity provider the caller's own id.",
    }),
    email: z.email().max(MAX_EMAIL_LENGTH),
    first_name: personName,
    last_name: personName,
  })
  .openapi('UserSync')

export const User = z
  .object({
    id: z.uuid(),
    clerk_user_id: z.string(),
    email: z.string().nullable(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    created_at: Time,
  })
  .openapi('User')

export const Statistics = z
  .object({
    total_users: z.int(),
    total_profiles: z.int(),
    total_recommendations: z.int(),
    total_conversations: z.int(),
    active_sessions: z.int().openapi({ description: 'Users seen within the last 15 minutes.' }),
    avg_response_time_ms: z.int().nullable().openapi({
      description: 'Mean of the last 24 hours; null when nothing was measured.',
    }),
    system_health: z.enum(['healthy', 'degraded']).openapi({
      description: '`degraded` when there is no node to run a model.',
    }),
  })
  .openapi('Statistics')
