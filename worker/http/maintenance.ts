import { AppError } from '../../shared/errors.ts'
import type { Account } from '../services/accounts/accounts.ts'
import type { Settings } from '../services/administration/settings.ts'

/** The one decision of every door during maintenance: administrators alone come in. Throws `maintenance`. */
export function requireOpen(
  { maintenance }: Pick<Settings, 'maintenance'>,
  account: Pick<Account, 'roles'> | undefined,
): void {
  if (maintenance && !account?.roles.includes('admin')) {
    throw new AppError('maintenance', 'Down for maintenance: try again later.')
  }
}
