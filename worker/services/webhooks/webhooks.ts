import { and, asc, eq, ne, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { newId } from '../../db/client.ts'
import {
  TEST_EVENT,
  type WebhookEventType,
  webhookDeliveries,
  webhookEndpoints,
  webhookEvents,
} from '../../db/tables/webhooks.ts'
import { createAudit } from '../audit.ts'
import { sweep } from '../sweep.ts'
import { createDeliveries, type DeliveriesOptions, type Delivery, type DeliveryPage } from './deliveries.ts'
import { type EndpointSecrets, OVERLAP_MS } from './endpoint-secrets.ts'
import { MAX_PENDING_MESSAGES, payloadOf } from './events.ts'
import { checkedTarget } from './targets.ts'

/** Endpoints that an account may have. */
export const MAX_ENDPOINTS_PER_ACCOUNT = 10

/** An endpoint, without its secrets. */
export type WebhookEndpoint = Omit<
  typeof webhookEndpoints.$inferSelect,
  'secret' | 'previousSecret' | 'sealedBy'
>

export interface NewEndpoint {
  url: string
  events: readonly WebhookEventType[]
  description?: string | null | undefined
}

/** A change of an endpoint. One that is enabled again begins as if it had never failed. */
export interface EndpointPatch {
  url?: string | undefined
  events?: readonly WebhookEventType[] | undefined
  description?: string | null | undefined
  isEnabled?: boolean | undefined
}

export interface WebhooksOptions extends DeliveriesOptions {
  secrets: EndpointSecrets
  isDevelopment: boolean
}

export type Webhooks = ReturnType<typeof createWebhooks>

type Row = typeof webhookEndpoints.$inferSelect

const shown = ({
  secret: _secret,
  previousSecret: _previous,
  sealedBy: _by,
  ...endpoint
}: Row): WebhookEndpoint => endpoint

const missing = () => new AppError('not_found', 'There is no such webhook.', { param: 'webhook_id' })

/** As much of an address as anybody but its account is to read: its path may hold a secret. */
const hostOf = (url: string | undefined) => (url === undefined ? undefined : new URL(url).host)

const disabledByOwner = 'Its owner has disabled it.'

/** The endpoints at which accounts are told of events. Whatever belongs to another account does not exist. */
export function createWebhooks(options: WebhooksOptions) {
  const { db, ring, secrets, isDevelopment, now = Date.now } = options
  const audit = createAudit(db, now)
  const deliveries = createDeliveries(options)

  const ownedBy = (accountId: string, id: string) =>
    and(eq(webhookEndpoints.id, id), eq(webhookEndpoints.accountId, accountId))

  async function find(accountId: string, id: string): Promise<Row> {
    const [row] = await db.select().from(webhookEndpoints).where(ownedBy(accountId, id))
    if (!row) throw missing()
    return row
  }

  /** An endpoint that can be sent something more. */
  async function findEnabled(accountId: string, id: string): Promise<Row> {
    const row = await find(accountId, id)
    if (row.disabledAt !== null)
      throw new AppError('conflict', 'The webhook is disabled: enable it first.', { param: 'webhook_id' })
    if (row.pending >= MAX_PENDING_MESSAGES)
      throw new AppError('limit_exceeded', `${MAX_PENDING_MESSAGES} messages wait for this webhook already.`)
    return row
  }

  /** The record of what an account does to an endpoint of its own, where there is one. */
  const recorded = (accountId: string, action: string, id: string, after?: object) =>
    audit.rowWhere(
      { actorId: accountId, action, target: id, after },
      webhookEndpoints,
      ownedBy(accountId, id),
    )

  async function change(
    { accountId, id, action, after }: { accountId: string; id: string; action: string; after?: object },
    set: Partial<Row>,
  ): Promise<WebhookEndpoint> {
    const [[row]] = await db.batch([
      db
        .update(webhookEndpoints)
        .set({ ...set, updatedAt: now() })
        .where(ownedBy(accountId, id))
        .returning(),
      recorded(accountId, action, id, after),
    ])
    if (!row) throw missing()
    return shown(row)
  }

  return {
    /** Makes an endpoint. Its secret is shown here, and never again. Throws `invalid_request` and `limit_exceeded`. */
    async create(
      accountId: string,
      { url, events, description = null }: NewEndpoint,
    ): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
      checkedTarget(url, { isDevelopment })
      const id = newId()
      const time = now()
      const secret = secrets.create()
      const [sealed, sealedBy] = await Promise.all([secrets.seal(id, secret), secrets.sealedBy()])
      const row = { id, accountId, url, events: [...events], description, secret: sealed, sealedBy }
      const others = db.$count(webhookEndpoints, eq(webhookEndpoints.accountId, accountId))
      // In one transaction: of many at once, no more are left than may be.
      const [[created], removed] = await db.batch([
        db
          .insert(webhookEndpoints)
          .values({ ...row, createdAt: time, updatedAt: time })
          .returning(),
        db
          .delete(webhookEndpoints)
          .where(and(eq(webhookEndpoints.id, id), sql`(${others}) > ${MAX_ENDPOINTS_PER_ACCOUNT}`))
          .returning({ id: webhookEndpoints.id }),
        recorded(accountId, 'webhook.create', id, { host: hostOf(url), events }),
      ])
      if (!created || removed.length > 0) {
        const message = `An account has at most ${MAX_ENDPOINTS_PER_ACCOUNT} webhooks.`
        throw new AppError('limit_exceeded', message)
      }
      return { endpoint: shown(created), secret }
    },

    /** The oldest first; there are few. */
    async list(accountId: string): Promise<WebhookEndpoint[]> {
      const rows = await db
        .select()
        .from(webhookEndpoints)
        .where(eq(webhookEndpoints.accountId, accountId))
        .orderBy(asc(webhookEndpoints.createdAt), asc(webhookEndpoints.id))
      return rows.map(shown)
    },

    /** Each of those below throws `not_found`. */
    get: async (accountId: string, id: string): Promise<WebhookEndpoint> => shown(await find(accountId, id)),

    /** Throws `invalid_request`. What waits for an endpoint that is disabled is given up. */
    async update(accountId: string, id: string, patch: EndpointPatch): Promise<WebhookEndpoint> {
      const { url, events, description, isEnabled } = patch
      if (url !== undefined) checkedTarget(url, { isDevelopment })
      const before = await find(accountId, id)
      const { disabledAt } = before
      const enabled = { disabledAt: null, disabledReason: null, failingSince: null }
      const after = { host: hostOf(url), events, isEnabled }
      const updated = await change(
        { accountId, id, action: 'webhook.update', after },
        {
          ...(url !== undefined && { url }),
          // What failed at another address says nothing of this one.
          ...(url !== undefined && url !== before.url && { failingSince: null }),
          ...(events && { events: [...events] }),
          ...(description !== undefined && { description }),
          ...(isEnabled === true && disabledAt !== null && enabled),
          ...(isEnabled === false &&
            disabledAt === null && { disabledAt: now(), disabledReason: disabledByOwner }),
        },
      )
      if (isEnabled !== undefined) await ring(id)
      return updated
    },

    /** Nothing more is sent to it; its messages go with it. */
    async remove(accountId: string, id: string): Promise<void> {
      const [, removed] = await db.batch([
        recorded(accountId, 'webhook.delete', id),
        db.delete(webhookEndpoints).where(ownedBy(accountId, id)).returning({ id: webhookEndpoints.id }),
      ])
      if (removed.length === 0) throw missing()
    },

    /** A new secret, shown here and never again. The one before it signs too for `OVERLAP_MS`, and none before that. */
    async rotate(accountId: string, id: string): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
      const before = await find(accountId, id)
      const secret = secrets.create()
      const [sealed, sealedBy, kept] = await Promise.all([
        secrets.seal(id, secret),
        secrets.sealedBy(),
        secrets.resealed(before),
      ])
      const endpoint = await change(
        { accountId, id, action: 'webhook.rotate' },
        {
          secret: sealed,
          sealedBy,
          previousSecret: kept?.secret ?? null,
          previousUntil: kept ? now() + OVERLAP_MS : null,
        },
      )
      return { endpoint, secret }
    },

    /** Sends a message that tells of nothing. Throws `conflict` where the endpoint is disabled. */
    async test(accountId: string, id: string): Promise<Delivery> {
      await findEnabled(accountId, id)
      const eventId = newId()
      const time = now()
      const payload = payloadOf(TEST_EVENT, { webhook_id: `we_${id}` }, time)
      const sizeBytes = new TextEncoder().encode(payload).length
      await db.batch([
        db
          .insert(webhookEvents)
          .values({ id: eventId, accountId, type: TEST_EVENT, payload, sizeBytes, createdAt: time }),
        db
          .insert(webhookDeliveries)
          .values({ endpointId: id, eventId, state: 'pending', attempts: 0, nextAt: time, createdAt: time }),
        db
          .update(webhookEndpoints)
          .set({
            pending: sql`${webhookEndpoints.pending} + 1`,
            pendingBytes: sql`${webhookEndpoints.pendingBytes} + ${sizeBytes}`,
          })
          .where(eq(webhookEndpoints.id, id)),
      ])
      await ring(id)
      return await deliveries.find(id, eventId)
    },

    /** The newest first. */
    async deliveries(accountId: string, id: string, page: DeliveryPage) {
      await find(accountId, id)
      return await deliveries.list(id, page)
    },

    /** Throws `conflict` where the endpoint is disabled, or the message on its way. */
    async redeliver(accountId: string, id: string, eventId: string): Promise<Delivery> {
      await findEnabled(accountId, id)
      return await deliveries.redeliver(id, eventId)
    },

    tick: deliveries.tick,
    sweep: deliveries.sweep,

    /** Seals secrets anew that an earlier secret of the deployment has sealed, so that it can be taken away. */
    reseal: (): Promise<number> =>
      sweep(async (limit) => {
        const sealedBy = await secrets.sealedBy()
        const old = await db
          .select()
          .from(webhookEndpoints)
          .where(ne(webhookEndpoints.sealedBy, sealedBy))
          .limit(limit)
        for (const row of old) {
          // One that cannot be opened any more is disabled at its next message.
          const set = (await secrets.resealed(row)) ?? { sealedBy }
          await db
            .update(webhookEndpoints)
            .set(set)
            .where(and(eq(webhookEndpoints.id, row.id), eq(webhookEndpoints.secret, row.secret)))
        }
        return old.length
      }),
  }
}
