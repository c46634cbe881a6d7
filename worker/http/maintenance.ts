import { AppError } from '../../shared/errors.ts'
import type { Account } from '../services/accounts/accounts.ts'
import type { Settings } from '../services/administration/settings.ts'
import { administers } from './administers.ts'

/** The one decision of every door during maintenance: administrators alone come in, by key with the scope for it. Throws `maintenance`. */
export function requireOpen(
  { maintenance }: Pick<Settings, 'maintenance'>,
  account: Pick<Account, 'roles' | 'key'> | undefined,
): void {
  if (maintenance && !(account && administers(account))) {
    throw new AppError('maintenance', 'Down for maintenance: try again later.')
  }
}
