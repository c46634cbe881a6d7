import { z } from '@hono/zod-openapi'

/** The use that an account made of a model on a day. */
export const Usage = z
  .object({
    object: z.literal('usage'),
    day: z.iso.date().openapi({ description: 'In UTC.' }),
    account_id: z.string(),
    model: z.string(),
    kind: z.enum(['generate', 'embed', 'train']),
    requests: z.int().openapi({ description: 'Runs of the model: a request for two choices is two.' }),
    prompt_tokens: z.int(),
    cached_prompt_tokens: z.int().openapi({ description: 'Those of the prompt that a cache held.' }),
    completion_tokens: z.int(),
    cost: z.number().openapi({ description: 'At the prices of the time at which the models ran.' }),
  })
  .openapi('UsageOfDay')

/** The use within an hour. */
export const UsageOfHour = z
  .object({
    object: z.literal('usage_hour'),
    start: z.int().openapi({ description: 'When the hour began, in unix seconds.' }),
    requests: z.int(),
    prompt_tokens: z.int(),
    cached_prompt_tokens: z.int(),
    completion_tokens: z.int(),
    cost: z.number(),
  })
  .openapi('UsageOfHour')

/** The hours in which something was used, and what an account has left of the day. */
export const UsageHours = z
  .object({
    object: z.literal('list'),
    data: z.array(UsageOfHour),
    budget: z
      .object({
        limit_tokens: z.int(),
        remaining_tokens: z.int(),
        resets_at: z.int().openapi({ description: 'When all of it is there again, in unix seconds.' }),
      })
      .nullable()
      .openapi({ description: 'Your tokens of the day; null where you have no limit.' }),
  })
  .openapi('UsageHours')

const limit = (description: string) => z.int().nullable().openapi({ description })
/** How much an account stores. */
export const Storage = z
  .object({
    bytes: z.int(),
    files: z.int(),
    limit_bytes: limit('The most that the plan stores; null: no limit, or more than one account.'),
    limit_files: limit('The same of files.'),
  })
  .openapi('StorageUsage', { description: 'What is stored now, uploads that are under way included.' })
/** A page of what was used. */
export const UsageList = z
  .object({
    object: z.literal('list'),
    data: z.array(Usage),
    total_cost: z.number().openapi({ description: 'Of all pages together.' }),
    storage: Storage,
    has_more: z.boolean(),
    next: z.string().nullable().openapi({ description: 'The `after` of the next page.' }),
  })
  .openapi('UsageList')
