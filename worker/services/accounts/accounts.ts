import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { AppError, toAppError } from '../../../shared/errors.ts'
import { isKey } from '../../../shared/ids.ts'
import { type Db, newId } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import type { Audit } from '../audit.ts'
import { Recent } from '../recent.ts'
import { hashPassword, isOutdated, verifyPassword } from '../secrets/passwords.ts'
import { hashSecret } from '../secrets/secrets.ts'
import { createAccountAdmin } from './account-admin.ts'
import { ACCOUNT_CACHE_MS } from './account-cache.ts'
import { type Account, accountColumns, nextNumber, type Plan, toAccount } from './account-row.ts'
import { isDocumented } from './documented-accounts.ts'
import { type Keys, LAST_USED_STEP_MS, type NewKey } from './keys.ts'
import type { LoginGuard } from './login-guard.ts'
import {
  accountsNamed,
  accountsOfLogin,
  checkUsername,
  emailToKeep,
  type LoginNames,
  loginKey,
} from './login-names.ts'
import { createRefusedLogins } from './refused-logins.ts'
import type { SessionStore } from './session-store.ts'
import { createTokenAccount } from './token-account.ts'
import type { Tokens } from './tokens.ts'

export type { Account } from './account-row.ts'

const ACCOUNT_CACHE_ENTRIES = 1_000

export interface NewAccount extends LoginNames {
  name?: string | null
  password: string
  roles: readonly string[]
  plan?: Plan
}

/** An account as it is written down first. */
interface AccountRow extends LoginNames {
  id: string
  name: string | null
  roles: string[]
  plan: Plan
  createdAt: number
}

/** The details of a person, as an identity provider knows them or the person says. */
export interface PersonDetails {
  email: string | null
  givenName: string | null
  familyName: string | null
}

export interface AccountsOptions {
  db: Db
  tokens: Tokens
  keys: Keys
  audit: Audit
  loginGuard: LoginGuard
  /** The browsers that are signed in. */
  sessions: Pick<SessionStore, 'find'>
  /** Lets work go on after the response. */
  later: (work: Promise<unknown>) => void
  /** An account was changed by an administrator: what is open for it is looked at again. */
  onChange?: (accountId: string) => void
  /** Whether the documented accounts of a development machine may come in. Absent: they may not. */
  admitsSeeded?: boolean
  /** Makes the hash of a new account's password. */
  hash?: (password: string) => Promise<string>
}

export type Accounts = ReturnType<typeof createAccounts>

const refused = () => new AppError('unauthenticated', 'The API key or access token is missing or not valid.')
const taken = (param: 'email' | 'username') => new AppError('conflict', `The ${param} is taken.`, { param })

/** The names of a new account as they are kept. Throws `invalid_request`. */
function namesToKeep({ email, username }: LoginNames): LoginNames {
  if (email === null && username === null) {
    const message = "Invalid 'username': an account has a username or an email."
    throw new AppError('invalid_request', message, { param: 'username' })
  }
  checkUsername(username)
  return { email: emailToKeep(email), username }
}

