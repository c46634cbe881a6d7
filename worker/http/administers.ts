import type { Account } from '../services/accounts/accounts.ts'

type Caller = Pick<Account, 'roles' | 'key'>

/** Whether a caller's credential may do less than its account. */
export const isNarrowed = ({ key }: Pick<Caller, 'key'>): boolean =>
  key !== undefined && (key.model !== null || key.scopes !== null)

/** Whether a caller's credential carries the scope `admin`: a key that was narrowed to less, or to one model, does not. */
export const hasAdminScope = ({ key }: Pick<Caller, 'key'>): boolean =>
  !key || (key.model === null && (key.scopes === null || key.scopes.includes('admin')))

/** Whether a caller administers the deployment: the account has the role, and the credential the scope. */
export const administers = (caller: Caller): boolean =>
  caller.roles.includes('admin') && hasAdminScope(caller)

/** A caller as models are asked for: by the account, and by what its credential may do. */
export const viewerOf = (caller: Pick<Account, 'id' | 'roles' | 'key'>) => ({
  accountId: caller.id,
  isAdministrator: administers(caller),
})
