import type { z } from '@hono/zod-openapi'
import type { AccountRecord } from '../../services/accounts/account-row.ts'
import type { Account } from './schemas/account.ts'

/** Unix seconds of a time in ms, as OpenAI's fields count. */
export const seconds = (ms: number): number => Math.floor(ms / 1000)

/** An account as this contract tells it. */
export const toAccount = (record: AccountRecord): z.infer<typeof Account> => ({
  id: record.id,
  object: 'account',
  number: record.number,
  email: record.email,
  contact_email: record.contactEmail,
  username: record.username,
  name: record.name,
  given_name: record.givenName,
  family_name: record.familyName,
  roles: [...record.roles],
  plan: record.plan,
  billing_cycle: record.billingCycle,
  active: record.active,
  created: seconds(record.createdAt),
  last_seen_at: record.lastSeenAt === null ? null : seconds(record.lastSeenAt),
})
