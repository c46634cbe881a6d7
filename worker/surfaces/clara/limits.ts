import { byAddress, type ContractLimits, perHour, perMinute, perSecond } from '../../http/limit-policy.ts'
import { X_RATE_LIMIT_HEADERS, xRateLimit } from '../../http/limits.ts'
import { accountSubject } from '../../services/limits/budget.ts'

const ACCOUNT_WINDOWS = [perSecond('clara-second', 20), perMinute('clara-minute', 100)]
const ADDRESS_WINDOWS = [perHour('clara-hour', 1_000)]

/** "Rate Limiting": per account, with its burst, and per address. */
export const claraLimits: ContractLimits = {
  policy: ({ account, address }) => [
    ...(account ? [{ subject: accountSubject(account.id), windows: ACCOUNT_WINDOWS }] : []),
    byAddress(address, ADDRESS_WINDOWS),
  ],
  headers: xRateLimit,
  headerNames: X_RATE_LIMIT_HEADERS,
}
