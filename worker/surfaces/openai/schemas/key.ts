import { z } from '@hono/zod-openapi'
import { visibleName } from '../../../http/input/visible-name.ts'
import { SCOPES } from '../../../services/accounts/keys.ts'

/** The end of the year 9999: what comes after it is a slip of the hand, most often milliseconds. */
const LAST_SECOND = 253_402_300_799

export const MAX_KEY_NAME_LENGTH = 100

const Scope = z
  .enum(SCOPES)
  .openapi({ description: '`inference` runs models, `account` is keys and usage, `admin` the deployment.' })

export const Key = z
  .object({
    id: z.string(),
    object: z.literal('api_key'),
    name: z.string(),
    prefix: z.string().openapi({ description: 'How the secret begins, to tell keys apart.' }),
    created: z.int(),
    scopes: z.array(z.string()).nullable().openapi({ description: 'null: everything that you may.' }),
    expires_at: z.int().nullable().openapi({ description: 'Unix seconds; null: never.' }),
    last_used_at: z.int().nullable().openapi({ description: 'Unix seconds, to the minute; null: never.' }),
    model: z
      .object({ id: z.string(), name: z.string() })
      .nullable()
      .openapi({ description: 'The one model that the key may use; null: all.' }),
  })
  .openapi('ApiKey')

export const NewKey = Key.extend({ secret: z.string().openapi({ description: 'Shown once.' }) }).openapi(
  'NewApiKey',
)

export const KeyRequest = z
  .strictObject({
    name: visibleName(MAX_KEY_NAME_LENGTH),
    scopes: z
      .array(Scope)
      .min(1)
      .max(SCOPES.length)
      .refine((scopes) => new Set(scopes).size === scopes.length, { error: 'expected each scope once' })
      .nullish()
      .openapi({ description: 'Without it, everything that you may.' }),
    expires_at: z
      .int()
      .max(LAST_SECOND)
      .refine((seconds) => seconds * 1000 > Date.now(), { error: 'expected a time that is still to come' })
      .nullish()
      .openapi({ description: 'Unix seconds. Without it, never.' }),
  })
  .openapi('KeyRequest')
