import { z } from '@hono/zod-openapi'
import { visibleName } from '../../http/input/visible-name.ts'

export const MIN_PASSWORD_LENGTH = 6
export const MAX_PASSWORD_LENGTH = 1_024
/** RFC 5321 §4.5.3.1.3, without its angle brackets. */
export const MAX_EMAIL_LENGTH = 254
export const MAX_NAME_LENGTH = 255
/** Versions, metrics and states. */
export const MAX_WORD_LENGTH = 64
export const MAX_BASE_MODEL_LENGTH = 256
export const MAX_PAGE_LENGTH = 1_000
export const DEFAULT_PAGE_LENGTH = 100
export const MAX_OFFSET = 1_000_000_000

/** An id as it comes in; both cases of its digits are one id. */
export const ObjectId = z
  .string()
  .regex(/^[0-9a-fA-F]{24}$/, 'value is not a valid ObjectId')
  .toLowerCase()
  .openapi({ example: '507f1f77bcf86cd799439011' })

export const Time = z.iso.datetime().openapi({ example: '2025-11-10T12:00:00.000Z' })
/** A thing's name for people. */
export const name = visibleName(MAX_NAME_LENGTH)
const metric = z.string().max(MAX_WORD_LENGTH).nullish()

/** `{detail}` with a sentence. */
export const ErrorBody = z.object({ detail: z.string() }).openapi('Error')

/** `{detail}` of an upload, and beside the page's sentence what is wrong with the file. */
export const FileErrorBody = ErrorBody.extend({
  reason: z
    .object({
      line: z
        .int()
        .nullable()
        .openapi({ description: 'From 1; where a row begins, if it has several lines.' }),
      cause: z.string(),
    })
    .optional(),
}).openapi('FileError')

/** 422: every mistake and where it is. */
export const ValidationErrorBody = z
  .object({
    detail: z.array(
      z.object({ loc: z.array(z.union([z.string(), z.int()])), msg: z.string(), type: z.string() }),
    ),
  })
  .openapi('ValidationError')

export const Page = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_LENGTH).default(DEFAULT_PAGE_LENGTH),
  // Said once more for the document, where a number that is read from text may be null.
  offset: z.coerce.number().int().min(0).max(MAX_OFFSET).default(0).openapi({ type: 'integer' }),
})

/** The one path parameter of a route. */
export const pathId = <Name extends string>(parameter: Name) =>
  z.object({ [parameter]: ObjectId.openapi({ param: { name: parameter, in: 'path' } }) } as {
    [Key in Name]: typeof ObjectId
  })

export const Registration = z
  .object({
    email: z.email().max(MAX_EMAIL_LENGTH),
    password: z.string().min(MIN_PASSWORD_LENGTH).max(MAX_PASSWORD_LENGTH),
    name,
  })
  .openapi('Registration')

/** The field is called email and takes a username too: whoever registered elsewhere may have no email. */
export const Login = z
  .object({
    email: z.string().min(1).max(MAX_EMAIL_LENGTH),
    password: z.string().min(1).max(MAX_PASSWORD_LENGTH),
  })
  .openapi('Login')

export const AccessToken = z
  .object({ access_token: z.string(), token_type: z.literal('bearer') })
  .openapi('AccessToken')

export const User = z
  .object({
    _id: ObjectId,
    email: z.string().nullable(),
    name: z.string().nullable(),
    current_plan: z.enum(['free', 'pro', 'enterprise']),
    queries_used: z.int(),
    fine_tune_jobs: z.int(),
    datasets_count: z.int(),
    billing_cycle: z.enum(['monthly', 'yearly']).nullable(),
  })
  .openapi('User')

export const NewModel = z
  .object({
    name,
    base_model: visibleName(MAX_BASE_MODEL_LENGTH),
    version: visibleName(MAX_WORD_LENGTH),
    accuracy: metric,
    f1_score: metric,
    loss: metric,
    status: visibleName(MAX_WORD_LENGTH).default('ready'),
    dataset_id: ObjectId.nullish(),
  })
  .openapi('NewModel')

export const Model = z
  .object({
    _id: ObjectId,
    user_id: ObjectId,
    name: z.string(),
    base_model: z.string(),
    version: z.string(),
    accuracy: z.string().nullable(),
    f1_score: z.string().nullable(),
    loss: z.string().nullable(),
    status: z.string(),
    dataset_id: ObjectId.nullable(),
    created_at: Time,
  })
  .openapi('Model')

export const NewApiKey = z.object({ model_id: ObjectId, name }).openapi('NewApiKey')

export const ApiKey = z
  .object({
    _id: ObjectId,
    user_id: ObjectId,
    model_id: ObjectId,
    key: z.string().openapi({ description: 'The whole key when it is created; how it begins afterwards.' }),
    name: z.string(),
    created_at: Time,
  })
  .openapi('ApiKey')
