import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { tunedSuffix } from '../../../shared/node.ts'
import { DAY_SECONDS } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { joinTokens, nodeModels, nodes } from '../../db/tables/pool.ts'
import type { Audit } from '../audit.ts'
import { createSecret, hashSecret } from '../secrets/secrets.ts'
import type { Directory } from './directory.ts'
import { poolMetrics } from './figures/metrics.ts'
import type { NodeLinkStub } from './node-link.ts'
import { continentOf } from './places.ts'

/** How long a join token may be used, unless its maker says otherwise. */
export const JOIN_TOKEN_LIFETIME_SECONDS = 60 * 60
export const MAX_JOIN_TOKEN_LIFETIME_SECONDS = 7 * DAY_SECONDS

/** How long a drained node may go on with what runs, unless the administrator says otherwise. */
export const DRAIN_LIMIT_SECONDS = 30
export const MAX_DRAIN_LIMIT_SECONDS = 60 * 60

/** Characters of a node's name. */
export const MAX_NODE_NAME_LENGTH = 100

export interface KnownNode {
  id: string
  name: string
  createdAt: number
  /** The models that its join token named; null: it named none. */
  allowedModels: readonly string[] | null
}

export interface Invitation {
  name: string
  lifetimeSeconds?: number
  /** The models that its node may serve, with their adapters. Null: all that no other node serves with another file. */
  allowedModels?: readonly string[] | null
}

export interface NodesOptions {
  db: Db
  audit: Audit
  /** The link of a node. */
  nodeLink: (nodeId: string) => Pick<NodeLinkStub, 'fetch' | 'drain' | 'revoke' | 'withdraw'>
  /** As it stands, from no cache. */
  directory: Directory
}

export type Nodes = ReturnType<typeof createNodes>

const unusable = () => new AppError('unauthenticated', 'The join token is unknown, used or expired.')

