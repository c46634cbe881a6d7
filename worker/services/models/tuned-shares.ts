import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { type Db, newId } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import { tunedModelShares } from '../../db/tables/tuned-models.ts'
import { createAudit } from '../audit.ts'
import type { Viewer } from '../inference/tuned-target.ts'
import type { TunedModels } from './tuned-models.ts'

/** Accounts that one model may be shared with. */
export const MAX_SHARES = 100

/** An account's permission to use a model of another one. */
export interface TunedShare {
  id: string
  accountId: string
  createdAt: number
}

export interface ShareFilter {
  limit: number
  /** The id of the permission before the first. */
  after?: string | undefined
  /** By age; the newest first where nothing is said. */
  order?: 'ascending' | 'descending' | undefined
  /** The permission of this account alone. */
  accountId?: string | undefined
}

export type TunedShares = ReturnType<typeof createTunedShares>

/** Who may use whose models: a model's account and administrators share it, and nobody else. */
export function createTunedShares(
  db: Db,
  tunedModels: Pick<TunedModels, 'owned'>,
  now: () => number = Date.now,
) {
  const { id, modelId, accountId, createdAt } = tunedModelShares
  const columns = { id, accountId, createdAt }
  const audit = createAudit(db, now)

  async function requireAccounts(accountIds: readonly string[]): Promise<void> {
    const known = await db
      .select({ id: accounts.id })
      .from(accounts)
      .where(sql`${accounts.id} in (select value from json_each(${JSON.stringify(accountIds)}))`)
    const missing = accountIds.find((account) => !known.some((row) => row.id === account))
    if (missing === undefined) return
    throw new AppError('not_found', `There is no account '${missing}'.`, { param: 'project_ids' })
  }

  const tooMany = () =>
    new AppError('conflict', `A model is shared with at most ${MAX_SHARES} accounts.`, {
      param: 'project_ids',
    })

  return {
    /**
     * Lets accounts use a model; those that may already keep their permission. All of them or none. Throws what `owned` of the
     * models does, `not_found` for an account that is not there, and `conflict` beyond `MAX_SHARES`.
     */
    async share(name: string, viewer: Viewer, accountIds: readonly string[]): Promise<TunedShare[]> {
      const model = await tunedModels.owned(name, viewer)
      const asked = [...new Set(accountIds)]
      if (asked.length > MAX_SHARES) throw tooMany()
      await requireAccounts(asked)
      const rows = asked.map((account) => [newId(), account])
      const list = JSON.stringify(asked)
      // Counted by the statement that inserts: two that come at the same time cannot both take the last place.
      const insert = db
        .insert(tunedModelShares)
        .select(sql`
        SELECT json_extract(value, '$[0]'), ${model.id}, json_extract(value, '$[1]'), ${now()}
        FROM json_each(${JSON.stringify(rows)})
        WHERE (SELECT count(*) FROM tuned_model_shares WHERE model_id = ${model.id}
            AND account_id NOT IN (SELECT value FROM json_each(${list}))) + ${asked.length} <= ${MAX_SHARES}`)
        .onConflictDoNothing({ target: [modelId, accountId] })
      const shared = and(eq(modelId, model.id), sql`${accountId} in (select value from json_each(${list}))`)
      const [{ meta }] = await db.batch([
        insert,
        audit.rowWhere(
          { actorId: viewer.accountId, action: 'model.share', target: name, after: { accounts: asked } },
          tunedModelShares,
          shared,
        ),
      ])
      const shares = await db
        .select(columns)
        .from(tunedModelShares)
        .where(shared)
        .orderBy(asc(createdAt), asc(id))
      if (meta.changes === 0 && shares.length < asked.length) throw tooMany()
      return shares
    },

    /** A page of those who may use a model, and whether there are more. Throws what `owned` of the models does. */
    async listShares(
      name: string,
      viewer: Viewer,
      { limit, after, order = 'descending', accountId: only }: ShareFilter,
    ): Promise<{ shares: TunedShare[]; hasMore: boolean }> {
      const model = await tunedModels.owned(name, viewer)
      const isAscending = order === 'ascending'
      const rows = await db
        .select(columns)
        .from(tunedModelShares)
        .where(
          and(
            eq(modelId, model.id),
            only === undefined ? undefined : eq(accountId, only),
            after === undefined ? undefined : isAscending ? gt(id, after) : lt(id, after),
          ),
        )
        .orderBy(isAscending ? asc(id) : desc(id))
        .limit(limit + 1)
      return { shares: rows.slice(0, limit), hasMore: rows.length > limit }
    },

    /** Takes a permission back. Throws what `owned` of the models does, and `not_found` for one that is not there. */
    async unshare(name: string, viewer: Viewer, shareId: string): Promise<void> {
      const model = await tunedModels.owned(name, viewer)
      const condition = and(eq(id, shareId), eq(modelId, model.id))
      const [, { meta }] = await db.batch([
        audit.rowWhere(
          { actorId: viewer.accountId, action: 'model.unshare', target: name },
          tunedModelShares,
          condition,
        ),
        db.delete(tunedModelShares).where(condition),
      ])
      if (meta.changes === 0) throw new AppError('not_found', `There is no permission '${shareId}'.`)
    },
  }
}
