import { and, asc, eq, lte, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import { webhookDeliveries, webhookEndpoints, webhookEvents } from '../../db/tables/webhooks.ts'
import type { Attempt, Outcome } from './attempt.ts'
import type { EndpointSecrets } from './endpoint-secrets.ts'
import { FAILURE_LIMIT_MS, retryDelayMs } from './schedule.ts'

/** Messages that are sent to one endpoint beside each other, and in one round. */
export const MESSAGES_AT_ONCE = 4
export const MESSAGES_PER_ROUND = 40

/** The id of an event's message, the same at every attempt and for every endpoint. */
export const MESSAGE_PREFIX = 'msg_'

/** The answer of a receiver that wants nothing more (RFC 9110 §15.5.11). */
const GONE = 410

type Endpoint = typeof webhookEndpoints.$inferSelect
type Delivery = typeof webhookDeliveries.$inferSelect

export interface DeliveringOptions {
  db: Db
  attempt: Attempt
  secrets: Pick<EndpointSecrets, 'signing'>
  now?: () => number
  random?: () => number
}

export type Delivering = ReturnType<typeof createDelivering>

const deliveryOf = (endpointId: string, eventId: string) =>
  and(eq(webhookDeliveries.endpointId, endpointId), eq(webhookDeliveries.eventId, eventId))

const isPending = (endpointId: string) =>
  and(eq(webhookDeliveries.endpointId, endpointId), eq(webhookDeliveries.state, 'pending'))

/** Sends messages that are due. Every fact is in the database: whoever sends them may end at any moment. */
export function createDelivering({
  db,
  attempt,
  secrets,
  now = Date.now,
  random = Math.random,
}: DeliveringOptions) {
  async function find(endpointId: string) {
    const [found] = await db
      .select({ endpoint: webhookEndpoints, isActive: accounts.active })
      .from(webhookEndpoints)
      .innerJoin(accounts, eq(accounts.id, webhookEndpoints.accountId))
      .where(eq(webhookEndpoints.id, endpointId))
    return found
  }

  /** Ends messages without another attempt, and counts them as pending no more. */
  async function bury(endpointId: string, reason: string): Promise<void> {
    await db.batch([
      db
        .update(webhookEndpoints)
        .set({ pending: 0, pendingBytes: 0 })
        .where(eq(webhookEndpoints.id, endpointId)),
      db
        .update(webhookDeliveries)
        .set({ state: 'dead', nextAt: null, endedAt: now(), lastError: reason })
        .where(isPending(endpointId)),
    ])
  }

  const disable = (reason: string) => ({ disabledAt: now(), disabledReason: reason })

  /**
   * The change of an endpoint after a failed attempt, as the endpoint is by now: another message may have arrived meanwhile, and an address that was
   * changed is not known by the answers of the one before.
   */
  function failureOf({ url }: Endpoint, status: number | null) {
    const { failingSince, disabledAt, disabledReason } = webhookEndpoints
    const isAsked = sql`${webhookEndpoints.url} = ${url}`
    const isOver = status === GONE ? sql`true` : sql`${failingSince} <= ${now() - FAILURE_LIMIT_MS}`
    const when = (column: SQLWrapper, value: unknown, also = sql`true`) =>
      sql`case when ${isAsked} and ${also} then ${value} else ${column} end`
    const end = disable(
      status === GONE
        ? 'It answered 410: it wants nothing more.'
        : 'Nothing has arrived there for five days.',
    )
    const isFirst = sql`${disabledAt} is null and ${isOver}`
    return {
      failingSince: when(failingSince, sql`coalesce(${failingSince}, ${now()})`),
      disabledAt: when(disabledAt, end.disabledAt, isFirst),
      disabledReason: when(disabledReason, end.disabledReason, isFirst),
    }
  }

  /** Writes down how an attempt ended. */
  async function record(
    endpoint: Endpoint,
    { eventId, attempts, sizeBytes }: Pick<Delivery, 'eventId' | 'attempts'> & { sizeBytes: number },
    outcome: Outcome,
  ): Promise<void> {
    const time = now()
    const { status } = outcome
    const made = { attempts: attempts + 1, lastStatus: status, attemptedAt: time }
    const wait = outcome.isDelivered
      ? undefined
      : retryDelayMs(attempts + 1, { retryAfterMs: outcome.retryAfterMs, random })
    const change: Partial<Delivery> = outcome.isDelivered
      ? { ...made, state: 'delivered', lastError: null, nextAt: null, endedAt: time }
      : wait === undefined || status === GONE
        ? { ...made, state: 'dead', lastError: outcome.error, nextAt: null, endedAt: time }
        : { ...made, lastError: outcome.error, nextAt: time + wait }
    const which = and(deliveryOf(endpoint.id, eventId), eq(webhookDeliveries.state, 'pending'))
    const isCounted = sql`exists (select 1 from ${webhookDeliveries} where ${which})`
    const less = (column: SQL.Aliased | unknown, amount: number) =>
      sql`${column} - ${amount} * (${isCounted})`
    const isOver = change.endedAt !== undefined
    await db.batch([
      db
        .update(webhookEndpoints)
        .set({
          ...(outcome.isDelivered ? { failingSince: null } : failureOf(endpoint, status)),
          ...(isOver && {
            pending: less(webhookEndpoints.pending, 1),
            pendingBytes: less(webhookEndpoints.pendingBytes, sizeBytes),
          }),
        })
        .where(eq(webhookEndpoints.id, endpoint.id)),
      db.update(webhookDeliveries).set(change).where(which),
    ])
  }

  /** Sends one message, unless it ended meanwhile, its endpoint is gone or disabled, or its account may nothing any more. */
  async function deliver(endpointId: string, eventId: string): Promise<void> {
    const found = await find(endpointId)
    if (!found?.isActive || found.endpoint.disabledAt !== null) return
    const [message] = await db
      .select({
        eventId: webhookEvents.id,
        attempts: webhookDeliveries.attempts,
        payload: webhookEvents.payload,
        sizeBytes: webhookEvents.sizeBytes,
      })
      .from(webhookDeliveries)
      .innerJoin(webhookEvents, eq(webhookEvents.id, webhookDeliveries.eventId))
      .where(and(deliveryOf(endpointId, eventId), eq(webhookDeliveries.state, 'pending')))
    if (!message) return
    const { endpoint } = found
    const signing = await secrets.signing(endpoint, now())
    if (!signing) {
      const reason = 'Its secret can no longer be opened: rotate it, and enable the endpoint again.'
      await db.update(webhookEndpoints).set(disable(reason)).where(eq(webhookEndpoints.id, endpointId))
      return
    }
    const { payload } = message
    const sent = { id: MESSAGE_PREFIX + eventId, url: endpoint.url, payload, secrets: signing }
    await record(endpoint, message, await attempt.send(sent))
  }

  /** The work of several, each of which takes the next one. */
  async function deliverAll(endpointId: string, eventIds: string[]): Promise<void> {
    const work = async () => {
      for (let id = eventIds.shift(); id !== undefined; id = eventIds.shift()) await deliver(endpointId, id)
    }
    await Promise.all(Array.from({ length: MESSAGES_AT_ONCE }, work))
  }

  return {
    /** Sends what is due to an endpoint, a round of it. When more is: epoch ms, undefined where nothing waits. */
    async round(endpointId: string): Promise<number | undefined> {
      const found = await find(endpointId)
      if (!found) return undefined
      if (!found.isActive) return void (await bury(endpointId, 'The account is not active.'))
      if (found.endpoint.disabledAt !== null)
        return void (await bury(endpointId, 'The endpoint is disabled.'))
      const due = await db
        .select({ eventId: webhookDeliveries.eventId })
        .from(webhookDeliveries)
        .where(and(isPending(endpointId), lte(webhookDeliveries.nextAt, now())))
        .orderBy(asc(webhookDeliveries.nextAt))
        .limit(MESSAGES_PER_ROUND)
      await deliverAll(
        endpointId,
        due.map(({ eventId }) => eventId),
      )
      const [next] = await db
        .select({ at: webhookDeliveries.nextAt })
        .from(webhookDeliveries)
        .where(isPending(endpointId))
        .orderBy(asc(webhookDeliveries.nextAt))
        .limit(1)
      return next?.at ?? undefined
    },
  }
}
