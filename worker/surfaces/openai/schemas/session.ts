import { z } from '@hono/zod-openapi'
import { Account, MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from './account.ts'

const MAX_LOGIN_LENGTH = 320
/** Longer than any secret that we hand out. */
const MAX_SECRET_LENGTH = 200

export const SignInRequest = z
  .union([
    z.strictObject({
      login: z.string().min(1).max(MAX_LOGIN_LENGTH),
      password: z.string().min(1).max(MAX_PASSWORD_LENGTH),
    }),
    z.strictObject({ api_key: z.string().min(1).max(MAX_SECRET_LENGTH) }),
    z.strictObject({ code: z.string().min(1).max(MAX_SECRET_LENGTH) }),
  ])
  .openapi('SignInRequest', {
    description: 'A name and its password, an API key, or the code of a link that signs in once.',
  })

export const Session = z
  .object({
    id: z.string(),
    object: z.literal('session'),
    user_agent: z.string().nullable().openapi({ description: 'The browser’s own word for itself.' }),
    by_key: z
      .boolean()
      .openapi({ description: 'Whether an API key opened it: it has that key’s rights, and ends with it.' }),
    created: z.int(),
    last_used_at: z.int(),
    expires_at: z
      .int()
      .openapi({ description: 'When it ends at the latest; twelve idle hours end it sooner.' }),
    current: z.boolean().openapi({ description: 'Whether it is the one that asks.' }),
  })
  .openapi('Session')

export const OpenSession = z
  .object({
    access_token: z.string(),
    token_type: z.literal('bearer'),
    expires_in: z.int().openapi({ description: 'Seconds.' }),
    session: Session,
    account: Account,
    scopes: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'Scopes of the key that opened it; null is everything.' }),
  })
  .openapi('OpenSession')

export const SessionList = z
  .object({ object: z.literal('list'), data: z.array(Session) })
  .openapi('SessionList')

export const SignInLink = z
  .object({
    object: z.literal('sign_in_link'),
    code: z.string().openapi({ description: 'Signs in once: `POST /v1/session` takes it.' }),
    url: z.string(),
    expires_at: z.int(),
  })
  .openapi('SignInLink')

export const PasswordRequest = z
  .strictObject({
    current_password: z.string().min(1).max(MAX_PASSWORD_LENGTH),
    new_password: z.string().min(MIN_PASSWORD_LENGTH).max(MAX_PASSWORD_LENGTH),
  })
  .openapi('PasswordRequest')
