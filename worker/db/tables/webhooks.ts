import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** The things that an endpoint can be told of. */
export const WEBHOOK_EVENTS = [
  'chat.completion.created',
  'file.uploaded',
  'file.deleted',
  'agent.execution.started',
  'agent.execution.completed',
  'job.completed',
  'job.failed',
  'dataset.completed',
] as const
export type WebhookEventType = (typeof WEBHOOK_EVENTS)[number]

/** An event that nothing has caused: the owner of an endpoint tries it out. */
export const TEST_EVENT = 'webhook.test'

/** Where an account wants to be told of events. */
export const webhookEndpoints = sqliteTable(
  'webhook_endpoints',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    url: text('url').notNull(),
    description: text('description'),
    events: text('events', { mode: 'json' }).$type<WebhookEventType[]>().notNull(),
    /** The secret that signs its messages, sealed. */
    secret: text('secret').notNull(),
    /** The one before it, which signs beside it until its time is over. */
    previousSecret: text('previous_secret'),
    previousUntil: integer('previous_until'),
    /** Which key of the deployment has sealed them. */
    sealedBy: text('sealed_by').notNull(),
    /** Why nothing is sent to it any more, and since when; null while it is. */
    disabledReason: text('disabled_reason'),
    disabledAt: integer('disabled_at'),
    /** Since when no message has arrived; null where the last one did. */
    failingSince: integer('failing_since'),
    /** Messages that are still to arrive, and their bytes. */
    pending: integer('pending').notNull().default(0),
    pendingBytes: integer('pending_bytes').notNull().default(0),
    /** Events that were left out because too much was pending. */
    missed: integer('missed').notNull().default(0),
    createdAt: createdAt(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('webhook_endpoints_account').on(table.accountId, table.id)],
)

/** Things that happened, of which an endpoint is told. Written in one batch with what they tell of. */
export const webhookEvents = sqliteTable(
  'webhook_events',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    type: text('type').$type<WebhookEventType | typeof TEST_EVENT>().notNull(),
    /** The body of its messages, to the byte. */
    payload: text('payload').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('webhook_events_age').on(table.createdAt)],
)

/** The message of one event to one endpoint. */
export const webhookDeliveries = sqliteTable(
  'webhook_deliveries',
  {
    endpointId: text('endpoint_id')
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: 'cascade' }),
    eventId: text('event_id')
      .notNull()
      .references(() => webhookEvents.id, { onDelete: 'cascade' }),
    /** A dead one has not arrived, and is not tried any more. */
    state: text('state', { enum: ['pending', 'delivered', 'dead'] }).notNull(),
    attempts: integer('attempts').notNull(),
    /** When the next attempt is due; null where there is none. */
    nextAt: integer('next_at'),
    /** The status that the last attempt was answered with; null where it had no answer. */
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
    createdAt: createdAt(),
    attemptedAt: integer('attempted_at'),
    /** When it arrived or was given up. */
    endedAt: integer('ended_at'),
  },
  (table) => [
    primaryKey({ columns: [table.endpointId, table.eventId] }),
    index('webhook_deliveries_event').on(table.eventId),
    index('webhook_deliveries_due').on(table.state, table.nextAt),
    index('webhook_deliveries_ended').on(table.endedAt),
  ],
)
