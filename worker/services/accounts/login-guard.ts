import { AppError, toAppError } from '../../../shared/errors.ts'
import type { LimitCheck, Limiter, RateWindow } from '../limits/limiter.ts'
import { hashSecret } from '../secrets/secrets.ts'
import { loginKey } from './login-names.ts'

/** Wrong passwords for one name from one address: more than a person forgets, far fewer than a guess needs. */
export const NAME_WINDOW: RateWindow = { name: 'login-name', limit: 20, seconds: 5 * 60 }
/** Wrong passwords from one address, for whatever names: an office may sit behind one. */
export const ADDRESS_WINDOW: RateWindow = { name: 'login-address', limit: 300, seconds: 60 * 60 }

/** Who tries to log in: the name that is given, and the subject of the address (`ip:…`) that it comes from. */
export interface LoginAttempt {
  login: string
  subject: string
}

export type LoginGuard = ReturnType<typeof createLoginGuard>

/**
 * Keeps passwords from being guessed. Failures are counted by name and address together, so that nobody locks out a person
 * elsewhere, and by address alone, against one password for many names. Each attempt is counted before its password is looked
 * at, so that many at once are no way round, and taken back when it was no wrong password.
 */
export function createLoginGuard(limiter: Pick<Limiter, 'attempt'>) {
  const checksOf = async ({ login, subject }: LoginAttempt): Promise<LimitCheck[]> => [
    { subject: `login:${await hashSecret(loginKey(login))}:${subject}`, windows: [NAME_WINDOW] },
    { subject, windows: [ADDRESS_WINDOW] },
  ]

  return {
    /** Runs `verify`. Throws `limit_exceeded` without it after too many failures, and what it throws. */
    async run<Result>(attempt: LoginAttempt, verify: () => Promise<Result>): Promise<Result> {
      const { answer, giveBack } = await limiter.attempt(await checksOf(attempt))
      if (answer?.refusedBy) {
        const { retryAfterSeconds } = answer
        throw new AppError('limit_exceeded', 'Too many failed logins: try again later.', {
          retryAfterSeconds,
        })
      }
      try {
        const result = await verify()
        giveBack()
        return result
      } catch (thrown) {
        if (toAppError(thrown).code !== 'unauthenticated') giveBack()
        throw thrown
      }
    },
  }
}
