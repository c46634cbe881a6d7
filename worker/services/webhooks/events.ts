import { eq, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { MIB } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import {
  WEBHOOK_EVENTS,
  type WebhookEventType,
  webhookDeliveries,
  webhookEndpoints,
  webhookEvents,
} from '../../db/tables/webhooks.ts'

/** The things that an endpoint can be told of. */
export const EVENTS = WEBHOOK_EVENTS

/** Messages of an account that are still to arrive, and their bytes: events beyond are counted as missed, and not kept. */
export const MAX_PENDING_MESSAGES = 2_000
export const MAX_PENDING_BYTES = 64 * MIB

/** The longest text in an event, in characters: of a longer one its beginning is told. */
export const MAX_EVENT_TEXT = 100_000

/** The words of each event, beside `user_id`, which every one has: the account's username, email or id, the first that it has. */
export interface WebhookEventData {
  'chat.completion.created': {
    id: string
    session_id: string
    model: string
    message: { role: 'assistant'; content: string }
  }
  'file.uploaded': { file_id: string; doc_id: string; filename: string; size: number }
  'file.deleted': { file_id: string; doc_id: string; filename: string }
  'agent.execution.started': { id: string; session_id: string; model: string; agent_type: string }
  'agent.execution.completed': {
    id: string
    session_id: string
    model: string
    agent_type: string
    status: string
  }
  'job.completed': { id: string; status: 'completed'; base_model: string; model: string | null }
  'job.failed': {
    id: string
    status: 'failed'
    base_model: string
    error: { code: string; message: string } | null
  }
  'dataset.completed': { id: string; name: string; document_count: number; export_paths: object }
}

/** A thing that happens to an account. */
export type NewWebhookEvent = {
  [Type in WebhookEventType]: { accountId: string; type: Type; data: WebhookEventData[Type] }
}[WebhookEventType]

/** An event on its way into the batch of the change that causes it. */
export interface EmittedEvent {
  /** For the batch: all of them, in this order. They change nothing where no endpoint listens. */
  statements: readonly BatchItem<'sqlite'>[]
  /** Tells the endpoints, after the response: to be called once the batch is through. */
  deliver: () => void
}

export interface WebhookEventsOptions {
  db: Db
  /** Wakes whoever sends the messages of an endpoint. */
  ring: (endpointId: string) => Promise<void>
  later: (work: Promise<unknown>) => void
  log: Logger
  now?: () => number
}

export type WebhookEvents = ReturnType<typeof createWebhookEvents>

/** The body of an event's messages, but for `user_id`, which the database adds. */
export function payloadOf(type: string, data: object, nowMs: number): string {
  let isCut = false
  const cut = (_key: string, value: unknown) => {
    if (typeof value !== 'string' || value.length <= MAX_EVENT_TEXT) return value
    isCut = true
    return value.slice(0, MAX_EVENT_TEXT).replace(/[\uD800-\uDBFF]$/, '')
  }
  const told = JSON.stringify(data, cut)
  const spelled = isCut ? `${told.slice(0, -1)},"truncated":true}` : told
  return `{"event":${JSON.stringify(type)},"timestamp":${Math.floor(nowMs / 1_000)},"data":${spelled}}`
}

/**
 * Events that endpoints are told of. One is written together with the change that causes it, or neither is; what is written
 * arrives at least once, in any order.
 */
export function createWebhookEvents({ db, ring, later, log, now = Date.now }: WebhookEventsOptions) {
  async function ringAll(eventId: string): Promise<void> {
    const told = await db
      .select({ id: webhookDeliveries.endpointId })
      .from(webhookDeliveries)
      .where(eq(webhookDeliveries.eventId, eventId))
    await Promise.all(told.map(({ id }) => ring(id)))
  }

  return {
    /**
     * An event, for the batch of its change. With `when`, it happens only if that holds: put it before the change, with the
     * condition of the change. The clock's sweep tells of an event whose `deliver` never came.
     */
    emit({ accountId, type, data }: NewWebhookEvent, when: SQL = sql`true`): EmittedEvent {
      const id = newId()
      const time = now()
      const payload = payloadOf(type, data, time)
      const userId = sql`(select coalesce(${accounts.username}, ${accounts.email}, ${accounts.id}) from ${accounts} where ${accounts.id} = ${accountId})`
      const sizeBytes = new TextEncoder().encode(payload).length
      const { endpointId, eventId } = webhookDeliveries
      const theirs = sql`${webhookEndpoints.accountId} = ${accountId}`
      const listens = sql`${theirs} and ${webhookEndpoints.disabledAt} is null and exists (select 1 from json_each(${webhookEndpoints.events}) where value = ${type})`
      const sumOf = (column: typeof webhookEndpoints.pending | typeof webhookEndpoints.pendingBytes) =>
        sql`(select coalesce(sum(${column}), 0) from ${webhookEndpoints} where ${theirs})`
      const hasRoom = sql`${sumOf(webhookEndpoints.pending)} < ${MAX_PENDING_MESSAGES} and ${sumOf(webhookEndpoints.pendingBytes)} + ${sizeBytes} <= ${MAX_PENDING_BYTES}`
      const isWritten = sql`exists (select 1 from ${webhookEvents} where ${webhookEvents.id} = ${id})`
      const statements = [
        db
          .insert(webhookEvents)
          .select(
            sql`select ${id}, ${accountId}, ${type}, json_set(${payload}, '$.data.user_id', ${userId}), ${sizeBytes}, ${time} where (${when}) and ${hasRoom} and exists (select 1 from ${webhookEndpoints} where ${listens})`,
          ),
        db
          .insert(webhookDeliveries)
          .select(
            sql`select ${webhookEndpoints.id}, ${id}, 'pending', 0, ${time}, null, null, ${time}, null, null from ${webhookEndpoints} where ${listens} and ${isWritten}`,
          ),
        db
          .update(webhookEndpoints)
          .set({
            pending: sql`${webhookEndpoints.pending} + (${isWritten})`,
            pendingBytes: sql`${webhookEndpoints.pendingBytes} + ${sizeBytes} * (${isWritten})`,
            missed: sql`${webhookEndpoints.missed} + (not ${isWritten})`,
          })
          .where(
            sql`${listens} and ((${when}) or ${webhookEndpoints.id} in (select ${endpointId} from ${webhookDeliveries} where ${eventId} = ${id}))`,
          ),
      ]
      return {
        statements,
        deliver: () =>
          later(ringAll(id).catch((thrown) => log.error('webhooks.not_rung', { cause: causeOf(thrown) }))),
      }
    },
  }
}
