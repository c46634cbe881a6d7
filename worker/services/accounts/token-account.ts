import { and, eq, lt, type SQL, sql } from 'drizzle-orm'
import { accounts } from '../../db/tables/accounts.ts'
import type { Account } from './account-row.ts'
import type { Keys } from './keys.ts'
import type { SessionStore } from './session-store.ts'
import type { Tokens } from './tokens.ts'

export interface TokenAccountOptions {
  tokens: Tokens
  sessions: Pick<SessionStore, 'find'>
  keys: Pick<Keys, 'findById'>
  /** The account of a condition that may come in. */
  findActive: (condition: SQL | undefined) => Promise<Account | undefined>
}

/** Whether a token of that time is younger than the password. Tokens count in whole seconds: those of the same one stay. */
const isAfterChange = (issuedAt: number) =>
  lt(sql`coalesce(${accounts.passwordChangedAt}, 0)`, issuedAt + 1_000)

/** The account that an access token speaks for, and how far. Throws as `verify` of tokens.ts. */
export function createTokenAccount({ tokens, sessions, keys, findActive }: TokenAccountOptions) {
  /** With no more rights than the key that the browser signed in with. */
  async function findBySession(
    sessionId: string,
    { subject, expiresAt }: { subject: string; expiresAt: number },
  ): Promise<Account | undefined> {
    const session = await sessions.find(sessionId)
    if (session?.accountId !== subject) return undefined
    const account = await findActive(eq(accounts.id, subject))
    if (!account) return undefined
    if (session.keyId === null) return { ...account, credentialEndsAt: expiresAt, sessionId }
    const key = await keys.findById(session.keyId)
    if (!key) return undefined
    const credentialEndsAt = Math.min(expiresAt, key.expiresAt ?? expiresAt)
    const grant = { id: key.keyId, scopes: key.scopes, model: key.model }
    return { ...account, credentialEndsAt, sessionId, key: grant }
  }

  return async (token: string): Promise<Account | undefined> => {
    const { subject, expiresAt, issuedAt, sessionId } = await tokens.verify(token)
    if (sessionId !== undefined) return findBySession(sessionId, { subject, expiresAt })
    const account = await findActive(and(eq(accounts.id, subject), isAfterChange(issuedAt)))
    return account && { ...account, credentialEndsAt: expiresAt }
  }
}
