import { AppError } from '../../../shared/errors.ts'
import type { Account, Accounts } from '../../services/accounts/accounts.ts'
import type { SettingsService } from '../../services/administration/settings.ts'
import type { Limiter } from '../../services/limits/limiter.ts'
import type { ContractLimits } from '../limit-policy.ts'
import { limitError } from '../limits.ts'
import { requireOpen } from '../maintenance.ts'

export interface SocketGuards {
  accounts: Pick<Accounts, 'authenticate'>
  settings: SettingsService
  limiter: Limiter
}

/**
 * The entry of a socket's frame, as `entry` of `http/` is a request's: who it is, whether the deployment is open to them,
 * and, where the frame counts as a request, whether they asked too often. Throws what the same request over HTTP would.
 */
export const socketEntry =
  (
    { accounts, settings, limiter }: SocketGuards,
    { limits, isForeign }: { limits: ContractLimits; isForeign: (credential: string) => boolean },
  ) =>
  async (credential: string, address: string | null, counts: boolean): Promise<Account> => {
    if (isForeign(credential)) throw new AppError('unauthenticated', 'The token is not valid.')
    const account = await accounts.authenticate(credential)
    const switches = await settings.get()
    requireOpen(switches, account)
    if (!counts) return account
    if (!switches.features.chat || !switches.features.streaming) {
      throw new AppError('maintenance', 'Streamed chat is switched off.')
    }
    const checks = limits.policy({ account, address: address ?? undefined, spends: true }, switches)
    const answer = checks.length > 0 ? await limiter.check(checks) : undefined
    if (answer?.refusedBy) throw limitError(answer, limits.message)
    return account
  }
