import { DAY_SECONDS } from '../../shared/units.ts'
import type { Account } from '../services/accounts/accounts.ts'
import type { Settings } from '../services/administration/settings.ts'
import type { LimitAnswer, LimitCheck, LimitState, RateWindow } from '../services/limits/limiter.ts'
import { toIpSubject } from './client-ip.ts'

/** As much of a request as its limits depend on. */
export interface LimitedRequest {
  account: Account | undefined
  /** The value of `CF-Connecting-IP`. */
  address: string | undefined
  /** Whether the request may spend tokens. */
  spends: boolean
}

/** The counts that a request is held against. None: it is not limited. */
export type LimitPolicy = (request: LimitedRequest, settings: Settings) => LimitCheck[]

/** The limits of one contract and how it spells them. */
export interface ContractLimits {
  policy: LimitPolicy
  /** The headers of every limited response. */
  headers: (answer: LimitAnswer, now: number) => Record<string, string>
  /** The names of those headers, for browsers, which show a page of another origin only what is listed. */
  headerNames: readonly string[]
  /** The sentence of a 429 where the contract documents one. */
  message?: (refusedBy: LimitState) => string
}

export const perSecond = (name: string, limit: number): RateWindow => ({ name, limit, seconds: 1 })
export const perMinute = (name: string, limit: number): RateWindow => ({ name, limit, seconds: 60 })
export const perHour = (name: string, limit: number): RateWindow => ({ name, limit, seconds: 60 * 60 })
export const perDay = (name: string, limit: number): RateWindow => ({ name, limit, seconds: DAY_SECONDS })

/**
 * Registrations from one address on all surfaces, taken or not: a classroom may sit behind one. Each costs a password's hash,
 * so they are counted before the body is looked at.
 */
export const REGISTRATIONS_WINDOW: RateWindow = perHour('registrations', 60)

/** A check of the caller's address, without regard to the account. */
export const byAddress = (address: string | undefined, windows: readonly RateWindow[]): LimitCheck => ({
  subject: toIpSubject(address),
  windows,
})
