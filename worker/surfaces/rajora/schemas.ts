import { z } from '@hono/zod-openapi'
import { MAX_MODEL_NAME_LENGTH, ModelId, PricePer1kTokens } from '../../../shared/node.ts'
import { visibleName } from '../../http/input/visible-name.ts'
import { json } from '../../http/json-content.ts'
import { EMAIL, MAX_EMAIL_LENGTH, USERNAME } from '../../services/accounts/login-names.ts'
import {
  MAX_REQUESTS_PER_MINUTE,
  MAX_STORAGE_BYTES,
  MAX_STORAGE_FILES,
  MAX_TOKENS_PER_DAY,
} from '../../services/administration/settings.ts'

/** NIST SP 800-63B §5.1.1.2 asks for 8 at least; the upper end keeps hashing cheap. */
export const MIN_PASSWORD_LENGTH = 8
export const MAX_PASSWORD_LENGTH = 1_024
export const MAX_FULL_NAME_LENGTH = 200

export const ErrorBody = z.object({ detail: z.string(), status_code: z.int() }).openapi('Error')

export const failure = (description: string) => json(ErrorBody, description)

/** The failure that any route can have. */
export const anyFailure = {
  400: failure('The request cannot be read.'),
  429: failure('Too many requests in this minute, or too many tokens today.'),
  500: failure('A mistake of ours.'),
  503: failure('Down for maintenance.'),
  default: failure('Any other failure.'),
} as const
export const unauthorized = { 401: failure('The token or key is missing, wrong or expired.') } as const
export const forbidden = { 403: failure('Only an administrator may do this.') } as const
export const notFound = { 404: failure('There is no such thing.') } as const
export const conflict = { 409: failure('The email or the username is taken.') } as const
export const unprocessable = { 422: failure('A field is missing or wrong; `detail` names each.') } as const

export const Information = z
  .object({
    name: z.literal('Switchyard Rajora API'),
    version: z.string(),
    status: z.literal('running'),
    docs: z.string(),
  })
  .openapi('Information')

export const Health = z
  .object({
    status: z
      .enum(['healthy', 'degraded'])
      .openapi({ description: '`degraded`: the API is well, but no node is linked to run a model.' }),
    nodes: z
      .object({ online: z.int(), known: z.int() })
      .openapi({ description: 'GPU nodes: linked now, and all that may come back.' }),
  })
  .openapi('Health')

export const Registration = z
  .object({
    email: z
      .string()
      .max(MAX_EMAIL_LENGTH)
      .regex(EMAIL, { error: 'value is not a valid email address' })
      .openapi({ example: 'user@example.com' }),
    username: z
      .string()
      .regex(USERNAME, { error: 'expected 1 to 64 letters, digits, dots, dashes and underscores' })
      .openapi({ example: 'johndoe' }),
    password: z.string().min(MIN_PASSWORD_LENGTH).max(MAX_PASSWORD_LENGTH),
    full_name: visibleName(MAX_FULL_NAME_LENGTH).nullish().openapi({ example: 'John Doe' }),
  })
  .openapi('Registration')

export const User = z
  .object({
    id: z.int(),
    email: z.string().nullable().openapi({ description: 'null: the account was made without one.' }),
    username: z.string().nullable().openapi({ description: 'null: the account was made without one.' }),
    full_name: z.string().nullable(),
    is_admin: z.boolean(),
  })
  .openapi('User')

export const Registered = User.extend({
  api_key: z.string().openapi({ description: 'Shown here and never again.', example: 'raj_abc123...' }),
}).openapi('Registered')

export const LoginForm = z
  .object({
    username: z
      .string()
      .min(1)
      .max(MAX_EMAIL_LENGTH)
      .openapi({ description: 'The username or the email of the account.' }),
    password: z.string().min(1).max(MAX_PASSWORD_LENGTH),
  })
  .openapi('LoginForm')

export const Token = z.object({ access_token: z.string(), token_type: z.literal('bearer') }).openapi('Token')

export const Statistics = z
  .object({
    users: z
      .object({
        total: z.int(),
        active: z.int().openapi({ description: 'Accounts that were not deactivated.' }),
        admins: z.int().openapi({ description: 'Active accounts with the role `admin`.' }),
      })
      .openapi({ description: 'Accounts of the deployment, on whichever surface they were made.' }),
    api: z.object({
      total_calls: z.int().openapi({
        description:
          'HTTP requests that all surfaces together have answered, refusals and failures included; about a second late.',
      }),
      calls_today: z.int().openapi({ description: 'Those of them since 00:00 UTC.' }),
      total_tokens: z.int().openapi({
        description: 'Tokens of prompts and answers of every model run, as the nodes counted them.',
      }),
    }),
    models: z.object({
      active: z.int().openapi({ description: 'Models that linked nodes hold now.' }),
      total_requests: z.int().openapi({ description: 'Model runs, on all surfaces.' }),
    }),
  })
  .openapi('Statistics')

