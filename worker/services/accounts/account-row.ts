import { sql } from 'drizzle-orm'
import { accounts } from '../../db/tables/accounts.ts'

/** The roles of accounts. Which surface lets which role do what is the surface's own table. */
export const ROLES = ['admin', 'trainer', 'analyst', 'viewer'] as const
export type Role = (typeof ROLES)[number]

export const PLANS = accounts.plan.enumValues
export type Plan = (typeof PLANS)[number]

export const BILLING_CYCLES = accounts.billingCycle.enumValues
export type BillingCycle = (typeof BILLING_CYCLES)[number]

/** The rights that a key gives its account. */
export interface KeyGrant {
  id: string
  /** null is everything that the account may. */
  scopes: readonly string[] | null
  /** The one model that the key may use; null is all. */
  model: { id: string; name: string; baseModel: string } | null
}

/** A person or service, as the rest of the system sees it. What was not given is null. */
export interface Account {
  id: string
  /** Counts from 1 in order of creation. */
  number: number
  email: string | null
  /** An email that the person says is theirs; nobody has proved it. */
  contactEmail: string | null
  username: string | null
  name: string | null
  givenName: string | null
  familyName: string | null
  /** The subject of the identity provider's tokens. */
  subject: string | null
  roles: readonly string[]
  plan: Plan
  billingCycle: BillingCycle | null
  createdAt: number
  /** When the credential that speaks for the account ends by itself, epoch ms. Absent: it does not. */
  credentialEndsAt?: number
  /** Present when an API key speaks for the account. */
  key?: KeyGrant
  /** Present when a signed-in browser speaks for the account: with what its session's token says. */
  sessionId?: string
}

/** Whether an account has the role of an administrator. What one of its credentials may do is another question: `http/administers.ts`. */
export const hasAdminRole = ({ roles }: Pick<Account, 'roles'>): boolean => roles.includes('admin')

/** An account as administrators see it. */
export interface AccountRecord extends Account {
  active: boolean
  lastSeenAt: number | null
}

/**
 * The columns that an `AccountRecord` is read from: no password's hash, and nothing that an account grew for one surface's
 * sake.
 */
export const accountColumns = {
  id: accounts.id,
  number: accounts.number,
  email: accounts.email,
  contactEmail: accounts.contactEmail,
  username: accounts.username,
  name: accounts.name,
  givenName: accounts.givenName,
  familyName: accounts.familyName,
  subject: accounts.subject,
  roles: accounts.roles,
  plan: accounts.plan,
  billingCycle: accounts.billingCycle,
  createdAt: accounts.createdAt,
  active: accounts.active,
  lastSeenAt: accounts.lastSeenAt,
}

/** The number after the last one. One statement with the insert: two accounts never get the same. */
export const nextNumber = sql`(select coalesce(max(${accounts.number}), 0) + 1 from ${accounts})`

/** A row as an account: without what only administrators see. */
export function toAccount({ active: _active, lastSeenAt: _seen, ...account }: AccountRecord): Account {
  return account
}
