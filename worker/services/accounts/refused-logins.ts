import { HOUR_MS } from '../../../shared/units.ts'
import { type Audit, NOBODY } from '../audit.ts'

/** Refused logins that are written down within an hour, of one account (or of all names that are none) and from one address. */
export const MAX_NOTED_REFUSALS = 20

/** The target of a login by a name that is no account's. The name itself may be a password that was typed into the wrong field. */
export const UNKNOWN_LOGIN = 'unknown'

/** Writes refused logins down: of which account, and from where. */
export const createRefusedLogins =
  (audit: Audit, now: () => number = Date.now) =>
  /** `accountId`: the account whose name was given; undefined where there is none. */
  async (accountId: string | undefined): Promise<void> => {
    const entry = { actorId: NOBODY, action: 'account.refuse_log_in', target: accountId ?? UNKNOWN_LOGIN }
    await audit.rowWithin(entry, { most: MAX_NOTED_REFUSALS, since: now() - HOUR_MS })
  }
