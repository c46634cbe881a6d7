import { and, desc, eq, inArray, lt, lte, notExists, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { DAY_MS } from '../../../shared/units.ts'
import type { Db } from '../../db/client.ts'
import { webhookDeliveries, webhookEndpoints, webhookEvents } from '../../db/tables/webhooks.ts'
import { sweep } from '../sweep.ts'

/** How long messages are kept that have arrived, and those that were given up. */
export const DELIVERED_KEPT_MS = 7 * DAY_MS
export const DEAD_KEPT_MS = 30 * DAY_MS

/** A message that is due for so long was forgotten: its endpoint is rung again. */
export const FORGOTTEN_AFTER_MS = 60_000

/** Endpoints that are rung again at once. */
const RINGS_AT_ONCE = 500

export type DeliveryState = (typeof webhookDeliveries.$inferSelect)['state']
export type Delivery = typeof webhookDeliveries.$inferSelect & { type: string }

export interface DeliveryPage {
  state?: DeliveryState | undefined
  /** The event of the message that the page before ended with. */
  after?: string | undefined
  limit: number
}

export interface DeliveriesOptions {
  db: Db
  ring: (endpointId: string) => Promise<void>
  log: Logger
  now?: () => number
}

/** The messages of endpoints, of which callers have checked whose they are. */
export function createDeliveries({ db, ring, log, now = Date.now }: DeliveriesOptions) {
  const columns = {
    endpointId: webhookDeliveries.endpointId,
    eventId: webhookDeliveries.eventId,
    state: webhookDeliveries.state,
    attempts: webhookDeliveries.attempts,
    nextAt: webhookDeliveries.nextAt,
    lastStatus: webhookDeliveries.lastStatus,
    lastError: webhookDeliveries.lastError,
    createdAt: webhookDeliveries.createdAt,
    attemptedAt: webhookDeliveries.attemptedAt,
    endedAt: webhookDeliveries.endedAt,
    type: webhookEvents.type,
    sizeBytes: webhookEvents.sizeBytes,
  }

  const select = () =>
    db
      .select(columns)
      .from(webhookDeliveries)
      .innerJoin(webhookEvents, eq(webhookEvents.id, webhookDeliveries.eventId))

  async function find(endpointId: string, eventId: string) {
    const [found] = await select().where(
      and(eq(webhookDeliveries.endpointId, endpointId), eq(webhookDeliveries.eventId, eventId)),
    )
    if (!found) throw new AppError('not_found', 'There is no such delivery.', { param: 'delivery_id' })
    return found
  }

  return {
    find,

    /** The newest first. */
    async list(endpointId: string, { state, after, limit }: DeliveryPage) {
      const rows = await select()
        .where(
          and(
            eq(webhookDeliveries.endpointId, endpointId),
            state && eq(webhookDeliveries.state, state),
            after === undefined ? undefined : lt(webhookDeliveries.eventId, after),
          ),
        )
        .orderBy(desc(webhookDeliveries.eventId))
        .limit(limit + 1)
      return { deliveries: rows.slice(0, limit), hasMore: rows.length > limit }
    },

    /** Sends a message once more from the first attempt on, with the same id. Throws `not_found`, and `conflict` for one that still waits. */
    async redeliver(endpointId: string, eventId: string): Promise<Delivery> {
      const { sizeBytes } = await find(endpointId, eventId)
      const isOver = and(
        eq(webhookDeliveries.endpointId, endpointId),
        eq(webhookDeliveries.eventId, eventId),
        sql`${webhookDeliveries.state} <> 'pending'`,
      )
      const isCounted = sql`exists (select 1 from ${webhookDeliveries} where ${isOver})`
      const [, again] = await db.batch([
        db
          .update(webhookEndpoints)
          .set({
            pending: sql`${webhookEndpoints.pending} + (${isCounted})`,
            pendingBytes: sql`${webhookEndpoints.pendingBytes} + ${sizeBytes} * (${isCounted})`,
          })
          .where(eq(webhookEndpoints.id, endpointId)),
        db
          .update(webhookDeliveries)
          .set({ state: 'pending', attempts: 0, nextAt: now(), endedAt: null })
          .where(isOver)
          .returning({ eventId: webhookDeliveries.eventId }),
      ])
      if (again.length === 0)
        throw new AppError('conflict', 'The message is still on its way.', { param: 'delivery_id' })
      await ring(endpointId)
      return await find(endpointId, eventId)
    },

    /** Rings endpoints whose messages were forgotten: the one who was to ring, or the object, has ended too early. */
    async tick(): Promise<void> {
      const due = await db
        .selectDistinct({ id: webhookDeliveries.endpointId })
        .from(webhookDeliveries)
        .where(
          and(
            eq(webhookDeliveries.state, 'pending'),
            lte(webhookDeliveries.nextAt, now() - FORGOTTEN_AFTER_MS),
          ),
        )
        .limit(RINGS_AT_ONCE)
      const rung = await Promise.allSettled(due.map(({ id }) => ring(id)))
      for (const one of rung) {
        if (one.status === 'rejected') log.error('webhooks.not_rung', { cause: causeOf(one.reason) })
      }
    },

    /** Deletes messages that have had their time, and events without messages. */
    async sweep(): Promise<number> {
      const over = (state: DeliveryState, keptMs: number) =>
        sweep(async (limit) => {
          const old = db
            .select({ rowid: sql`${webhookDeliveries}.rowid` })
            .from(webhookDeliveries)
            .where(and(lte(webhookDeliveries.endedAt, now() - keptMs), eq(webhookDeliveries.state, state)))
            .limit(limit)
          const gone = await db
            .delete(webhookDeliveries)
            .where(inArray(sql`${webhookDeliveries}.rowid`, old))
            .returning({ id: webhookDeliveries.eventId })
          return gone.length
        })
      const count = (await over('delivered', DELIVERED_KEPT_MS)) + (await over('dead', DEAD_KEPT_MS))
      await sweep(async (limit) => {
        const told = db
          .select()
          .from(webhookDeliveries)
          .where(eq(webhookDeliveries.eventId, webhookEvents.id))
        const old = db
          .select({ id: webhookEvents.id })
          .from(webhookEvents)
          .where(notExists(told))
          .limit(limit)
        const gone = await db
          .delete(webhookEvents)
          .where(inArray(webhookEvents.id, old))
          .returning({ id: webhookEvents.id })
        return gone.length
      })
      return count
    },
  }
}