/** Accounts, and who speaks for one: by password, access token, API key or identity provider. */
export function createAccounts({
  db,
  tokens,
  keys,
  audit,
  loginGuard,
  sessions,
  later,
  onChange,
  admitsSeeded = false,
  hash = hashPassword,
}: AccountsOptions) {
  const recent = new Recent<Account>(ACCOUNT_CACHE_MS, ACCOUNT_CACHE_ENTRIES)
  const admin = createAccountAdmin(db, audit)
  const noteRefusal = createRefusedLogins(audit)
  const admitted = admitsSeeded ? undefined : eq(accounts.isSeeded, false)

  async function findActive(condition: SQL | undefined): Promise<Account | undefined> {
    const [row] = await db
      .select(accountColumns)
      .from(accounts)
      .where(and(condition, eq(accounts.active, true), admitted))
    return row && toAccount(row)
  }

  async function findByKey(secret: string): Promise<Account | undefined> {
    const found = await keys.find(secret)
    if (!found || (found.isSeeded && !admitsSeeded)) return undefined
    const { account, keyId, scopes, model, lastUsedAt, expiresAt } = found
    if (Date.now() - (lastUsedAt ?? 0) >= LAST_USED_STEP_MS) later(keys.noteUse(keyId))
    const ends = expiresAt === null ? {} : { credentialEndsAt: expiresAt }
    return { ...toAccount(account), ...ends, key: { id: keyId, scopes, model } }
  }

  const findByToken = createTokenAccount({ tokens, sessions, keys, findActive })

  /** Which of an account's names another one has, if any. */
  async function findTaken(names: LoginNames) {
    const { condition, order } = accountsNamed(names)
    const [row] = await db
      .select({ email: accounts.email })
      .from(accounts)
      .where(condition)
      .orderBy(order)
      .limit(1)
    return row && taken(names.email !== null && row.email === names.email ? 'email' : 'username')
  }

  async function upgradeHash(id: string, password: string, outdated: string): Promise<void> {
    const passwordHash = await hashPassword(password)
    // Unless the password was changed meanwhile.
    await db
      .update(accounts)
      .set({ passwordHash })
      .where(and(eq(accounts.id, id), eq(accounts.passwordHash, outdated)))
  }

  async function ensureSubject(subject: string): Promise<void> {
    await db
      .insert(accounts)
      .values({ id: newId(), number: nextNumber, subject, roles: [], createdAt: Date.now() })
      .onConflictDoNothing()
  }

  async function findByPassword(login: string, password: string): Promise<Account> {
    const { condition, order } = accountsOfLogin(login)
    const [row] = await db
      .select({ ...accountColumns, passwordHash: accounts.passwordHash, isSeeded: accounts.isSeeded })
      .from(accounts)
      .where(condition)
      .orderBy(...order)
      .limit(1)
    const known = await verifyPassword(password, row?.passwordHash)
    const isSeeded = row && (row.isSeeded || isDocumented(row.username, password))
    if (!row?.active || !known || (isSeeded && !admitsSeeded)) {
      later(noteRefusal(row?.id))
      throw new AppError('unauthenticated', 'The login or the password is wrong.')
    }
    const { passwordHash, isSeeded: _, ...record } = row
    if (passwordHash && isOutdated(passwordHash)) later(upgradeHash(row.id, password, passwordHash))
    return toAccount(record)
  }

  /** Writes an account down together with what `beside` gives, all or none. */
  async function insert(
    given: NewAccount,
    beside: (row: AccountRow) => readonly BatchItem<'sqlite'>[],
  ): Promise<Account> {
    const names = namesToKeep(given)
    const { name = null, roles, plan = 'free' } = given
    const row = { id: newId(), ...names, name, roles: [...roles], plan, createdAt: Date.now() }
    const usernameKey = names.username === null ? null : loginKey(names.username)
    const passwordHash = await hash(given.password)
    try {
      await db.batch([
        db.insert(accounts).values({ ...row, usernameKey, number: nextNumber, passwordHash }),
        ...beside(row),
      ])
    } catch (thrown) {
      throw (await findTaken(names)) ?? thrown
    }
    return toAccount(await admin.get(row.id))
  }

  const checkPassword = (login: string, password: string, subject: string): Promise<Account> =>
    loginGuard.run({ login, subject }, () => findByPassword(login, password))

  return {
    ...admin,

    /** The account of whoever knows the password. Throws as `logIn`. */
    checkPassword,

    /** See `update` of account-admin.ts; what is open for the account ends within a second where it may no longer be. */
    async update(...change: Parameters<typeof admin.update>): ReturnType<typeof admin.update> {
      const updated = await admin.update(...change)
      onChange?.(updated.id)
      return updated
    },

    /**
     * The account behind an API key or an access token. Throws `token_expired`, or `unauthenticated`, always in the same
     * words.
     */
    async authenticate(credential: string): Promise<Account> {
      // The cache is keyed by the hash, so that a dump of an isolate's memory holds no secrets of earlier requests.
      return recent.get(await hashSecret(credential), async () => {
        const find = isKey(credential) ? findByKey : findByToken
        const account = await find(credential).catch((thrown) => {
          if (toAppError(thrown).code === 'unauthenticated') return undefined
          throw thrown
        })
        if (!account) throw refused()
        return account
      })
    },

    /**
     * An access token for whoever knows the password. `login` is an email or a username, `subject` the address that it comes
     * from. Throws `unauthenticated`, and `limit_exceeded` after too many failures.
     */
    async logIn(login: string, password: string, subject = 'ip:unknown') {
      const account = await checkPassword(login, password, subject)
      await audit.row({ actorId: account.id, action: 'account.log_in', target: 'access token' })
      return { account, token: await tokens.issue(account), expiresInSeconds: tokens.lifetimeSeconds }
    },

    /**
     * Creates an account; with `actorId`, an administrator's doing, it is recorded. Throws `conflict` with param `email` or
     * `username` when that is taken, and `invalid_request` when one cannot be.
     */
    create: (given: NewAccount, actorId?: string): Promise<Account> =>
      insert(given, ({ createdAt: _, ...after }) =>
        actorId === undefined
          ? []
          : [audit.row({ actorId, action: 'account.create', target: after.id, before: null, after })],
      ),

    /** Creates an account together with its first key, or neither; see `create`. The secret is returned here alone. */
    async createWithKey(
      given: NewAccount,
      key: Pick<NewKey, 'name' | 'kind'>,
    ): Promise<{ account: Account; secret: string }> {
      const { secret, rowFor } = await keys.prepare(key)
      const account = await insert(given, ({ id }) => [rowFor(id)])
      return { account, secret }
    },

    /**
     * The account of an identity provider's subject, made with nothing else at its first request. Throws `unauthenticated`
     * when it is inactive.
     */
    ensureBySubject: (subject: string): Promise<Account> =>
      recent.get(`subject:${subject}`, async () => {
        const find = () => findActive(eq(accounts.subject, subject))
        const known = await find()
        if (known) return known
        await ensureSubject(subject)
        const made = await find()
        if (!made) throw refused()
        return made
      }),

    /**
     * Writes down what a person says of themselves, as often as they like. Their email is a word of theirs, no login. Throws
     * `conflict` with param `email` when another account logs in with it: two are never made one on somebody's word.
     */
    async syncDetails(id: string, { email, givenName, familyName }: PersonDetails): Promise<Account> {
      const contactEmail = email === null ? null : loginKey(email)
      const isElsewhere = sql`exists (select 1 from accounts other
        where other.email = ${contactEmail} and other.id <> ${id})`
      const [row] = await db
        .update(accounts)
        .set({ contactEmail, givenName, familyName })
        .where(and(eq(accounts.id, id), sql`not ${isElsewhere}`))
        .returning(accountColumns)
      if (!row) throw taken('email')
      return toAccount(row)
    },
  }
}
