import { z } from '@hono/zod-openapi'
import { visibleName } from '../../../http/input/visible-name.ts'
import { MAX_ACCOUNTS_PER_PAGE } from '../../../services/accounts/account-admin.ts'
import { BILLING_CYCLES, PLANS, ROLES } from '../../../services/accounts/account-row.ts'
import { EMAIL, MAX_EMAIL_LENGTH, USERNAME } from '../../../services/accounts/login-names.ts'
import { listOf, pageOf } from '../list-form.ts'

export const MIN_PASSWORD_LENGTH = 8
export const MAX_PASSWORD_LENGTH = 1_024
export const MAX_NAME_LENGTH = 200

export const Account = z
  .object({
    id: z.string(),
    object: z.literal('account'),
    number: z.int().openapi({ description: 'Counts from 1 in order of creation.' }),
    email: z.string().nullable(),
    contact_email: z
      .string()
      .nullable()
      .openapi({ description: 'What the person says; nobody has proved it.' }),
    username: z.string().nullable(),
    name: z.string().nullable(),
    given_name: z.string().nullable(),
    family_name: z.string().nullable(),
    roles: z.array(z.string()),
    plan: z.enum(PLANS),
    billing_cycle: z.enum(BILLING_CYCLES).nullable(),
    active: z.boolean(),
    created: z.int(),
    last_seen_at: z.int().nullable().openapi({ description: 'Unix seconds of the last request.' }),
  })
  .openapi('Account')

export const AccountList = listOf(Account).openapi('AccountList')

export const AccountPage = pageOf(MAX_ACCOUNTS_PER_PAGE)

const Roles = z
  .array(z.enum(ROLES))
  .max(ROLES.length)
  .refine((roles) => new Set(roles).size === roles.length, { error: 'expected each role once' })

export const AccountPatch = z
  .strictObject({
    roles: Roles.optional(),
    plan: z.enum(PLANS).optional(),
    billing_cycle: z.enum(BILLING_CYCLES).nullish(),
    active: z.boolean().optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, { error: 'expected at least one field' })
  .openapi('AccountPatch')

export const AccountRequest = z
  .strictObject({
    email: z.string().max(MAX_EMAIL_LENGTH).regex(EMAIL, { error: 'expected an email address' }).nullish(),
    username: z
      .string()
      .regex(USERNAME, { error: 'expected 1 to 64 letters, digits, dots, dashes and underscores' })
      .nullish(),
    password: z.string().min(MIN_PASSWORD_LENGTH).max(MAX_PASSWORD_LENGTH),
    name: visibleName(MAX_NAME_LENGTH).nullish(),
    roles: Roles.default([]),
  })
  .refine(({ email, username }) => email || username, {
    path: ['username'],
    error: 'an account has a username or an email',
  })
  .openapi('AccountRequest')
