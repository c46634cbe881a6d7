import { and, eq, type SQL, sql } from 'drizzle-orm'
import { type Claim, claimsOf, type ModelHolding, tunedBaseOf } from '../../../shared/node.ts'
import type { Db } from '../../db/client.ts'
import { nodeModels, nodes } from '../../db/tables/pool.ts'

/** Names that a node has claimed and are kept for it when it no longer serves them; the newest stay. */
export const MAX_KEPT_CLAIMS = 1_024

/** Why a node may not serve a name, or any: it was revoked. */
export type ClaimRefusal = { reason: 'revoked' } | { reason: 'unlisted' | 'taken' | 'reserved'; id: string }

export type ModelClaims = ReturnType<typeof createModelClaims>

/**
 * Which node may serve a model under which name. A name that another node serves or has served is taken with the hash of that
 * one's file: a node that is new to it must have the same file. Not new to it are the node that serves or has served it, so
 * that an owner can replace a file, and one whose join token names it. A token that names models is also the whole of what its
 * node may serve, with the adapters of these models. All of it goes by the hashes that nodes tell: which files a node that
 * lies really has, only a token that names no more than it should can bound.
 */
export function createModelClaims(db: Db) {
  const allowedOf = (nodeId: string): SQL =>
    sql`(SELECT ${nodes.allowedModels} FROM ${nodes} WHERE ${nodes.id} = ${nodeId} AND ${nodes.revokedAt} IS NULL)`

  /** Every claim with the reason for which it is refused; null: it is not. */
  const judged = (nodeId: string, claims: readonly Claim[]): SQL => sql`
    WITH
      allowed(name) AS (SELECT value FROM json_each(${allowedOf(nodeId)})),
      told(id, model, sha256) AS (
        SELECT value ->> 'id', value ->> 'model', value ->> 'sha256' FROM json_each(${JSON.stringify(claims)})),
      judged(id, sha256, reason) AS (
        SELECT id, sha256, CASE
          WHEN id IN (SELECT name FROM allowed) THEN NULL
          WHEN EXISTS (SELECT 1 FROM allowed) AND model NOT IN (SELECT name FROM allowed) THEN 'unlisted'
          WHEN EXISTS (SELECT 1 FROM node_models WHERE node_id = ${nodeId} AND model_id = told.id) THEN NULL
          WHEN EXISTS (SELECT 1 FROM node_models WHERE model_id = told.id AND sha256 = told.sha256) THEN NULL
          WHEN EXISTS (SELECT 1 FROM node_models WHERE model_id = told.id AND sha256 IS NOT NULL) THEN 'taken'
        END FROM told)`

  return {
    /** Notes that a node serves these models. Refuses the first name that it may not serve, and then notes nothing. */
    async claim(nodeId: string, models: readonly ModelHolding[]): Promise<ClaimRefusal | undefined> {
      // The names of what was trained on the pool: an owner of one would be in the way of that for good.
      const reserved = models.find(({ id }) => tunedBaseOf(id) !== undefined)
      if (reserved) return { reason: 'reserved', id: reserved.id }
      const claims = claimsOf(models)
      const isLive = sql`EXISTS (SELECT 1 FROM ${nodes} WHERE ${nodes.id} = ${nodeId} AND ${nodes.revokedAt} IS NULL)`
      const names = sql`(SELECT value FROM json_each(${JSON.stringify(claims.map(({ id }) => id))}))`
      const own = sql`SELECT model_id FROM node_models WHERE node_id = ${nodeId}`
      const [live, refused] = await db.batch([
        db.select({ isLive: sql<number>`${isLive}`.as('is_live') }).from(sql`(SELECT 1)`),
        db
          .select({ id: sql<string>`id`.as('id'), reason: sql<'unlisted' | 'taken'>`reason`.as('reason') })
          .from(
            sql`(${judged(nodeId, claims)} SELECT id, reason FROM judged WHERE reason IS NOT NULL LIMIT 1)`,
          ),
        db
          .insert(nodeModels)
          .select(
            sql`${judged(nodeId, claims)}
              SELECT ${nodeId}, id, sha256, ${Date.now()} FROM judged
              WHERE ${isLive} AND NOT EXISTS (SELECT 1 FROM judged WHERE reason IS NOT NULL)`,
          )
          .onConflictDoUpdate({
            target: [nodeModels.nodeId, nodeModels.modelId],
            set: { sha256: sql`excluded.sha256` },
            setWhere: sql`excluded.sha256 IS NOT NULL AND excluded.sha256 IS NOT ${nodeModels.sha256}`,
          }),
        // Behind the insert: names that are not there were refused, and then nothing is let go of.
        db
          .delete(nodeModels)
          .where(
            and(
              eq(nodeModels.nodeId, nodeId),
              sql`NOT EXISTS (SELECT 1 FROM ${names} WHERE value NOT IN (${own}))`,
              sql`${nodeModels.modelId} NOT IN ${names}`,
              sql`${nodeModels.modelId} NOT IN (${own} ORDER BY created_at DESC, rowid DESC LIMIT ${MAX_KEPT_CLAIMS})`,
            ),
          ),
      ])
      if (live[0]?.isLive !== 1) return { reason: 'revoked' }
      return refused[0]
    },
  }
}
