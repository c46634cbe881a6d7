import { and, desc, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import type { KeyKind } from '../../../shared/ids.ts'
import { type Db, newId } from '../../db/client.ts'
import { accounts, apiKeys, modelRecords } from '../../db/tables/accounts.ts'
import { createAudit } from '../audit.ts'
import { createSecret, equalInConstantTime, hashSecret, prefixOf } from '../secrets/secrets.ts'
import { accountColumns, type KeyGrant } from './account-row.ts'

/** Keys that an account may hold at once. */
export const MAX_KEYS_PER_ACCOUNT = 100

/** The time of a key's last use is written at most once in this time. */
export const LAST_USED_STEP_MS = 60_000

/** The scopes that a key can be narrowed to: running models, its account's files, its own account, the deployment. */
export const SCOPES = ['inference', 'files', 'account', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

export interface ApiKey extends KeyGrant {
  name: string
  prefix: string
  createdAt: number
  expiresAt: number | null
  lastUsedAt: number | null
}

export interface NewKey {
  accountId: string
  name: string
  kind?: KeyKind
  scopes?: readonly string[] | null
  /** One of the account's models, which becomes the only one that the key may use. */
  modelId?: string | null
  expiresAt?: number | null
  /** The key that makes it, with which it is revoked. */
  parentId?: string | null
  /** Given only by the development seed. */
  secret?: string
}

export type Keys = ReturnType<typeof createKeys>

/** The scopes of a key; null is everything. One that is bound to a model is for running that model. */
export const scopesOf = ({ scopes, model }: KeyGrant): readonly string[] | null =>
  model ? ['inference'] : scopes

/** Whether whoever speaks for the account may do what a scope stands for: everything, without a key. */
export function mayUse({ key }: { key?: KeyGrant }, scope: Scope): boolean {
  const scopes = key && scopesOf(key)
  return !scopes || scopes.includes(scope)
}

/** Throws `forbidden`, naming the scope, when a key speaks for the account that was not given it. */
export function requireScope(account: { key?: KeyGrant }, scope: Scope): void {
  if (!mayUse(account, scope)) {
    throw new AppError('forbidden', `This API key lacks the scope '${scope}'.`)
  }
}

/** The role without which a scope opens nothing; null where any account fills it. */
const ROLE_OF_SCOPE: Record<Scope, string | null> = {
  inference: null,
  files: null,
  account: null,
  admin: 'admin',
}

/**
 * The scopes that a caller may give to a key that it makes: none that its account cannot fill, and, if it is a key itself,
 * no more than it has. Without `scopes`, all that it has. Throws `forbidden` with param `scopes`, naming the scope.
 */
export function passedOn(
  { key, roles }: { key?: KeyGrant; roles: readonly string[] },
  scopes: readonly Scope[] | null,
): readonly string[] | null {
  const unfilled = scopes?.find((scope) => {
    const role = ROLE_OF_SCOPE[scope]
    return role !== null && !roles.includes(role)
  })
  if (unfilled) {
    throw new AppError(
      'forbidden',
      `Your account cannot give a key the scope '${unfilled}': it lacks the role '${ROLE_OF_SCOPE[unfilled]}'.`,
      { param: 'scopes' },
    )
  }
  const own = key ? scopesOf(key) : null
  const excess = scopes?.find((scope) => own && !own.includes(scope))
  if (excess) {
    throw new AppError('forbidden', `This API key lacks the scope '${excess}' itself.`, { param: 'scopes' })
  }
  return scopes ?? own
}

/** When a key ends that is made by a caller who asks for `expiresAt` (null: never): no later than a key that makes it. */
export function endPassedOn(
  { key, credentialEndsAt }: { key?: KeyGrant; credentialEndsAt?: number },
  expiresAt: number | null,
): number | null {
  if (!key || credentialEndsAt === undefined) return expiresAt
  return Math.min(expiresAt ?? credentialEndsAt, credentialEndsAt)
}

/** A key that was neither revoked nor is over. */
export const isLive = (now: number) =>
  and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)))

