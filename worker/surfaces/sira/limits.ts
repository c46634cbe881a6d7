import { administers } from '../../http/administers.ts'
import { byAddress, type ContractLimits, perHour, perMinute } from '../../http/limit-policy.ts'
import { checkTokens } from '../../services/administration/plan-limits.ts'

const WINDOWS = { Minute: perMinute('sira-minute', 120), Hour: perHour('sira-hour', 2_000) }

const limitHeader = (window: string) => `X-RateLimit-Limit-${window}`
const remainingHeader = (window: string) => `X-RateLimit-Remaining-${window}`

/** "Rate Limiting": per address, with four headers; and the day's tokens of the account's plan, which administrators have not. */
export const siraLimits: ContractLimits = {
  policy: ({ account, address, spends }, settings) => [
    byAddress(address, Object.values(WINDOWS)),
    ...(account && spends && !administers(account) ? [checkTokens(account, spends, settings)] : []),
  ],
  headers: ({ windows }) =>
    Object.fromEntries(
      Object.entries(WINDOWS).flatMap(([name, { seconds }]) => {
        const state = windows.find((window) => window.seconds === seconds)
        if (!state) return []
        return [
          [limitHeader(name), String(state.limit)],
          [remainingHeader(name), String(state.remaining)],
        ]
      }),
    ),
  headerNames: Object.keys(WINDOWS).flatMap((name) => [limitHeader(name), remainingHeader(name)]),
}
