import { and, desc, eq, isNull, or } from 'drizzle-orm'
import { AppError, toAppError } from '../../shared/errors.ts'
import { type Db, newId } from '../db/client.ts'
import { accounts, apiKeys } from '../db/schema.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { Recent } from './recent.ts'
import { createSecret, equalInConstantTime, hashSecret, prefixOf } from './secrets.ts'
import type { Tokens } from './tokens.ts'

/** How long an isolate trusts what it has read of an account: revoking takes effect within this time everywhere. */
export const ACCOUNT_CACHE_MS = 1_000
const ACCOUNT_CACHE_ENTRIES = 1_000

/** Keys that an account may hold at once. */
export const MAX_KEYS_PER_ACCOUNT = 100

export interface Account {
  id: string
  email: string | null
  username: string | null
  roles: readonly string[]
}

export interface ApiKey {
  id: string
  name: string
  prefix: string
  createdAt: number
}

export interface NewAccount {
  email: string | null
  username: string | null
  password: string
  roles: string[]
}

export type Accounts = ReturnType<typeof createAccounts>

const refused = () => new AppError('unauthenticated', 'The API key or access token is missing or not valid.')

/** Accounts, their keys and their tokens. */
export function createAccounts(db: Db, tokens: Tokens) {
  const recent = new Recent<Account>(ACCOUNT_CACHE_MS, ACCOUNT_CACHE_ENTRIES)
  const columns = {
    id: accounts.id,
    email: accounts.email,
    username: accounts.username,
    roles: accounts.roles,
  }

  async function findByKey(key: string): Promise<Account | undefined> {
    const hash = await hashSecret(key)
    const candidates = await db
      .select({ hash: apiKeys.hash, account: columns })
      .from(apiKeys)
      .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
      .where(and(eq(apiKeys.prefix, prefixOf(key)), isNull(apiKeys.revokedAt), eq(accounts.active, true)))
    return candidates.find((candidate) => equalInConstantTime(candidate.hash, hash))?.account
  }

  async function findByToken(token: string): Promise<Account | undefined> {
    const id = await tokens.verify(token)
    const [account] = await db
      .select(columns)
      .from(accounts)
      .where(and(eq(accounts.id, id), eq(accounts.active, true)))
    return account
  }

  return {
    /** The account behind an API key or an access token. Throws `unauthenticated`, always in the same words. */
    async authenticate(credential: string): Promise<Account> {
      // The cache is keyed by the hash, so that a dump of an isolate's memory holds no secrets of earlier requests.
      return recent.get(await hashSecret(credential), async () => {
        const find = credential.startsWith('sk-') ? findByKey : findByToken
        const account = await find(credential).catch((thrown) => {
          if (toAppError(thrown).code === 'unauthenticated') return undefined
          throw thrown
        })
        if (!account) throw refused()
        return account
      })
    },

    /** An access token for whoever knows the password. `login` is an email or a username. */
    async logIn(login: string, password: string): Promise<{ account: Account; token: string }> {
      const [row] = await db
        .select({ ...columns, passwordHash: accounts.passwordHash, active: accounts.active })
        .from(accounts)
        .where(or(eq(accounts.email, login.toLowerCase()), eq(accounts.username, login)))
        .limit(1)
      const known = await verifyPassword(password, row?.passwordHash)
      if (!row?.active || !known) throw new AppError('unauthenticated', 'The login or the password is wrong.')
      const { passwordHash: _, active: __, ...account } = row
      return { account, token: await tokens.issue(account.id) }
    },

    /** Creates an account; one whose email or username is taken is a `conflict`. */
    async create({ email, username, password, roles }: NewAccount): Promise<Account> {
      const account = { id: newId(), email: email?.toLowerCase() ?? null, username, roles }
      const passwordHash = await hashPassword(password)
      const created = await db
        .insert(accounts)
        .values({ ...account, passwordHash, createdAt: Date.now() })
        .onConflictDoNothing()
        .returning({ id: accounts.id })
      if (created.length === 0) throw new AppError('conflict', 'The email or username is taken.')
      return account
    },

    /** A new key. The secret is returned here and never again. `secret` is given only by the development seed. */
    async createKey(accountId: string, name: string, secret = createSecret('sk-')) {
      const live = await db.$count(apiKeys, and(eq(apiKeys.accountId, accountId), isNull(apiKeys.revokedAt)))
      if (live >= MAX_KEYS_PER_ACCOUNT) {
        throw new AppError(
          'conflict',
          `An account holds at most ${MAX_KEYS_PER_ACCOUNT} keys: revoke one first.`,
        )
      }
      const key: ApiKey = { id: newId(), name, prefix: prefixOf(secret), createdAt: Date.now() }
      await db
        .insert(apiKeys)
        .values({ ...key, accountId, hash: await hashSecret(secret) })
        .onConflictDoNothing()
      return { key, secret }
    },

    /** An account's live keys, newest first. */
    listKeys: (accountId: string): Promise<ApiKey[]> =>
      db
        .select({ id: apiKeys.id, name: apiKeys.name, prefix: apiKeys.prefix, createdAt: apiKeys.createdAt })
        .from(apiKeys)
        .where(and(eq(apiKeys.accountId, accountId), isNull(apiKeys.revokedAt)))
        .orderBy(desc(apiKeys.id)),

    /** Ends a key everywhere within `ACCOUNT_CACHE_MS`. Another account's key does not exist: `not_found`. */
    async revokeKey(accountId: string, keyId: string): Promise<void> {
      const revoked = await db
        .update(apiKeys)
        .set({ revokedAt: Date.now() })
        .where(and(eq(apiKeys.id, keyId), eq(apiKeys.accountId, accountId), isNull(apiKeys.revokedAt)))
        .returning({ id: apiKeys.id })
      if (revoked.length === 0) throw new AppError('not_found', `There is no key '${keyId}'.`)
    },
  }
}
