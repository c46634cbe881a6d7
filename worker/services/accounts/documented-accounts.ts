import type { Plan, Role } from './account-row.ts'

/** An account whose password everybody can read. */
export interface DocumentedAccount {
  username: string
  password: string
  roles: Role[]
  plan: Plan
}

/** The accounts that the contracts document. They exist in development alone. */
export const DOCUMENTED_ACCOUNTS: readonly DocumentedAccount[] = [
  { username: 'admin', password: 'administrator', roles: ['admin'], plan: 'enterprise' },
  { username: 'guest', password: 'guest_test1', roles: ['viewer'], plan: 'free' },
]

/** Whether somebody logs in as the documentation says, also in a database that is too old to have marked such an account. */
export const isDocumented = (username: string | null, password: string): boolean =>
  DOCUMENTED_ACCOUNTS.some((known) => known.username === username && known.password === password)