const limitFields = {
  requests_per_minute: z
    .int()
    .min(1)
    .max(MAX_REQUESTS_PER_MINUTE)
    .nullish()
    .openapi({ description: 'Of one account. null: as documented.' }),
  tokens_per_day: z
    .int()
    .min(1)
    .max(MAX_TOKENS_PER_DAY)
    .nullish()
    .openapi({ description: 'Of one account, per UTC day. null: as documented.' }),
}
const TierLimitsChange = z
  .strictObject(limitFields)
  .nullish()
  .openapi({ description: 'Comes before what is set for all tiers.' })

const storageFields = {
  bytes: z
    .int()
    .min(0)
    .max(MAX_STORAGE_BYTES)
    .nullish()
    .openapi({ description: 'Of everything that one account stores. null: as documented.' }),
  files: z
    .int()
    .min(0)
    .max(MAX_STORAGE_FILES)
    .nullish()
    .openapi({ description: 'Of one account. null: as documented.' }),
}
const TierStorageChange = z
  .strictObject(storageFields)
  .nullish()
  .openapi({ description: 'Comes before what is set for all tiers.' })

/** Strict, unlike the other bodies here: a switch that is misspelt must not look as if it had been moved. */
export const ConfigChange = z
  .strictObject({
    feature_flags: z
      .strictObject({ chat_enabled: z.boolean().optional(), streaming_enabled: z.boolean().optional() })
      .optional()
      .openapi({ description: 'Switch chat and streaming on and off, on every surface.' }),
    default_model: z.string().trim().min(1).max(MAX_MODEL_NAME_LENGTH).nullish().openapi({
      description:
        'The model of requests that name none. It need not be held by a node now. null: none is set.',
      example: 'llama-3.1-70b',
    }),
    rate_limits: z
      .strictObject({
        ...limitFields,
        tiers: z
          .strictObject({ free: TierLimitsChange, pro: TierLimitsChange, enterprise: TierLimitsChange })
          .optional(),
      })
      .optional(),
    storage_limits: z
      .strictObject({
        ...storageFields,
        tiers: z
          .strictObject({ free: TierStorageChange, pro: TierStorageChange, enterprise: TierStorageChange })
          .optional(),
      })
      .optional()
      .openapi({ description: 'In force with the next file; what is stored already stays.' }),
    cost_per_1k_tokens: z
      .record(ModelId, PricePer1kTokens.nullable())
      .optional()
      .openapi({
        description:
          'Prices of models, of prompts and answers alike; they come before those that nodes name, and an adapter without one costs what its model does. null: as nodes say, or 0. What was used before keeps its price.',
        example: { 'llama-3.1-70b': 0.0008 },
      }),
    maintenance_mode: z
      .boolean()
      .optional()
      .openapi({ description: 'Answers 503 to all but administrators; logging in stays open.' }),
  })
  .openapi('ConfigChange', { description: 'What is absent stays as it is.' })
export type ConfigChange = z.infer<typeof ConfigChange>

const limits = { requests_per_minute: z.int().nullable(), tokens_per_day: z.int().nullable() }
const TierLimits = z.object(limits).openapi('TierLimits')

const storage = { bytes: z.int().nullable(), files: z.int().nullable() }
const TierStorage = z.object(storage).openapi('TierStorage')

export const Config = z
  .object({
    feature_flags: z.object({ chat_enabled: z.boolean(), streaming_enabled: z.boolean() }),
    default_model: z.string().nullable(),
    rate_limits: z.object({
      ...limits,
      tiers: z.object({ free: TierLimits, pro: TierLimits, enterprise: TierLimits }),
    }),
    storage_limits: z.object({
      ...storage,
      tiers: z.object({ free: TierStorage, pro: TierStorage, enterprise: TierStorage }),
    }),
    cost_per_1k_tokens: z.record(z.string(), z.number()),
    maintenance_mode: z.boolean(),
  })
  .openapi('Config', {
    description: 'What is set; null is not. Sent back as it is, it changes nothing.',
  })
export type Config = z.infer<typeof Config>