/** Which machines may dial in, by what right, and what they report. */
export function createNodes({ db, audit, nodeLink, directory }: NodesOptions) {
  const live = (id: string) => and(eq(nodes.id, id), isNull(nodes.revokedAt))
  /** The jobs that a node holds. */
  const jobs = sql`(
    SELECT json_group_array(json_object('id', job.id, 'state', job.state)) FROM training_jobs job
    WHERE job.node_id = nodes.id AND job.state IN ('running', 'pausing', 'cancelling'))`
    // As the statement says.
    .mapWith((text: string): { id: string; state: string }[] => JSON.parse(text))
    .as('jobs')
  const known = {
    id: nodes.id,
    name: nodes.name,
    createdAt: nodes.createdAt,
    allowedModels: nodes.allowedModels,
  }

  return {
    /** A single-use invitation for one node. The token is returned here and never again. */
    async createJoinToken(
      accountId: string,
      { name, lifetimeSeconds = JOIN_TOKEN_LIFETIME_SECONDS, allowedModels = null }: Invitation,
    ) {
      const token = createSecret('swj_')
      const createdAt = Date.now()
      const expiresAt = createdAt + lifetimeSeconds * 1000
      const row = { name, createdBy: accountId, createdAt, expiresAt, allowedModels }
      const after = { name, expiresAt, allowedModels }
      await db.batch([
        db.insert(joinTokens).values({ hash: await hashSecret(token), ...row }),
        audit.row({ actorId: accountId, action: 'node.invite', target: name, before: null, after }),
      ])
      return { token, name, expiresAt, allowedModels }
    },

    /**
     * Exchanges a join token for a node's own credential. Both writes happen or neither, and of two nodes that
     * present the same token one gets it. Throws `unauthenticated` for a token that is unknown, used or expired.
     */
    async join(token: string, name: string | undefined) {
      const hash = await hashSecret(token)
      const credential = createSecret('swn_')
      const credentialHash = await hashSecret(credential)
      const id = newId()
      const now = Date.now()
      const usable = and(eq(joinTokens.hash, hash), isNull(joinTokens.usedAt), gt(joinTokens.expiresAt, now))
      // What the node does is the doing of whoever invited it.
      const { createdBy, name: invitedAs } = joinTokens
      const [invitation] = await db.select({ createdBy, invitedAs }).from(joinTokens).where(usable)
      if (!invitation) throw unusable()
      const [created] = await db.batch([
        db
          .insert(nodes)
          .select(
            db
              .select({
                id: sql`${id}`.as('id'),
                name: sql`coalesce(${name ?? null}, ${joinTokens.name})`.as('name'),
                credentialHash: sql`${credentialHash}`.as('credential_hash'),
                createdAt: sql`${now}`.as('created_at'),
                revokedAt: sql`null`.as('revoked_at'),
                allowedModels: joinTokens.allowedModels,
              })
              .from(joinTokens)
              .where(usable),
          )
          .returning({ id: nodes.id, name: nodes.name }),
        audit.rowWhere(
          {
            actorId: invitation.createdBy,
            action: 'node.join',
            target: id,
            after: { name: name ?? invitation.invitedAs },
          },
          nodes,
          eq(nodes.id, id),
        ),
        db.update(joinTokens).set({ usedAt: now }).where(usable),
      ])
      const [node] = created
      if (!node) throw unusable()
      return { id: node.id, name: node.name, credential }
    },

    /** The node behind a credential. Throws `unauthenticated`, always in the same words. */
    async authenticate(credential: string): Promise<KnownNode> {
      const [node] = await db
        .select(known)
        .from(nodes)
        .where(and(eq(nodes.credentialHash, await hashSecret(credential)), isNull(nodes.revokedAt)))
      if (!node) throw new AppError('unauthenticated', 'The node credential is unknown or revoked.')
      return node
    },

    /** Hands an authenticated node's upgrade to the object that keeps its link. */
    link(node: KnownNode, request: Request): Promise<Response> {
      const headers = new Headers(request.headers)
      headers.set('x-node-id', node.id)
      headers.delete('authorization')
      headers.delete('x-node-place')
      const place = continentOf(request.cf)
      if (place !== undefined) headers.set('x-node-place', place)
      return nodeLink(node.id).fetch(new Request(request, { headers }))
    },

    /** The last hour of each node, for plots. */
    history: directory.history,

    /** The pool in Prometheus' text format. */
    metrics: async (): Promise<string> => poolMetrics(await directory.snapshot()),

    /** Every node that may dial in, with what its link and its last hello say. */
    async list() {
      const [rows, snapshot] = await Promise.all([
        db
          .select({ ...known, jobs })
          .from(nodes)
          .where(isNull(nodes.revokedAt))
          .orderBy(nodes.id),
        directory.snapshot(),
      ])
      const views = new Map(snapshot.map((view) => [view.nodeId, view]))
      return rows.map((node) => ({ ...node, view: views.get(node.id) }))
    },

    /** A node's name; null for one that is no more. */
    async nameOf(id: string): Promise<string | null> {
      const [node] = await db.select({ name: nodes.name }).from(nodes).where(eq(nodes.id, id))
      return node?.name ?? null
    },

    async get(id: string) {
      const [node] = await db
        .select({ ...known, jobs })
        .from(nodes)
        .where(live(id))
      if (!node) throw new AppError('not_found', `There is no node '${id}'.`)
      return { ...node, view: await directory.view(id) }
    },

    /** Lets a node finish what runs within `limitSeconds`, then leave; new calls go elsewhere from now on. */
    async drain(id: string, actorId: string, limitSeconds = DRAIN_LIMIT_SECONDS): Promise<void> {
      const [node] = await db.select(known).from(nodes).where(live(id))
      if (!node) throw new AppError('not_found', `There is no node '${id}'.`)
      const isThere = await nodeLink(id).drain(limitSeconds * 1000)
      if (!isThere) throw new AppError('conflict', `The node '${id}' is not connected.`)
      await audit.row({ actorId, action: 'node.drain', target: id, before: null, after: { limitSeconds } })
    },

    /** Tells the nodes that hold these adapters, by the ids of their suffixes, that they are no more. */
    async withdrawAdapters(ids: readonly string[]): Promise<void> {
      const suffixes = new Set(ids.map(tunedSuffix))
      const holders = (await directory.snapshot()).filter(
        ({ linked, hello }) =>
          linked &&
          hello.models.some(({ adapters = [] }) => adapters.some(({ suffix }) => suffixes.has(suffix))),
      )
      await Promise.all(holders.map(({ nodeId }) => nodeLink(nodeId).withdraw(ids)))
    },

    /**
     * Revokes a node's credential and closes its link at once; its calls fail, and its names are free. The link is told first, and lets nobody in from
     * then on: when the rest fails, the node is still there to be revoked again.
     */
    async revoke(id: string, actorId: string): Promise<void> {
      const [before] = await db.select(known).from(nodes).where(live(id))
      if (!before) throw new AppError('not_found', `There is no node '${id}'.`)
      await nodeLink(id).revoke()
      const revokedAt = Date.now()
      await db.batch([
        db.update(nodes).set({ revokedAt }).where(live(id)),
        db.delete(nodeModels).where(eq(nodeModels.nodeId, id)),
        audit.row({ actorId, action: 'node.revoke', target: id, before, after: { revokedAt } }),
      ])
    },
  }
}
