import { AppError } from '../../../shared/errors.ts'
import { isKey } from '../../../shared/ids.ts'
import { sweep } from '../sweep.ts'
import type { Account, Accounts } from './accounts.ts'
import type { LoginGuard } from './login-guard.ts'
import {
  endOf,
  MAX_USER_AGENT_LENGTH,
  type Session,
  type SessionOwner,
  type SessionStore,
} from './session-store.ts'
import type { Tokens } from './tokens.ts'

/** How long the access token of a session lives: as long as a page that was closed may still be spoken for. */
export const SESSION_TOKEN_SECONDS = 15 * 60

/** Whoever opens a session, as far as the request says it. */
export interface SignIn {
  /** The subject of the address (`ip:…`). */
  subject: string
  userAgent: string | null
}

/** A session and the access token that it lives on until it is renewed. */
export interface OpenSession {
  account: Account
  session: Session
  token: string
  expiresInSeconds: number
}

export interface SessionsOptions {
  store: SessionStore
  accounts: Pick<Accounts, 'checkPassword' | 'authenticate'>
  loginGuard: LoginGuard
  tokens: Tokens
  /** Sockets of the account may have lost what they stand on. */
  onEnd?: (accountId: string) => void
}

export type Sessions = ReturnType<typeof createSessions>

const over = () => new AppError('unauthenticated', 'The session is over: sign in again.')

/** Browsers that are signed in: a secret that only its cookie holds renews access tokens that only the page holds. */
export function createSessions({ store, accounts, loginGuard, tokens, onEnd }: SessionsOptions) {
  async function tokenFor(session: Session): Promise<OpenSession> {
    const subject = { id: session.accountId, email: null, roles: [] }
    const token = await tokens.issue(subject, { id: session.id, lifetimeSeconds: SESSION_TOKEN_SECONDS })
    // As everybody else will read it: an inactive account, or a revoked key, opens and renews nothing.
    const account = await accounts.authenticate(token)
    return { account, session, token, expiresInSeconds: SESSION_TOKEN_SECONDS }
  }

  async function open(owner: SessionOwner, { userAgent }: SignIn) {
    const { session, secret } = await store.open(owner, userAgent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null)
    return { ...(await tokenFor(session)), secret }
  }

  const ownerOf = ({ id, key }: Account): SessionOwner => ({ accountId: id, keyId: key?.id ?? null })

  return {
    /** A session for whoever knows the password. Throws as `logIn` of accounts.ts. */
    async openByPassword(login: string, password: string, from: SignIn) {
      return open(ownerOf(await accounts.checkPassword(login, password, from.subject)), from)
    },

    /** A session with the rights of an API key, which ends with it. Throws `unauthenticated`, and `limit_exceeded` after many failures. */
    async openByKey(key: string, from: SignIn) {
      const account = await loginGuard.run({ login: 'api key', subject: from.subject }, async () => {
        if (!isKey(key)) throw new AppError('unauthenticated', 'This is no API key.')
        return accounts.authenticate(key)
      })
      return open(ownerOf(account), from)
    },

    /** A session by a link that signs in once. Throws `unauthenticated`. */
    async openByLink(code: string, from: SignIn) {
      const owner = await loginGuard.run({ login: 'link', subject: from.subject }, async () => {
        const found = await store.takeLink(code)
        if (!found) throw new AppError('unauthenticated', 'This link has signed somebody in, or is too old.')
        return found
      })
      return open(owner, from)
    },

    /** A code that signs in once, with the rights of the credential that asks, within `SIGN_IN_LINK_MS`. */
    makeLink: (account: Account) => store.makeLink(ownerOf(account)),

    /** The next access token of a session. Throws `unauthenticated` when it is over. */
    async renew(secret: string): Promise<OpenSession> {
      const session = await store.use(secret)
      if (!session) throw over()
      return tokenFor(session)
    },

    /** Signs a browser out. One that is out already is as it wants to be. */
    endBySecret: (secret: string) => store.endBySecret(secret),

    list: (accountId: string) => store.list(accountId),

    /** Ends one of the account's sessions, everywhere within a second. Throws `not_found`. */
    async end(accountId: string, id: string): Promise<void> {
      if (!(await store.endOne(accountId, id)))
        throw new AppError('not_found', `There is no session '${id}'.`)
      onEnd?.(accountId)
    },

    /** Ends the account's sessions but the one that asks; how many. */
    async endOthers({ id, sessionId }: Pick<Account, 'id' | 'sessionId'>): Promise<number> {
      const ended = await store.endOthers(id, sessionId)
      onEnd?.(id)
      return ended
    },

    endOf,

    /** Deletes what is over. */
    sweep: () => sweep(store.sweepSome),
  }
}