const modelColumns = { id: modelRecords.id, name: modelRecords.name, baseModel: modelRecords.baseModel }

/** API keys: shown once, kept as a hash, found by how they begin. */
export function createKeys(db: Db, onRevoke?: (accountId: string) => void) {
  const audit = createAudit(db)

  async function explainRefusal({ accountId, modelId, parentId }: NewKey): Promise<AppError> {
    // An isolate may still trust a key that was revoked a moment ago.
    const isParentGone =
      parentId && !(await db.$count(apiKeys, and(eq(apiKeys.id, parentId), isNull(apiKeys.revokedAt))))
    if (isParentGone) return new AppError('unauthenticated', 'The key that asks was revoked.')
    const known =
      modelId &&
      (await db.$count(
        modelRecords,
        and(eq(modelRecords.id, modelId), eq(modelRecords.accountId, accountId)),
      ))
    if (modelId && !known) {
      return new AppError('not_found', `There is no model '${modelId}'.`, { param: 'modelId' })
    }
    return new AppError(
      'conflict',
      `An account holds at most ${MAX_KEYS_PER_ACCOUNT} keys: revoke one first.`,
    )
  }

  const select = (condition: SQL | undefined): Promise<ApiKey[]> =>
    db
      .select({
        id: apiKeys.id,
        scopes: apiKeys.scopes,
        model: modelColumns,
        name: apiKeys.name,
        prefix: apiKeys.prefix,
        createdAt: apiKeys.createdAt,
        expiresAt: apiKeys.expiresAt,
        lastUsedAt: apiKeys.lastUsedAt,
      })
      .from(apiKeys)
      .leftJoin(modelRecords, eq(modelRecords.id, apiKeys.modelId))
      .where(condition)
      .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))

  const findLive = (condition: SQL) =>
    db
      .select({
        account: accountColumns,
        keyId: apiKeys.id,
        scopes: apiKeys.scopes,
        model: modelColumns,
        hash: apiKeys.hash,
        lastUsedAt: apiKeys.lastUsedAt,
        expiresAt: apiKeys.expiresAt,
        isSeeded: accounts.isSeeded,
      })
      .from(apiKeys)
      .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
      .leftJoin(modelRecords, eq(modelRecords.id, apiKeys.modelId))
      .where(and(condition, isLive(Date.now()), eq(accounts.active, true)))

  return {
    /**
     * A new key; the secret is returned here and never again. Throws `conflict` at the limit and `not_found` with param
     * `modelId` when the model is not one of the account's.
     */
    async create(given: NewKey): Promise<{ key: ApiKey; secret: string }> {
      const {
        accountId,
        name,
        kind = 'sk-',
        scopes = null,
        modelId = null,
        expiresAt = null,
        parentId = null,
      } = given
      const secret = given.secret ?? createSecret(kind)
      const id = newId()
      const now = Date.now()
      // Whoever makes and revokes keys again and again leaves no rows behind.
      await db.delete(apiKeys).where(and(eq(apiKeys.accountId, accountId), sql`not (${isLive(now)})`))
      const after = { name, prefix: prefixOf(secret), scopes, modelId, expiresAt, parentId }
      // Counted by the statement that inserts: two that come at the same time cannot both take the last place.
      const insert = db
        .insert(apiKeys)
        // All columns in the order of the table.
        .select(sql`
        SELECT ${id}, ${accountId}, ${name}, ${prefixOf(secret)}, ${await hashSecret(secret)},
          ${scopes && JSON.stringify(scopes)}, ${modelId}, ${now}, ${expiresAt}, NULL, NULL, ${parentId}
        WHERE (SELECT count(*) FROM ${apiKeys} WHERE ${eq(apiKeys.accountId, accountId)} AND ${isLive(now)})
            < ${MAX_KEYS_PER_ACCOUNT}
          AND (${parentId} IS NULL OR EXISTS (
            SELECT 1 FROM ${apiKeys} WHERE ${apiKeys.id} = ${parentId} AND ${apiKeys.revokedAt} IS NULL))
          AND (${modelId} IS NULL OR EXISTS (
            SELECT 1 FROM ${modelRecords} WHERE ${modelRecords.id} = ${modelId} AND ${modelRecords.accountId} = ${accountId}))`)
        .onConflictDoNothing({ target: apiKeys.hash })
      const [{ meta }] = await db.batch([
        insert,
        audit.rowWhere(
          { actorId: accountId, action: 'key.create', target: id, after },
          apiKeys,
          eq(apiKeys.id, id),
        ),
      ])
      if (meta.changes === 0) throw await explainRefusal(given)
      const [key] = await select(eq(apiKeys.id, id))
      if (!key) throw new Error('The key that was made is not there.')
      return { key, secret }
    },

    /** A key for an account that is made in the same batch, as its first one. */
    async prepare({ name, kind = 'sk-' }: Pick<NewKey, 'name' | 'kind'>) {
      const secret = createSecret(kind)
      const row = { id: newId(), name, prefix: prefixOf(secret), hash: await hashSecret(secret) }
      const rowFor = (accountId: string) =>
        db.insert(apiKeys).values({ ...row, accountId, createdAt: Date.now() })
      return { secret, rowFor }
    },

    /** An account's live keys, newest first. */
    list: (accountId: string): Promise<ApiKey[]> =>
      select(and(eq(apiKeys.accountId, accountId), isLive(Date.now()))),

    /**
     * Ends a key, and all that it has made, everywhere within `ACCOUNT_CACHE_MS`; all of them or none. Another account's key
     * does not exist: `not_found`.
     */
    async revoke(accountId: string, keyId: string): Promise<void> {
      const unrevoked = and(
        eq(apiKeys.id, keyId),
        eq(apiKeys.accountId, accountId),
        isNull(apiKeys.revokedAt),
      )
      const ended = sql`(
        WITH RECURSIVE ended(id) AS (
          SELECT id FROM api_keys WHERE id = ${keyId} AND account_id = ${accountId} AND revoked_at IS NULL
          UNION SELECT api_keys.id FROM api_keys JOIN ended ON api_keys.parent_id = ended.id)
        SELECT id FROM ended)`
      const revocation = db
        .update(apiKeys)
        .set({ revokedAt: Date.now() })
        .where(and(sql`${apiKeys.id} IN ${ended}`, isNull(apiKeys.revokedAt)))
      const [, { meta }] = await db.batch([
        audit.rowWhere({ actorId: accountId, action: 'key.revoke', target: keyId }, apiKeys, unrevoked),
        revocation,
      ])
      if (meta.changes === 0) throw new AppError('not_found', `There is no key '${keyId}'.`)
      onRevoke?.(accountId)
    },

    /** The live key with this secret, and the active account that it stands for. */
    async find(secret: string) {
      const hash = await hashSecret(secret)
      const candidates = await findLive(eq(apiKeys.prefix, prefixOf(secret)))
      return candidates.find((candidate) => equalInConstantTime(candidate.hash, hash))
    },

    /** The live key with this id, and the active account that it stands for. */
    async findById(keyId: string) {
      const [found] = await findLive(eq(apiKeys.id, keyId))
      return found
    },

    /** Notes that a key was used now; whoever else noted it within `LAST_USED_STEP_MS` was enough. */
    async noteUse(keyId: string): Promise<void> {
      const now = Date.now()
      const isDue = sql`coalesce(${apiKeys.lastUsedAt}, 0) <= ${now - LAST_USED_STEP_MS}`
      await db
        .update(apiKeys)
        .set({ lastUsedAt: now })
        .where(and(eq(apiKeys.id, keyId), isDue))
    },
  }
}
